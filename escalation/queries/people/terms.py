"""When an office gives rights: between its days, while it does not rest; and when a delegate's permission does."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import Office
from escalation.models.offices import Suspension
from escalation.models.people import FilingPermission, Mandate


def lives_on(day: date, mandate: Any = Mandate) -> ColumnElement[bool]:
    """The condition that a mandate gives rights on a day: its last day counts, the days on which it rests do not."""
    dates = and_(mandate.starts_on <= day, or_(mandate.ends_on.is_(None), mandate.ends_on >= day))
    return and_(dates, ~rests_on(day, mandate))


def rests_on(day: date, mandate: Any = Mandate) -> ColumnElement[bool]:
    """The condition that a mandate is suspended on a day."""
    return exists(
        select(Suspension.id).where(
            Suspension.mandate_id == mandate.id,
            Suspension.starts_on <= day,
            or_(Suspension.ends_on.is_(None), Suspension.ends_on >= day),
            Suspension.lifted_at.is_(None),
        )
    )


def permission_lives_on(day: date) -> ColumnElement[bool]:
    """The condition that a permission to file holds on a day for the mandate beside it.

    It ends by itself, when it is taken back, and with the presidency of who gave it: nobody passes on what they have
    no more.
    """
    president = aliased(Mandate)
    presides = exists(
        select(president.id).where(
            president.person_id == FilingPermission.granted_by_id,
            president.office == Office.COMMUNE_PRESIDENT,
            president.place_code == Mandate.place_code,
            lives_on(day, president),
        )
    )
    return and_(
        FilingPermission.mandate_id == Mandate.id,
        FilingPermission.starts_on <= day,
        FilingPermission.ends_on >= day,
        FilingPermission.taken_back_at.is_(None),
        or_(FilingPermission.granted_by_id.is_(None), presides),
    )
