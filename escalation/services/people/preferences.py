"""What a person sets for themselves; nothing here changes what they may do."""

from datetime import datetime

from sqlalchemy import update

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Language
from escalation.models.people import Person
from escalation.services.people.people import checked_name
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


def choose_language(person_id: int, language: Language) -> None:
    """Keep the language in which a person reads pages and messages."""
    with transaction() as session:
        session.execute(update(Person).where(Person.id == person_id).values(language=language))


def correct_own_name(person_id: int, name_ar: str, name_fr: str, now: datetime) -> None:
    """Let a person correct how their own name is written; it is noted, and their administrators see it.

    Raises: WrongField.
    """
    names = checked_name("name_ar", name_ar), checked_name("name_fr", name_fr)
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update=True)
        if (person.name_ar, person.name_fr) == names:
            return
        person.name_ar, person.name_fr = names
        kind = SecurityEventKind.PERSON_CORRECTED
        note_security(session, kind, now=now, person_id=person_id, by_id=person_id)
