"""The settings as they stand on a day: defaults, changes with a date, bounds."""

from dataclasses import asdict, fields
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.codes import Level
from escalation.domain.settings import (
    SETTING_RULES,
    ChangeInThePast,
    SettingChange,
    SettingOutOfBounds,
    Settings,
    Unit,
    UnknownSetting,
    plan_change,
    settings_on,
)

DAY = date(2026, 11, 2)
KEPT_FOR_DAYS = ("sessions", "events", "messages", "reads", "invitations")
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
keys = st.sampled_from(sorted(SETTING_RULES))


@st.composite
def changes(draw: st.DrawFn) -> SettingChange:
    """Draw any change that may be."""
    key = draw(keys)
    rule = SETTING_RULES[key]
    return SettingChange(key, draw(st.integers(rule.minimum, rule.maximum)), draw(days))


def test_the_defaults() -> None:
    assert asdict(settings_on(DAY, [])) == {
        "acknowledge_days": 3,
        "province_answer_days": 15,
        "region_answer_days": 30,
        "grace_days": 3,
        "confirm_days": 10,
        "question_wait_days": 10,
        "appeal_days": 30,
        "reopen_closed_days": 90,
        "reopen_withdrawn_days": 30,
        "reopen_declined_days": 30,
        "undo_seconds": 10,
        "outside_wait_days": 60,
        "keep_sessions_days": 180,
        "keep_events_days": 365,
        "keep_messages_days": 365,
        "keep_reads_days": 365,
        "keep_invitations_days": 90,
        "keep_texts_years": 0,
        "keep_names_years": 0,
    }


def test_every_setting_has_a_rule_that_admits_its_default() -> None:
    assert [field.name for field in fields(Settings)] == list(SETTING_RULES)
    assert all(rule.minimum <= rule.default <= rule.maximum for rule in SETTING_RULES.values())
    odd = {key: rule.unit for key, rule in SETTING_RULES.items() if rule.unit is not Unit.WORKING_DAYS}
    assert odd == {
        "reopen_closed_days": Unit.CALENDAR_DAYS,
        "reopen_withdrawn_days": Unit.CALENDAR_DAYS,
        "reopen_declined_days": Unit.CALENDAR_DAYS,
        "undo_seconds": Unit.SECONDS,
        **{f"keep_{what}_days": Unit.CALENDAR_DAYS for what in KEPT_FOR_DAYS},
        "keep_texts_years": Unit.YEARS,
        "keep_names_years": Unit.YEARS,
    }


def test_a_change_holds_from_its_day_and_not_before() -> None:
    change = SettingChange("province_answer_days", 20, DAY)
    assert settings_on(DAY - timedelta(days=1), [change]).province_answer_days == 15
    assert settings_on(DAY, [change]).province_answer_days == 20
    assert settings_on(DAY + timedelta(days=400), [change]).province_answer_days == 20


def test_of_two_changes_on_one_day_the_later_recorded_holds() -> None:
    first, second = SettingChange("grace_days", 5, DAY), SettingChange("grace_days", 0, DAY)
    assert settings_on(DAY, [first, second]).grace_days == 0
    assert settings_on(DAY, iter([second, first])).grace_days == 5


@given(st.lists(changes(), max_size=12), days)
def test_the_newest_change_begun_holds(recorded: list[SettingChange], day: date) -> None:
    held = asdict(settings_on(day, recorded))
    for key, rule in SETTING_RULES.items():
        begun = [change for change in recorded if change.key == key and change.effective_on <= day]
        newest = max((change.effective_on for change in begun), default=None)
        expected = [change.value for change in begun if change.effective_on == newest] or [rule.default]
        assert held[key] == expected[-1]


@given(st.lists(changes(), max_size=8), changes(), days)
def test_a_change_never_rewrites_the_past(recorded: list[SettingChange], change: SettingChange, day: date) -> None:
    if day < change.effective_on:
        assert settings_on(day, [*recorded, change]) == settings_on(day, recorded)


@given(keys, st.integers(-1000, 1000))
def test_a_value_out_of_bounds_is_refused(key: str, value: int) -> None:
    rule = SETTING_RULES[key]
    if rule.minimum <= value <= rule.maximum:
        assert getattr(settings_on(DAY, [SettingChange(key, value, DAY)]), key) == value
    else:
        with pytest.raises(SettingOutOfBounds):
            SettingChange(key, value, DAY)


def test_an_unknown_key_and_a_value_that_is_no_number_are_refused() -> None:
    with pytest.raises(UnknownSetting):
        SettingChange("patience_days", 3, DAY)
    with pytest.raises(SettingOutOfBounds):
        SettingChange("grace_days", True, DAY)


def test_a_change_is_planned_for_tomorrow_at_the_earliest() -> None:
    assert plan_change("grace_days", 5, DAY, DAY - timedelta(days=1)) == SettingChange("grace_days", 5, DAY)
    for decided_on in (DAY, DAY + timedelta(days=1)):
        with pytest.raises(ChangeInThePast):
            plan_change("grace_days", 5, DAY, decided_on)


def test_the_answer_time_of_a_level() -> None:
    settings = settings_on(DAY, [SettingChange("region_answer_days", 25, DAY)])
    assert settings.answer_days(Level.PROVINCE) == 15
    assert settings.answer_days(Level.REGION) == 25
    with pytest.raises(ValueError, match="commune"):
        settings.answer_days(Level.COMMUNE)
