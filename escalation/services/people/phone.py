"""The telephone number by which a person may sign in: written by them or by an administrator, and told."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.codes import MessageSource
from escalation.models.people import Person
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.people import check_phone_free, normal_phone
from escalation.services.people.security import note_security
from escalation.services.people.throttle import Attempt, Door, count_attempt
from escalation.services.transaction import transaction


def change_own_phone(person_id: int, phone: str, *, address: str, now: datetime) -> None:
    """Let a person sign in by this number from now on, or by none; how often one may try is limited.

    Raises: TooManyTries, WrongField.
    """
    number = normal_phone(phone)
    with transaction() as session:
        email = session.get_one(Person, person_id).email
        count_attempt(session, Attempt(email=email, address=address, at=now, door=Door.PHONE))
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update=True)
        check_phone_free(session, number, but=person_id)
        change_phone(session, person, number, by_id=person_id, now=now)


def change_phone(session: Session, person: Person, number: str | None, *, by_id: int | None, now: datetime) -> None:
    """Write a number that nobody else has, and tell whose it is; the same one changes nothing."""
    if person.phone == number:
        return
    person.phone = number
    event = note_security(session, SecurityEventKind.PHONE_CHANGED, now=now, person_id=person.id, by_id=by_id)
    if person.password_hash:
        source, facts = (MessageSource.SECURITY, event.id), {"at": now.isoformat()}
        write_account_mail(session, person, AccountNotice.PHONE_CHANGED, source=source, now=now, facts=facts)
