"""From rows to the facts the domain decides on: the case of an obstacle, its clocks and who sits at its desks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import bindparam, select

from escalation.domain import clocks, warnings
from escalation.domain.calendar import WorkingCalendar, local_day
from escalation.domain.case import Case
from escalation.domain.codes import OPEN, Cause, Channel, Event, Level, Status
from escalation.domain.settings import Scope, Settings
from escalation.domain.turns import Dates, Turn, next_turn
from escalation.domain.warnings import Watched
from escalation.extensions import db
from escalation.models.obstacles import Approach, Obstacle, Pause, Referral
from escalation.queries.case.obstacles import list_referrals
from escalation.queries.people.people import Reader, list_desk_members
from escalation.queries.settings import get_calendar, get_settings

_PAUSES = (
    select(Pause)
    .join(Referral, Referral.id == Pause.referral_id)
    .where(Referral.obstacle_id == bindparam("obstacle_id"))
    .order_by(Pause.id)
)
_APPROACHES = select(Approach).where(Approach.obstacle_id == bindparam("obstacle_id")).order_by(Approach.number)


@dataclass(frozen=True)
class Dossier:
    """One obstacle with all that a decision on it needs, read at one moment."""

    obstacle: Obstacle
    referrals: list[Referral]
    pauses: list[Pause]
    approaches: list[Approach]
    members: Sequence[Reader]
    """Who sits, not recused, at its present desk, at its province's or at its region's."""
    calendar: WorkingCalendar
    today: date
    case: Case = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "case", _case(self))

    @property
    def referral(self) -> Referral | None:
        """Return the present stay, or the last one when the case has ended."""
        return self.referrals[-1] if self.referrals else None

    @property
    def open_approaches(self) -> list[Approach]:
        """Return those who were asked and have not replied."""
        return [approach for approach in self.approaches if approach.replied_seq is None]

    @property
    def waits_until(self) -> date | None:
        """Return the last day of the present wait: for the commune's answer, or for the last of those outside."""
        if self.obstacle.status is Status.REFERRED_OUT:
            return max((approach.expected_on for approach in self.open_approaches), default=None)
        return self.obstacle.answer_by

    @property
    def settings(self) -> Settings:
        """Return every setting as it stands today for this case where it is."""
        return self.settings_at(self.obstacle.level)

    def settings_at(self, level: Level, day: date | None = None) -> Settings:
        """Return every setting as it stands for this case at a level, today or as it stood on a day."""
        scope = Scope(level, self.obstacle.urgency, self.obstacle.obstacle_type or "")
        return get_settings(day or self.today, scope)

    @property
    def _ended_on(self) -> date | None:
        return local_day(self.obstacle.ended_at) if self.obstacle.ended_at else None

    @property
    def appeal_by(self) -> date | None:
        """Return the last day on which the commune may ask that what the province declined be reconsidered.

        It is counted by what was set when the province declined: what was set later takes nothing from it.
        """
        ended_on, status, level = self._ended_on, self.obstacle.status, self.obstacle.level
        if ended_on is None or status is not Status.DECLINED or level is not Level.PROVINCE:
            return None
        return clocks.appeal_by(self.calendar, ended_on, self.settings_at(level, ended_on).appeal_days)

    @property
    def reopen_by(self) -> date | None:
        """Return the last day on which a case that has ended may be opened again, by what was set when it ended."""
        if self._ended_on is None:
            return None
        then = self.settings_at(self.obstacle.level, self._ended_on)
        return clocks.reopen_by(self._ended_on, then.reopen_days(self.obstacle.status))

    def members_of(self, desk_code: str | None) -> list[Reader]:
        """Return who may decide at one of the desks that were read."""
        return [member for member in self.members if member.place_code == desk_code]

    def pauses_of(self, referral: Referral) -> list[clocks.Pause]:
        """Return the pauses of one stay as days."""
        mine = (pause for pause in self.pauses if pause.referral_id == referral.id)
        return [clocks.Pause.between(pause.started_at, pause.ended_at) for pause in mine]

    def stay_of(self, referral: Referral) -> clocks.Stay:
        """Return the time of one desk, as it was given and told."""
        return stay_in_days(referral, self.pauses_of(referral))

    def spent_on(self, referral: Referral) -> date | None:
        """Return the day on which the clock of a stay is spent, or was before its desk began to wait."""
        opened_on = local_day(referral.opened_at)
        return clocks.spent_on(self.calendar, opened_on, referral.allowance_days, self.pauses_of(referral))

    @property
    def due_or_spent_on(self) -> date | None:
        """Return the deadline of the present stay, or when its time was spent before its desk began to wait."""
        return self.stay_of(self.referral).spent_on(self.calendar) if self.referral else None

    @property
    def climbs_on(self) -> date | None:
        """Return the last day of the grace of the present stay at a province; None where no deadline runs."""
        return self.stay_of(self.referral).climbs_on(self.calendar) if self.referral else None

    @property
    def turn(self) -> Turn | None:
        """Return what the clock does next with the case as it stands now."""
        obstacle = self.obstacle
        return next_turn(
            Dates(
                status=obstacle.status,
                level=obstacle.level,
                spent_on=self.due_or_spent_on,
                climbs_on=self.climbs_on,
                waits_until=self.waits_until,
                confirm_by=obstacle.confirm_by,
                is_marked=obstacle.marked_for_meeting,
            )
        )

    @property
    def watched(self) -> Watched | None:
        """Return what warnings about the case are counted from as it stands now; None where none is given."""
        obstacle, stay = self.obstacle, self.referral
        if stay is None or obstacle.status not in OPEN:
            return None
        confirm_by = obstacle.confirm_by
        return Watched(
            stay=stay.seq,
            level=obstacle.level,
            urgency=obstacle.urgency,
            near_on=warnings.near_on(self.calendar, self.stay_of(stay)) if stay.due_on else None,
            due_on=stay.due_on,
            confirm_by=confirm_by,
            warn_confirm_on=warnings.warn_confirm_on(self.calendar, confirm_by) if confirm_by else None,
        )


def read_dossier(obstacle: Obstacle, now: datetime, other_desks: Collection[str] = ()) -> Dossier:
    """Read what a decision on an obstacle needs at a moment, in a fixed number of queries.

    ``other_desks`` are those to which it may go, whose members are then read too.
    """
    today = local_day(now)
    referrals = list_referrals(obstacle.id) if obstacle.status is not Status.DRAFT else []
    pauses = list(db.session.scalars(_PAUSES, {"obstacle_id": obstacle.id})) if referrals else []
    approaches = list_approaches(obstacle.id) if obstacle.status is not Status.DRAFT else []
    desks = {obstacle.province_code, obstacle.region_code, obstacle.desk_code or obstacle.province_code, *other_desks}
    filed_on = local_day(obstacle.filed_at) if obstacle.filed_at else None
    members = list_desk_members(desks, obstacle.commune_code, filed_on, today)
    calendar = get_calendar(obstacle.province_code)
    return Dossier(obstacle, referrals, pauses, approaches, members, calendar, today)


def stay_in_days(referral: Referral, pauses: Iterable[clocks.Pause]) -> clocks.Stay:
    """Return the time of one desk as days, with the waits that stopped its clock."""
    return clocks.Stay(
        level=referral.level,
        opened_on=local_day(referral.opened_at),
        allowance_days=referral.allowance_days,
        grace_days=referral.grace_days,
        pauses=tuple(pauses),
        due_on=referral.due_on,
    )


def list_approaches(obstacle_id: int) -> list[Approach]:
    """Return everybody outside who was asked about an obstacle, in order."""
    return list(db.session.scalars(_APPROACHES, {"obstacle_id": obstacle_id}))


def _case(dossier: Dossier) -> Case:
    obstacle, referrals, today = dossier.obstacle, dossier.referrals, dossier.today
    here = dossier.members_of(obstacle.desk_code)
    referrals[-1] if referrals else None
    came = next((stay for stay in reversed(referrals) if stay.opened_by is not Event.OBSTACLE_REOPENED), None)
    return Case(
        status=obstacle.status,
        level=obstacle.level,
        commune_code=obstacle.commune_code,
        province_code=obstacle.province_code,
        region_code=obstacle.region_code,
        author_id=obstacle.author_id,
        desk_code=obstacle.desk_code,
        assignee_id=obstacle.assignee_id,
        filed_on=local_day(obstacle.filed_at) if obstacle.filed_at else None,
        desks=frozenset(referral.desk_code for referral in referrals),
        assignee_serves=any(member.person_id == obstacle.assignee_id for member in here),
        desk_is_staffed=bool(here),
        province_desk_staffed=bool(dossier.members_of(obstacle.province_code)),
        is_overdue=clocks.is_late(dossier.due_or_spent_on, today),
        is_past_grace=clocks.is_late(dossier.climbs_on, today),
        wait_is_over=clocks.is_late(dossier.waits_until, today),
        confirmation_is_due=obstacle.confirm_by is not None and obstacle.confirm_by < today,
        may_still_appeal=_is_in_time(dossier.appeal_by, today),
        may_still_reopen=_is_in_time(dossier.reopen_by, today),
        has_open_approach=bool(dossier.open_approaches),
        filing_is_unconfirmed=is_unconfirmed(obstacle),
        came_by=came.opened_by if came else None,
        came_by_clock=came is not None and came.cause in (Cause.CLOCK, Cause.COMMUNE),
        was_sent_back=any(referral.opened_by is Event.OBSTACLE_SENT_BACK for referral in referrals),
        transfers=sum(referral.opened_by is Event.OBSTACLE_TRANSFERRED for referral in referrals),
        contested_levels=frozenset(
            before.level for before, after in pairwise(referrals) if after.opened_by is Event.OBSTACLE_CONTESTED
        ),
    )


def is_unconfirmed(obstacle: Obstacle) -> bool:
    """Say whether an open case was filed on behalf of its president, who has not confirmed it yet."""
    on_behalf = obstacle.status in OPEN and obstacle.channel is not Channel.WEB
    return on_behalf and obstacle.filing_confirmed_at is None


def _is_in_time(last_day: date | None, today: date) -> bool:
    """Say whether something that may be done up to a day still may; what has no last day has no such limit."""
    return last_day is None or today <= last_day
