"""Letting a delegate file in the commune's name from one day to another, and taking it back; the delegate is told."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import MessageSource, Office
from escalation.domain.errors import NotFound
from escalation.models.people import FilingPermission, Mandate, Person
from escalation.queries.people.terms import lives_on
from escalation.services.people.office_mail import write_office_mail
from escalation.services.people.people import WrongField, check_order
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


def grant_filing_permission(
    *, mandate_id: int, starts_on: date, ends_on: date, granted_by_id: int | None, now: datetime, tells: bool = False
) -> int:
    """Let a delegate file in the commune's name for a time, and return the permission's id.

    With ``tells`` the delegate is written to.
    Only who presides over the same commune that day may grant it; None stands for the installation itself.
    Raises: WrongField.
    """
    with transaction() as session:
        mandate = session.get(Mandate, mandate_id)
        if mandate is None or mandate.office is not Office.COMMUNE_DELEGATE:
            raise WrongField("mandate_id", "not_a_delegate")
        check_order(starts_on, ends_on)
        if ends_on < local_day(now):
            raise WrongField("ends_on", "in_the_past")
        if granted_by_id is not None and not _presides(session, granted_by_id, mandate.place_code, local_day(now)):
            raise WrongField("granted_by_id", "not_the_president")
        permission = FilingPermission(
            mandate_id=mandate_id, granted_by_id=granted_by_id, starts_on=starts_on, ends_on=ends_on, created_at=now
        )
        session.add(permission)
        session.flush()
        if tells and granted_by_id is not None:
            _tell(session, AccountNotice.FILING_ALLOWED, permission, president_id=granted_by_id, now=now)
        return permission.id


def take_back_permission(permission_id: int, *, person_id: int, now: datetime) -> None:
    """End at once a permission to file in the name of a commune that a person presides over. Raises: NotFound."""
    with transaction() as session:
        row = session.get(FilingPermission, permission_id, with_for_update=True)
        mandate = session.get(Mandate, row.mandate_id) if row else None
        if row is None or mandate is None or not _presides(session, person_id, mandate.place_code, local_day(now)):
            raise NotFound("permission")
        if row.taken_back_at is None and row.ends_on >= local_day(now):
            row.taken_back_at = now
            _tell(session, AccountNotice.FILING_ENDED, row, president_id=person_id, now=now)


def _presides(session: Session, person_id: int, commune_code: str, day: date) -> bool:
    presidency = select(Mandate.id).where(
        Mandate.person_id == person_id,
        Mandate.office == Office.COMMUNE_PRESIDENT,
        Mandate.place_code == commune_code,
        lives_on(day),
    )
    return session.scalars(presidency.limit(1)).first() is not None


def _tell(session: Session, notice: AccountNotice, row: FilingPermission, *, president_id: int, now: datetime) -> None:
    kinds = {
        AccountNotice.FILING_ALLOWED: SecurityEventKind.FILING_ALLOWED,
        AccountNotice.FILING_ENDED: SecurityEventKind.FILING_ENDED,
    }
    mandate = session.get_one(Mandate, row.mandate_id)
    delegate, president = session.get_one(Person, mandate.person_id), session.get_one(Person, president_id)
    event = note_security(session, kinds[notice], now=now, person_id=delegate.id, by_id=president_id, permission=row.id)
    write_office_mail(
        session,
        delegate,
        notice,
        source=(MessageSource.SECURITY, event.id),
        mandate=mandate,
        now=now,
        other=president.name(delegate.language),
        first_day=row.starts_on,
        last_day=row.ends_on,
    )
