"""The closed list of delays an administrator may set, each with its default, unit and bounds, and what holds on a day.

A change has the day from which it holds; what held before stays as it was. A delay of cases may hold for some of them
only: for a level, an urgency, a type of obstacle; of all that is said of a case the most specific holds. Rows and forms
live elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from escalation.domain.codes import Level, Status, Urgency


class Unit(StrEnum):
    """What a setting counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    SECONDS = "seconds"
    YEARS = "years"


NEVER: Final = 0
"""Of a number of years: what is kept is not forgotten by the calendar."""


@dataclass(frozen=True, slots=True)
class Scope:
    """For which cases something is set: at a level, of an urgency, of a type; for all where nothing is named."""

    level: Level | None = None
    urgency: Urgency | None = None
    obstacle_type: str = ""

    def wider(self) -> Iterator["Scope"]:
        """Yield every scope that holds the cases of this one, itself first, the most specific before the wider.

        A type says more than an urgency, and an urgency more than a level.
        """
        for obstacle_type in dict.fromkeys((self.obstacle_type, "")):
            for urgency in dict.fromkeys((self.urgency, None)):
                for level in dict.fromkeys((self.level, None)):
                    yield Scope(level, urgency, obstacle_type)


EVERYWHERE: Final = Scope()


class Narrowed(StrEnum):
    """By what a setting may hold for some cases only."""

    NOT = "not"
    BY_CASE = "by_case"
    """By urgency and by type: its level is in its name, or there is only one."""
    BY_CASE_AND_LEVEL = "by_case_and_level"


@dataclass(frozen=True)
class SettingRule:
    """What a setting is without a change, what it counts, and between which values it may be set, both included."""

    default: int
    minimum: int
    maximum: int
    unit: Unit = Unit.WORKING_DAYS
    narrowed: Narrowed = Narrowed.NOT

    def admits(self, scope: Scope) -> bool:
        """Say whether the setting may hold for these cases only."""
        match self.narrowed:
            case Narrowed.NOT:
                return scope == EVERYWHERE
            case Narrowed.BY_CASE:
                return scope.level is None
            case Narrowed.BY_CASE_AND_LEVEL:
                return scope.level is not Level.COMMUNE


_BY_CASE, _BY_LEVEL = Narrowed.BY_CASE, Narrowed.BY_CASE_AND_LEVEL


SETTING_RULES: Final[Mapping[str, SettingRule]] = MappingProxyType(
    {
        "acknowledge_days": SettingRule(3, 1, 15, narrowed=_BY_LEVEL),
        "province_answer_days": SettingRule(15, 1, 90, narrowed=_BY_CASE),
        "region_answer_days": SettingRule(30, 1, 180, narrowed=_BY_CASE),
        "grace_days": SettingRule(3, 0, 15, narrowed=_BY_CASE),
        "confirm_days": SettingRule(10, 1, 60, narrowed=_BY_LEVEL),
        "question_wait_days": SettingRule(10, 1, 60),
        "appeal_days": SettingRule(30, 1, 90, narrowed=_BY_CASE),
        "reopen_closed_days": SettingRule(90, 1, 365, Unit.CALENDAR_DAYS, _BY_LEVEL),
        "reopen_withdrawn_days": SettingRule(30, 1, 180, Unit.CALENDAR_DAYS, _BY_LEVEL),
        "reopen_declined_days": SettingRule(30, 1, 180, Unit.CALENDAR_DAYS, _BY_LEVEL),
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


class ScopeNotAdmitted(ValueError):
    """The setting cannot hold for these cases only."""

    def __init__(self, key: str, scope: Scope) -> None:
        super().__init__(f"{key} cannot be set for {scope} only")
        self.key = key


@dataclass(frozen=True)
class SettingChange:
    """A value that a setting takes from a day on, for some cases or for all.

    Without a value what is said of wider cases holds again: for all cases there is nothing wider, and a value it is.
    Raises: UnknownSetting, ScopeNotAdmitted, SettingOutOfBounds.
    """

    key: str
    value: int | None
    effective_on: date
    scope: Scope = EVERYWHERE

    def __post_init__(self) -> None:
        rule = SETTING_RULES.get(self.key)
        if rule is None:
            raise UnknownSetting(self.key)
        if not rule.admits(self.scope):
            raise ScopeNotAdmitted(self.key, self.scope)
        if self.value is None and self.scope != EVERYWHERE:
            return
        if type(self.value) is not int or not rule.minimum <= self.value <= rule.maximum:
            raise SettingOutOfBounds(self.key, self.value)


@dataclass(frozen=True)
class Settings:
    """Every setting as it stands for a case on one day.

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

    def reopen_days(self, status: Status) -> int:
        """Return for how long a case that ended so may be opened again.

        Units: calendar days. Raises: KeyError for a case that has not ended.
        """
        return {
            Status.CLOSED: self.reopen_closed_days,
            Status.WITHDRAWN: self.reopen_withdrawn_days,
            Status.DECLINED: self.reopen_declined_days,
        }[status]


InForce = Mapping[tuple[str, Scope], int | None]
"""What was last said of each setting and scope by a day; None where what is said of wider cases holds."""


def in_force_on(day: date, changes: Iterable[SettingChange]) -> InForce:
    """Return of each setting and scope the newest change begun by a day; of two on one day, the later given."""
    begun = (change for change in changes if change.effective_on <= day)
    ordered = sorted(begun, key=lambda change: change.effective_on)
    return {(change.key, change.scope): change.value for change in ordered}


def resolve(key: str, scope: Scope, in_force: InForce) -> int:
    """Return what a setting is for the cases of a scope: the most specific that is said of them, else its default."""
    said = (in_force.get((key, wider)) for wider in scope.wider())
    return next((value for value in said if value is not None), SETTING_RULES[key].default)


def settings_for(scope: Scope, in_force: InForce) -> Settings:
    """Return every setting as it stands for the cases of a scope."""
    return Settings(**{key: resolve(key, scope, in_force) for key in SETTING_RULES})


def settings_on(day: date, changes: Iterable[SettingChange], scope: Scope = EVERYWHERE) -> Settings:
    """Return the settings that hold on a day for the cases of a scope."""
    return settings_for(scope, in_force_on(day, changes))


def plan_change(
    key: str, value: int | None, effective_on: date, decided_on: date, scope: Scope = EVERYWHERE
) -> SettingChange:
    """Return a change that may be recorded: it holds from the day after the decision at the earliest.

    Raises: UnknownSetting, ScopeNotAdmitted, SettingOutOfBounds, ChangeInThePast.
    """
    change = SettingChange(key, value, effective_on, scope)
    if effective_on <= decided_on:
        raise ChangeInThePast(f"{key} decided on {decided_on} cannot hold from {effective_on}")
    return change
