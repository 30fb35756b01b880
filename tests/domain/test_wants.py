"""How an e-mail leaves: by what it is, what its reader chose, the hour; and what nobody can hold back."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation.domain.calendar import LOCAL_ZONE
from escalation.domain.codes import Audience, Event
from escalation.domain.notices import NOTICES
from escalation.domain.wants import (
    ADJUSTABLE,
    CHOSEN,
    Attention,
    Kind,
    Leaving,
    Quiet,
    Skipped,
    Told,
    Wants,
    Way,
    gathered_at,
    kind_of,
    leaving,
    slot_of,
)

DUE = datetime(2026, 11, 24, 15, 20, tzinfo=UTC)
"""A Tuesday afternoon."""


def local(moment: datetime) -> str:
    """Return a moment as Morocco's clock shows it."""
    return f"{moment.astimezone(LOCAL_ZONE):%a %d %H:%M}"


def told(kind: Kind = Kind.STEPS, due: datetime = DUE, **more: object) -> Told:
    return Told(kind=kind, due=due, **more)  # type: ignore[arg-type]


def test_who_chose_nothing_is_told_everything_at_once() -> None:
    assert {leaving(told(kind), Wants()) for kind in Kind} == {Leaving(DUE)}


def test_what_asks_for_an_act_is_never_muted_gathered_or_left_out() -> None:
    for way in CHOSEN:
        wants = Wants({kind.value: way for kind in Kind})
        assert leaving(told(Kind.ASKS, attention=Attention.MUTED), wants) == Leaving(DUE)
    asking = {(event, notice.audience) for event, notices in NOTICES.items() for notice in notices if notice.asks}
    assert {kind_of(event, audience, asks=True) for event, audience in asking} == {Kind.ASKS}
    assert kind_of("deadline_passed", Audience.ASSIGNEE, asks=False) is Kind.ASKS
    assert kind_of("confirmation_near", Audience.COMMUNE, asks=False) is Kind.ASKS
    assert Kind.ASKS not in ADJUSTABLE


def test_each_line_of_the_table_of_notices_is_of_a_kind() -> None:
    kinds = {
        (event.value, notice.audience.value): kind_of(event, notice.audience, asks=notice.asks)
        for event, notices in NOTICES.items()
        for notice in notices
    }
    assert kinds["obstacle_filed", "commune"] is Kind.RECEIPT
    assert kinds["obstacle_claimed", "commune"] is Kind.STEPS
    assert kinds["obstacle_escalated", "passed"] is Kind.BESIDE
    assert kinds["comment_added", "assignee"] is Kind.WORDS
    assert kind_of("deadline_near", Audience.ASSIGNEE, asks=False) is Kind.EARLY
    assert kind_of(Event.OBSTACLE_CLAIMED, Audience.FOLLOWER, asks=False) is Kind.BESIDE
    assert set(kinds.values()) | {Kind.EARLY} == set(Kind)


@pytest.mark.parametrize(
    ("way", "expected"), [(Way.DAILY, "Wed 25 08:00"), (Way.WEEKLY, "Mon 30 08:00"), (Way.AT_ONCE, local(DUE))]
)
def test_a_digest_leaves_in_the_morning_of_the_next_day_or_monday(way: Way, expected: str) -> None:
    assert local(gathered_at(way, DUE)) == expected
    how = leaving(told(), Wants({Kind.STEPS: way}))
    assert (how.way, local(how.at)) == (way, expected)


def test_what_happens_at_the_hour_of_the_digest_is_in_the_next_one() -> None:
    eight = datetime(2026, 11, 24, 8, tzinfo=LOCAL_ZONE)
    assert local(gathered_at(Way.DAILY, eight)) == "Wed 25 08:00"
    assert local(gathered_at(Way.DAILY, eight - timedelta(milliseconds=1))) == "Tue 24 08:00"
    monday = datetime(2026, 11, 23, 8, tzinfo=LOCAL_ZONE)
    assert local(gathered_at(Way.WEEKLY, monday)) == "Mon 30 08:00"


def test_the_hour_is_morocco_s_in_ramadan_too() -> None:
    before, within = datetime(2026, 2, 10, 12, tzinfo=UTC), datetime(2026, 2, 25, 12, tzinfo=UTC)
    hours = [gathered_at(Way.DAILY, moment).hour for moment in (before, within)]
    assert {local(gathered_at(Way.DAILY, moment))[-5:] for moment in (before, within)} == {"08:00"}
    assert hours == [8 - int(offset.total_seconds()) // 3600 for offset in map(_offset, (before, within))]


def _offset(moment: datetime) -> timedelta:
    return moment.astimezone(LOCAL_ZONE).utcoffset() or timedelta()


@pytest.mark.parametrize(
    ("hour", "quiet", "leaves"),
    [
        (21, Quiet(22, 7), "Tue 24 21:20"),
        (22, Quiet(22, 7), "Wed 25 07:00"),
        (3, Quiet(22, 7), "Tue 24 07:00"),
        (7, Quiet(22, 7), "Tue 24 07:20"),
        (13, Quiet(12, 15), "Tue 24 15:00"),
        (0, Quiet(23, 0), "Tue 24 00:20"),
    ],
)
def test_in_quiet_hours_an_e_mail_waits_for_their_end(hour: int, quiet: Quiet, leaves: str) -> None:
    moment = datetime(2026, 11, 24, hour, 20, tzinfo=LOCAL_ZONE)
    wants = Wants(quiet=quiet)
    assert local(leaving(told(Kind.ASKS, due=moment), wants).at) == leaves
    assert leaving(told(Kind.ASKS, due=moment, is_urgent=True), wants).at == moment


def test_quiet_hours_move_a_digest_but_never_drop_it() -> None:
    how = leaving(told(), Wants({Kind.STEPS: Way.DAILY}, Quiet(20, 9)))
    assert (how.way, local(how.at)) == (Way.DAILY, "Wed 25 09:00")


@pytest.mark.parametrize("hours", [(22, 22), (-1, 5), (3, 24)])
def test_quiet_hours_are_two_different_hours_of_a_day(hours: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="quiet"):
        Quiet(*hours)


def test_each_e_mail_that_does_not_leave_says_why() -> None:
    only_app = Wants({kind.value: Way.APP_ONLY for kind in ADJUSTABLE})
    assert leaving(told(), only_app).skipped is Skipped.APP_ONLY
    assert leaving(told(attention=Attention.MUTED), Wants()).skipped is Skipped.MUTED
    assert leaving(told(Kind.ASKS, has_address=False), Wants()).skipped is Skipped.NO_ADDRESS
    assert leaving(told(address_failed=True), Wants()).skipped is Skipped.ADDRESS_FAILED
    assert leaving(told(Kind.ASKS, address_failed=True), Wants()) == Leaving(DUE)
    assert leaving(told(is_urgent=True, address_failed=True), Wants()) == Leaving(DUE)
    assert leaving(told(attention=Attention.FOLLOWED), Wants()).skipped is None
    assert leaving(told(is_urgent=True, attention=Attention.MUTED), only_app).skipped is None


def test_what_one_act_tells_of_several_cases_is_gathered_for_some_minutes() -> None:
    how = leaving(told(Kind.ASKS, is_of_many=True), Wants())
    assert (how.way, how.at - DUE) == (Way.TOGETHER, timedelta(minutes=10))
    assert leaving(told(is_of_many=True), Wants({Kind.STEPS: Way.DAILY})).way is Way.DAILY


def test_of_each_day_or_week_a_person_gets_one_digest() -> None:
    late_evening = datetime(2026, 11, 29, 23, 59, tzinfo=LOCAL_ZONE)
    assert slot_of(Way.DAILY, late_evening) == "2026-11-29"
    assert slot_of(Way.WEEKLY, late_evening) == "2026-W48"
    assert slot_of(Way.WEEKLY, late_evening + timedelta(minutes=1)) == "2026-W49"


def test_choices_that_this_program_does_not_know_count_as_not_chosen() -> None:
    wants = Wants.from_row({"steps": "daily", "asks": "app_only", "words": "hourly", "gone": "daily"}, 22, None)
    assert wants == Wants({"steps": Way.DAILY})
