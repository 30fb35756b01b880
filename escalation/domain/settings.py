"""The closed list of delays an administrator may set, each with its default, unit and bounds, and what holds on a day.

A change has the day from which it holds; what held before stays as it was. Rows and forms live elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from escalation.domain.codes import Level


class Unit(StrEnum):
    """What a setting counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    SECONDS = "seconds"
    YEARS = "years"


NEVER: Final = 0
"""Of a number of years: what is kept is not forgotten by the calendar."""


@dataclass(frozen=True)
class SettingRule:
    """What a setting is without a change, what it counts, and between which values it may be set, both included."""

    default: int
    minimum: int
    maximum: int
    unit: Unit = Unit.WORKING_DAYS


SETTING_RULES: Final[Mapping[str, SettingRule]] = MappingProxyType(
    {
        "acknowledge_days": SettingRule(3, 1, 15),
        "province_answer_days": SettingRule(15, 1, 90),
        "region_answer_days": SettingRule(30, 1, 180),
        "grace_days": SettingRule(3, 0, 15),
        "confirm_days": SettingRule(10, 1, 60),
        "question_wait_days": SettingRule(10, 1, 60),
        "appeal_days": SettingRule(30, 1, 90),
        "reopen_closed_days": SettingRule(90, 1, 365, Unit.CALENDAR_DAYS),
        "reopen_withdrawn_days": SettingRule(30, 1, 180, Unit.CALENDAR_DAYS),
        "reopen_declined_days": SettingRule(30, 1, 180, Unit.CALENDAR_DAYS),
        "undo_seconds": SettingRule(10, 0, 60, Unit.SECONDS),
        "outside_wait_days": SettingRule(60, 1, 120),
        "keep_sessions_days": SettingRule(180, 30, 1095, Unit.CALENDAR_DAYS),
        "keep_events_days": SettingRule(365, 90, 1825, Unit.CALENDAR_DAYS),
        "keep_messages_days": SettingRule(365, 90, 1825, Unit.CALENDAR_DAYS),
        "keep_reads_days": SettingRule(365, 30, 1825, Unit.CALENDAR_DAYS),
        "keep_invitations_days": SettingRule(90, 7, 365, Unit.CALENDAR_DAYS),
        "keep_texts_years": SettingRule(NEVER, NEVER, 30, Unit.YEARS),
        "keep_names_years": SettingRule(NEVER, NEVER, 30, Unit.YEARS),
    }
)


class UnknownSetting(ValueError):
    """There is no setting of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no setting {key!r}")
        self.key = key


class SettingOutOfBounds(ValueError):
    """The value is not a whole number between the bounds of its setting."""

    def __init__(self, key: str, value: object) -> None:
        rule = SETTING_RULES[key]
        super().__init__(f"{key} = {value!r} is not between {rule.minimum} and {rule.maximum}")
        self.key = key
        self.value = value


class ChangeInThePast(ValueError):
    """The change would hold on a day that has begun."""


@dataclass(frozen=True)
class SettingChange:
    """A value that a setting takes from a day on.

    Raises: UnknownSetting, SettingOutOfBounds.
    """

    key: str
    value: int
    effective_on: date

    def __post_init__(self) -> None:
        rule = SETTING_RULES.get(self.key)
        if rule is None:
            raise UnknownSetting(self.key)
        if type(self.value) is not int or not rule.minimum <= self.value <= rule.maximum:
            raise SettingOutOfBounds(self.key, self.value)


@dataclass(frozen=True)
class Settings:
    """Every setting as it stands on one day.

    Units: those of SETTING_RULES, mostly working days.
    """

    acknowledge_days: int
    province_answer_days: int
    region_answer_days: int
    grace_days: int
    confirm_days: int
    question_wait_days: int
    appeal_days: int
    reopen_closed_days: int
    reopen_withdrawn_days: int
    reopen_declined_days: int
    undo_seconds: int
    outside_wait_days: int
    keep_sessions_days: int
    keep_events_days: int
    keep_messages_days: int
    keep_reads_days: int
    keep_invitations_days: int
    keep_texts_years: int
    keep_names_years: int

    def answer_days(self, level: Level) -> int:
        """Return the time a desk of this level has to answer.

        Units: working days. Raises: ValueError for the commune, which has no desk.
        """
        match level:
            case Level.PROVINCE:
                return self.province_answer_days
            case Level.REGION:
                return self.region_answer_days
            case Level.COMMUNE:
                raise ValueError("a commune has no desk, so nothing is due from it")


def settings_on(day: date, changes: Iterable[SettingChange]) -> Settings:
    """Return the settings that hold on this day: of each key the newest change begun by then, else its default.

    Of two changes of one key on one day, the later in ``changes`` holds.
    """
    values = {key: rule.default for key, rule in SETTING_RULES.items()}
    begun = (change for change in changes if change.effective_on <= day)
    for change in sorted(begun, key=lambda change: change.effective_on):
        values[change.key] = change.value
    return Settings(**values)


def plan_change(key: str, value: int, effective_on: date, decided_on: date) -> SettingChange:
    """Return a change that may be recorded: it holds from the day after the decision at the earliest.

    Raises: UnknownSetting, SettingOutOfBounds, ChangeInThePast.
    """
    change = SettingChange(key, value, effective_on)
    if effective_on <= decided_on:
        raise ChangeInThePast(f"{key} decided on {decided_on} cannot hold from {effective_on}")
    return change
