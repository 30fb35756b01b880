"""Writing the letters about offices: which office, where, who else, from when to when, in the reader's language."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice
from escalation.domain.codes import MessageSource
from escalation.labels import name_of
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.services.messages.account_mail import write_account_mail


def write_office_mail(
    session: Session,
    reader: Person,
    notice: AccountNotice,
    *,
    source: tuple[MessageSource, int],
    now: datetime,
    mandate: Mandate | None = None,
    place: Place | None = None,
    **more: Any,
) -> None:
    """Owe a person one letter about an office, or about the desk of a place."""
    at = session.get_one(Place, mandate.place_code) if mandate is not None else place
    facts: dict[str, Any] = {"office": mandate.office if mandate is not None else ""}
    if at is not None:
        facts |= {"office_place": name_of(at, reader.language), "office_place_kind": at.kind}
    facts |= {key: value.isoformat() if isinstance(value, date) else value for key, value in more.items()}
    write_account_mail(session, reader, notice, source=source, now=now, facts=facts)
