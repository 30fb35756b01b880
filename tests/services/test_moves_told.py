"""Who is told, in the cases where somebody could be forgotten; and moves on clocks and forms that misbehave."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from escalation.domain.codes import Channel, Event, Status
from escalation.domain.errors import AlreadySubmitted
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.settings import Setting
from escalation.queries.messages.outbox_audit import list_violations
from escalation.queries.settings import get_settings
from escalation.services.case import moves
from escalation.services.case.transitions import By
from escalation.services.transaction import transaction
from tests.factories import Filed, Inhabitant, Town, actor_of, end_mandates, file_obstacle, move, obstacle_row

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)


def told_of(town: Town, obstacle: Filed, event: Event) -> set[tuple[int, str]]:
    """Return who is told of an event, and as what."""
    with town.app.app_context():
        rows = select(OutboxMessage.recipient_id, OutboxMessage.audience).where(
            OutboxMessage.obstacle_id == obstacle.id, OutboxMessage.event == event
        )
        return {(recipient, audience.value) for recipient, audience in db.session.execute(rows)}


def asked(town: Town, asker: Inhabitant) -> Filed:
    """Return a case whose desk has asked the commune."""
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.claim, filed, asker, now=MONDAY)
    return move(town.app, moves.request_information, filed, asker, now=MONDAY, question="سؤال")


def test_the_commune_is_told_of_an_answer_that_the_desk_noted_for_it(town: Town) -> None:
    case = asked(town, town.reviewer)
    move(town.app, moves.answer, case, town.reviewer, now=MONDAY, answer="جواب", channel=Channel.PHONE)
    assert told_of(town, case, Event.INFORMATION_PROVIDED) == {(town.president.id, "commune")}
    with town.app.app_context():
        assert list_violations(MONDAY) == []


def test_the_regional_secretary_is_told_of_a_case_that_climbs_to_nobody(town: Town) -> None:
    for person in (town.member, town.chair):
        end_mandates(town.app, person, MONDAY.date() - timedelta(days=1))
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.escalate, filed, town.reviewer, now=MONDAY, reason="سبب")
    assert (town.secretary.id, "secretary") in told_of(town, filed, Event.OBSTACLE_ESCALATED)


def test_an_event_that_tells_nobody_is_no_violation_and_a_lost_message_is(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    end_mandates(town.app, town.president, MONDAY.date())
    later = MONDAY + timedelta(days=1)
    move(town.app, moves.claim, filed, town.reviewer, now=later)
    with town.app.app_context():
        assert told_of(town, filed, Event.OBSTACLE_CLAIMED) == set()
        assert list_violations(later) == []
        with transaction() as session:
            session.query(OutboxMessage).filter_by(recipient_id=town.reviewer.id).delete()
        assert [fault.kind for fault in list_violations(later)] == ["event without messages"]


def test_a_clock_that_stepped_back_over_midnight_refuses_nothing(town: Town) -> None:
    case = asked(town, town.reviewer)
    earlier = MONDAY - timedelta(hours=12)
    move(town.app, moves.answer, case, town.president, now=earlier, answer="جواب")
    assert obstacle_row(town.app, case)["status"] == Status.IN_REVIEW


def test_one_key_on_two_cases_acts_once_and_says_so(town: Town) -> None:
    first, second = (file_obstacle(town.app, town.president, now=MONDAY) for _ in range(2))
    by = By(actor=actor_of(town.app, town.reviewer, MONDAY), now=MONDAY, key="k1")
    with town.app.app_context():
        moves.claim(first.id, by)
        with pytest.raises(AlreadySubmitted):
            moves.claim(second.id, by)
    assert obstacle_row(town.app, second)["status"] == Status.FILED


def test_a_row_of_settings_that_cannot_be_read_leaves_the_value_before_it(town: Town) -> None:
    with town.app.app_context():
        with transaction() as session:
            for key, value in (("province_answer_days", 12), ("province_answer_day", 9), ("region_answer_days", -4)):
                session.add(Setting(key=key, value=value, effective_on=date(2026, 1, 1), created_at=MONDAY))
        settings = get_settings(MONDAY.date())
    assert (settings.province_answer_days, settings.region_answer_days) == (12, 30)
