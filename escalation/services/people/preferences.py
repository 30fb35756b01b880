"""What a person sets for themselves; nothing here changes what they may do."""

from sqlalchemy import update

from escalation.domain.codes import Language
from escalation.models.people import Person
from escalation.services.transaction import transaction


def choose_language(person_id: int, language: Language) -> None:
    """Keep the language in which a person reads pages and messages."""
    with transaction() as session:
        session.execute(update(Person).where(Person.id == person_id).values(language=language))
