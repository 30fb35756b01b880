"""What happens to an account is written down and told to its owner, in the transaction in which it happens."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.codes import MessageSource
from escalation.models.people import Person
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.security import note_security


def tell_owner(
    session: Session,
    person: Person,
    kind: SecurityEventKind,
    notice: AccountNotice,
    *,
    now: datetime,
    by_id: int | None = None,
    **codes: str | int,
) -> None:
    """Note an event of an account, and owe its owner the letter about it; both tell the same codes."""
    event = note_security(session, kind, now=now, person_id=person.id, by_id=by_id, **codes)
    facts = {"at": now.isoformat(), **codes}
    source = (MessageSource.SECURITY, event.id)
    write_account_mail(session, person, notice, source=source, now=now, facts=facts)
