"""Who is told of what: every event that is built tells somebody, and whoever must act is asked."""

from escalation.domain.codes import Audience, Event
from escalation.domain.notices import NOTICES

BUILT = {
    Event.OBSTACLE_FILED,
    Event.OBSTACLE_CLAIMED,
    Event.INFORMATION_REQUESTED,
    Event.INFORMATION_PROVIDED,
    Event.OBSTACLE_ESCALATED,
    Event.OBSTACLE_RESOLVED,
    Event.OBSTACLE_CLOSED,
    Event.OBSTACLE_WITHDRAWN,
}


def test_every_event_that_is_built_tells_somebody() -> None:
    assert set(NOTICES) >= BUILT
    assert all(NOTICES.values())


def test_no_audience_is_told_twice_of_one_event() -> None:
    for event, notices in NOTICES.items():
        audiences = [notice.audience for notice in notices]
        assert len(audiences) == len(set(audiences)), event


def test_the_commune_is_told_of_every_event() -> None:
    told = {event for event, notices in NOTICES.items() if Audience.COMMUNE in {one.audience for one in notices}}
    assert set(NOTICES) == told


def test_who_must_act_is_asked_and_cannot_mute_it() -> None:
    asked = {(event, notice.audience) for event, notices in NOTICES.items() for notice in notices if notice.asks}
    assert asked >= {
        (Event.OBSTACLE_FILED, Audience.DESK),
        (Event.OBSTACLE_FILED, Audience.SECRETARY),
        (Event.OBSTACLE_ESCALATED, Audience.DESK),
        (Event.INFORMATION_REQUESTED, Audience.COMMUNE),
        (Event.INFORMATION_PROVIDED, Audience.ASSIGNEE),
        (Event.OBSTACLE_RESOLVED, Audience.COMMUNE),
    }


def test_the_filer_alone_is_told_of_their_own_act() -> None:
    told = {(event, notice.audience) for event, notices in NOTICES.items() for notice in notices if notice.tells_actor}
    assert told == {(Event.OBSTACLE_FILED, Audience.COMMUNE)}
