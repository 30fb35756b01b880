"""When the scenes of a story happen: on working days, in office hours, at a believable pace, all before today."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from escalation.demo.paths import Scene
from escalation.domain.calendar import LOCAL_ZONE, WorkingCalendar
from escalation.domain.codes import Level

OPENS_AT_MINUTE = 9 * 60
CLOSES_AT_MINUTE = 17 * 60 + 30
SLOT_MINUTES = 15
MONDAY = 0
AGENDA_CLOSES = timedelta(days=20)
SESSIONS = {Level.COMMUNE: (2, 5, 10), Level.PROVINCE: (1, 6, 9), Level.REGION: (3, 7, 10)}
"""The months in which each council holds its ordinary sessions."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Gap:
    """How long after the scene before: usually between two numbers, and at the most. Units: working days."""

    least: int
    usual: int
    most: int


GAPS = {
    Scene.CLAIM: Gap(0, 3, 3),
    Scene.CONFIRM_FILING: Gap(0, 2, 3),
    Scene.ASSIGN: Gap(0, 2, 3),
    Scene.RELEASE: Gap(1, 2, 4),
    Scene.ASK: Gap(0, 2, 8),
    Scene.ANSWER: Gap(1, 4, 8),
    Scene.REFER_OUT: Gap(0, 1, 4),
    Scene.REPLY: Gap(3, 6, 9),
    Scene.RESUME: Gap(10, 12, 14),
    Scene.ESCALATE: Gap(2, 5, 9),
    Scene.ESCALATE_LATE: Gap(16, 16, 17),
    Scene.SEND_BACK: Gap(1, 4, 6),
    Scene.TRANSFER: Gap(1, 3, 5),
    Scene.RESOLVE: Gap(4, 12, 26),
    Scene.CONFIRM: Gap(1, 7, 9),
    Scene.CONTEST: Gap(2, 5, 8),
    Scene.DECLINE: Gap(2, 6, 9),
    Scene.APPEAL: Gap(2, 6, 12),
    Scene.WITHDRAW: Gap(3, 12, 14),
    Scene.REOPEN: Gap(10, 20, 30),
    Scene.AMEND: Gap(1, 3, 6),
    Scene.COMMENT_OF_COMMUNE: Gap(0, 2, 4),
    Scene.COMMENT_OF_DESK: Gap(0, 2, 4),
    Scene.NOTE: Gap(0, 1, 3),
    Scene.CONTACT: Gap(0, 1, 3),
    Scene.SILENCE: Gap(11, 12, 16),
}

STILL_OPEN_WITHIN = {
    Scene.ASK: (0, 7),
    Scene.RESOLVE: (0, 7),
    Scene.ESCALATE: (0, 3),
    Scene.RELEASE: (0, 3),
    Scene.TRANSFER: (0, 3),
    Scene.CONTEST: (0, 3),
    Scene.APPEAL: (0, 3),
    Scene.REOPEN: (0, 3),
    Scene.REPLY: (0, 5),
    Scene.DECLINE: (1, 8),
}
"""How few working days ago a story's last scene was when somebody is still to follow: nobody has let it lapse."""


class Diary:
    """The working days up to the eve of today, from which every story takes its own."""

    def __init__(self, calendar: WorkingCalendar, today: date) -> None:
        self._calendar = calendar
        self.today = today
        self._eve = self._working_day_by(today - ONE_DAY)

    def moments(self, scenes: Sequence[Scene], age_days: int, rng: Random) -> list[datetime]:
        """Return an instant for each scene: the first at this age, the others after it, none after the eve.

        Units: calendar days of age.
        """
        days = self._days_since(min(self._working_day_by(self.today - timedelta(days=age_days)), self._eve))
        offsets = _offsets(scenes, len(days) - 1, rng)
        minutes = {offset: _minutes(count, rng) for offset, count in Counter(offsets).items()}
        return [instant(days[offset], minutes[offset].pop(0)) for offset in offsets]

    def _working_day_by(self, day: date) -> date:
        while not self._calendar.is_working_day(day):
            day -= ONE_DAY
        return day

    def _days_since(self, first: date) -> list[date]:
        days = [first]
        while (following := self._calendar.next_working_day(days[-1])) <= self._eve:
            days.append(following)
        return days


def instant(day: date, minute: int = OPENS_AT_MINUTE) -> datetime:
    """Return the instant of a minute of a Moroccan day, in UTC."""
    return datetime.combine(day, time(*divmod(minute, 60)), LOCAL_ZONE).astimezone(UTC)


def next_session(council: Level, day: date) -> date:
    """Return when a council meets next with an agenda that is still open on a day.

    It meets on the month's first Monday; that of a province on the second.
    """
    week = 1 if council is Level.PROVINCE else 0
    firsts = (date(day.year + later, month, 1) for later in (0, 1) for month in SESSIONS[council])
    opens = (first + timedelta(days=(MONDAY - first.weekday()) % 7, weeks=week) for first in firsts)
    return next(one for one in opens if one >= day + AGENDA_CLOSES)


def _minutes(count: int, rng: Random) -> list[int]:
    slots = sorted(rng.sample(range(OPENS_AT_MINUTE, CLOSES_AT_MINUTE, SLOT_MINUTES), count))
    return [slot + rng.randrange(SLOT_MINUTES) for slot in slots]


def _offsets(scenes: Sequence[Scene], last: int, rng: Random) -> list[int]:
    """The working day of each scene, counted from that of the first; none is after the last one there is."""
    gaps = [rng.randint(GAPS[scene].least, GAPS[scene].usual) for scene in scenes[1:]]
    while sum(gaps) > last:
        gaps[gaps.index(max(gaps))] -= 1
    if scenes[-1] in STILL_OPEN_WITHIN:
        _stretch(gaps, scenes[1:], last - rng.randint(*STILL_OPEN_WITHIN[scenes[-1]]), rng)
    return [sum(gaps[:place]) for place in range(len(scenes))]


def _stretch(gaps: list[int], scenes: Sequence[Scene], length: int, rng: Random) -> None:
    while sum(gaps) < length:
        loose = [place for place, scene in enumerate(scenes) if gaps[place] < GAPS[scene].most]
        gaps[rng.choice(loose) if loose else -1] += 1
