"""The settings as they stand on a day: defaults, changes with a date, bounds."""

from dataclasses import asdict, fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.codes import Level, Status, Urgency
from escalation.domain.settings import (
    EVERYWHERE,
    SETTING_RULES,
    ChangeInThePast,
    Narrowed,
    Scope,
    ScopeNotAdmitted,
    SettingChange,
    SettingOutOfBounds,
    Settings,
    Unit,
    UnknownSetting,
    in_force_on,
    plan_change,
    resolve,
    settings_on,
)

DAY = date(2026, 11, 2)
KEPT_FOR_DAYS = ("sessions", "events", "messages", "reads", "invitations")
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
keys = st.sampled_from(sorted(SETTING_RULES))


NARROWED = sorted(key for key, rule in SETTING_RULES.items() if rule.narrowed is not Narrowed.NOT)
TYPES = ("convention_unsigned", "rural_track")
DESKS = (Level.PROVINCE, Level.REGION)
scopes = st.builds(
    Scope,
    st.sampled_from((None, *DESKS)),
    st.sampled_from((None, *Urgency)),
    st.sampled_from(("", *TYPES)),
)
cases = st.builds(Scope, st.sampled_from(DESKS), st.sampled_from(Urgency), st.sampled_from(TYPES))
"""What a case is, whole: at a level, of an urgency, of a type."""


@st.composite
def changes(draw: st.DrawFn) -> SettingChange:
    """Draw any change for all cases that may be."""
    key = draw(keys)
    rule = SETTING_RULES[key]
    return SettingChange(key, draw(st.integers(rule.minimum, rule.maximum)), draw(days))


@st.composite
def narrow_changes(draw: st.DrawFn) -> SettingChange:
    """Draw any change of a delay of cases, for some of them or for all."""
    key, scope = draw(st.sampled_from(NARROWED)), draw(scopes)
    rule = SETTING_RULES[key]
    if not rule.admits(scope):
        scope = replace(scope, level=None)
    value = draw(st.integers(rule.minimum, rule.maximum))
    is_taken_back = scope != EVERYWHERE and draw(st.booleans())
    return SettingChange(key, None if is_taken_back else value, draw(days), scope)


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


def test_how_long_a_case_may_be_opened_again() -> None:
    settings = settings_on(DAY, [])
    assert [settings.reopen_days(end) for end in (Status.CLOSED, Status.WITHDRAWN, Status.DECLINED)] == [90, 30, 30]


def test_the_most_specific_that_is_said_of_a_case_holds() -> None:
    case = Scope(Level.PROVINCE, Urgency.URGENT, "rural_track")
    said = [
        EVERYWHERE,
        Scope(Level.PROVINCE),
        Scope(urgency=Urgency.URGENT),
        Scope(Level.PROVINCE, Urgency.URGENT),
        Scope(obstacle_type="rural_track"),
        Scope(Level.PROVINCE, obstacle_type="rural_track"),
        Scope(urgency=Urgency.URGENT, obstacle_type="rural_track"),
        case,
    ]
    assert list(case.wider()) == list(reversed(said)), "from the widest to the most specific"
    for count in range(1, len(said) + 1):
        recorded = [SettingChange("acknowledge_days", number, DAY, scope) for number, scope in enumerate(said, 1)]
        assert settings_on(DAY, recorded[:count], case).acknowledge_days == count
    elsewhere = Scope(Level.REGION, Urgency.NORMAL, "convention_unsigned")
    assert settings_on(DAY, recorded, elsewhere).acknowledge_days == 1


@given(st.lists(narrow_changes(), max_size=14), cases, days, st.sampled_from(NARROWED))
def test_the_rule_agrees_with_the_slow_and_obvious_one(
    recorded: list[SettingChange], case: Scope, day: date, key: str
) -> None:
    """Of all that is said of a case, rank what names its type first, then its urgency, then its level."""
    speaks = [
        change
        for change in recorded
        if change.key == key
        and change.effective_on <= day
        and change.scope.level in (None, case.level)
        and change.scope.urgency in (None, case.urgency)
        and change.scope.obstacle_type in ("", case.obstacle_type)
    ]
    newest = {change.scope: change for change in sorted(speaks, key=lambda change: change.effective_on)}
    ranked = sorted(
        (change for change in newest.values() if change.value is not None),
        key=lambda change: (
            change.scope.obstacle_type != "",
            change.scope.urgency is not None,
            change.scope.level is not None,
        ),
    )
    expected = ranked[-1].value if ranked else SETTING_RULES[key].default
    assert resolve(key, case, in_force_on(day, recorded)) == expected
    assert getattr(settings_on(day, recorded, case), key) == expected


@given(st.lists(narrow_changes(), max_size=8), narrow_changes(), cases, days)
def test_a_change_for_some_cases_never_rewrites_the_past_nor_touches_others(
    recorded: list[SettingChange], change: SettingChange, case: Scope, day: date
) -> None:
    before, after = (settings_on(day, those, case) for those in (recorded, [*recorded, change]))
    speaks_of_it = change.scope in set(case.wider())
    if day < change.effective_on or not speaks_of_it:
        assert after == before
    others = [key for key in SETTING_RULES if key != change.key]
    assert [getattr(after, key) for key in others] == [getattr(before, key) for key in others]


@given(st.lists(narrow_changes(), max_size=10), cases, days, st.sampled_from(NARROWED), st.integers(0, 5))
def test_more_days_said_anywhere_never_make_less(
    recorded: list[SettingChange], case: Scope, day: date, key: str, more: int
) -> None:
    most = SETTING_RULES[key].maximum
    longer = [
        replace(change, value=min(most, change.value + more)) if change.key == key and change.value else change
        for change in recorded
    ]
    assert getattr(settings_on(day, longer, case), key) >= getattr(settings_on(day, recorded, case), key)


@given(st.lists(narrow_changes(), max_size=8), narrow_changes(), cases)
def test_what_is_taken_back_leaves_what_is_said_of_wider_cases(
    recorded: list[SettingChange], change: SettingChange, case: Scope
) -> None:
    if change.scope == EVERYWHERE:
        return
    far = date(2030, 1, 1)
    without = [other for other in recorded if (other.key, other.scope) != (change.key, change.scope)]
    taken_back = replace(change, value=None, effective_on=far)
    assert settings_on(far, [*recorded, change, taken_back], case) == settings_on(far, without, case)


@pytest.mark.parametrize(
    ("key", "scope"),
    [
        ("undo_seconds", Scope(urgency=Urgency.URGENT)),
        ("province_answer_days", Scope(Level.PROVINCE)),
        ("grace_days", Scope(Level.REGION)),
        ("confirm_days", Scope(Level.COMMUNE)),
    ],
)
def test_what_cannot_hold_for_some_cases_is_refused(key: str, scope: Scope) -> None:
    with pytest.raises(ScopeNotAdmitted):
        SettingChange(key, SETTING_RULES[key].default, DAY, scope)


def test_for_all_cases_there_is_always_a_value() -> None:
    with pytest.raises(SettingOutOfBounds):
        SettingChange("grace_days", None, DAY)
    assert SettingChange("grace_days", None, DAY, Scope(urgency=Urgency.URGENT)).value is None
