"""When the scenes of a story happen: on working days, in office hours, at a believable pace, all before today."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from escalation.demo.script import Scene
from escalation.domain.calendar import LOCAL_ZONE, WorkingCalendar

OPENS_AT_MINUTE = 9 * 60
CLOSES_AT_MINUTE = 17 * 60 + 30
SLOT_MINUTES = 15
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Gap:
    """How long after the scene before: usually between two numbers, and at the most. Units: working days."""

    least: int
    usual: int
    most: int


GAPS = {
    Scene.CLAIM: Gap(0, 3, 3),
    Scene.ASK: Gap(0, 2, 8),
    Scene.ANSWER: Gap(1, 4, 8),
    Scene.ESCALATE: Gap(2, 5, 9),
    Scene.RESOLVE: Gap(4, 12, 26),
    Scene.CONFIRM: Gap(1, 7, 9),
    Scene.WITHDRAW: Gap(3, 12, 14),
}

STILL_OPEN_WITHIN = {Scene.ASK: (0, 7), Scene.RESOLVE: (0, 7), Scene.ESCALATE: (0, 3)}
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
