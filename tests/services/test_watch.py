"""Offices are looked after: ends are told thirty days before, hand-overs and empty desks once, however late."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import AccountNotice
from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person
from escalation.services.case import moves
from escalation.services.people.watch import watch_offices
from escalation.services.transaction import transaction
from tests.factories import PROVINCE, Town, add_person, end_mandates, file_obstacle, move, obstacle_row

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
DAY = timedelta(days=1)


def told(town: Town) -> list[tuple[str, int]]:
    """Return the letters about offices: which, and to whom, in order."""
    with town.app.app_context():
        query = select(OutboxMessage.event, OutboxMessage.recipient_id).where(OutboxMessage.event.like("office%"))
        return [(event, recipient) for event, recipient in db.session.execute(query.order_by(OutboxMessage.id))]


def look(town: Town, when: datetime = NOW) -> int:
    """Look after offices at a moment."""
    with town.app.app_context():
        return watch_offices(when)


def test_a_terms_end_is_told_once_thirty_days_before_to_who_must_know(town: Town) -> None:
    end_mandates(town.app, town.reviewer, TODAY + timedelta(days=31))
    assert look(town) == 0
    assert [look(town, NOW + DAY), look(town, NOW + DAY), look(town, NOW + 9 * DAY)] == [1, 0, 0]
    ends = AccountNotice.TERM_ENDS
    assert told(town) == [(ends, town.reviewer.id), (ends, town.admin.id), (ends, town.secretary.id)]
    end_mandates(town.app, town.reviewer, TODAY + timedelta(days=35))
    assert look(town, NOW + 9 * DAY) == 1, "another last day is told anew"


def test_what_began_within_its_own_warning_is_not_warned_of(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        mandate = session.query(Mandate).filter_by(person_id=town.reviewer.id).one()
        mandate.starts_on, mandate.ends_on = TODAY, TODAY + 10 * DAY
    assert look(town) == 0


def test_what_somebody_had_is_handed_over_with_its_status_and_told_to_the_lead_once(town: Town) -> None:
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    asked = move(town.app, moves.request_information, case, town.reviewer, question="متى؟")
    other = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    end_mandates(town.app, town.reviewer, TODAY - DAY)
    assert [look(town), look(town)] == [1, 0]
    assert told(town) == [(AccountNotice.HANDOVER, town.coordinator.id)]
    with town.app.app_context():
        facts = db.session.scalars(select(OutboxMessage.facts).where(OutboxMessage.event == "office_handover")).one()
    assert facts["count"] == 2
    assert obstacle_row(town.app, asked)["status"] == "information_requested"
    assert obstacle_row(town.app, other)["status"] == "in_review"
    with town.app.app_context():
        successor = add_person("successor", Office.PROVINCE_REVIEWER, PROVINCE)
    assert move(town.app, moves.claim, other, successor).version == other.version + 1


def test_whoever_left_nothing_behind_is_nobodys_news(town: Town) -> None:
    end_mandates(town.app, town.reviewer, TODAY - DAY)
    look(town)
    assert told(town) == []


def everybody_leaves(town: Town, last_day: date) -> None:
    """Let the desk of the province have nobody after a day."""
    for person in (town.reviewer, town.coordinator):
        end_mandates(town.app, person, last_day)


def test_a_desk_with_nobody_alarms_the_secretary_once_each_time(town: Town) -> None:
    file_obstacle(town.app, town.president)
    everybody_leaves(town, TODAY - DAY)
    assert [look(town), look(town)] == [3, 0], "two hand-overs were looked at, and the desk is empty"
    empty = (AccountNotice.DESK_EMPTY, town.secretary.id)
    assert told(town) == [empty]
    with town.app.app_context():
        newcomer = add_person("newcomer", Office.PROVINCE_REVIEWER, PROVINCE)
    look(town)
    end_mandates(town.app, newcomer, TODAY - DAY)
    look(town)
    look(town)
    assert told(town) == [empty, empty]


def test_the_secretary_moves_what_is_at_a_desk_with_nobody(town: Town) -> None:
    case = file_obstacle(town.app, town.president)
    everybody_leaves(town, TODAY - DAY)
    moved = move(town.app, moves.escalate, case, town.secretary, reason="لا أحد بالخلية")
    assert obstacle_row(town.app, moved)["level"] == "region"


def test_a_look_after_a_week_of_silence_tells_what_was_missed_once(town: Town) -> None:
    move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    end_mandates(town.app, town.reviewer, TODAY - DAY)
    assert [look(town, NOW + 7 * DAY), look(town, NOW + 7 * DAY)] == [1, 0]


@pytest.mark.parametrize("days", [0, 1])
def test_a_suspended_account_is_nobody_at_a_desk(town: Town, days: int) -> None:
    with town.app.app_context(), transaction() as session:
        for person in (town.reviewer, town.coordinator):
            session.get_one(Person, person.id).suspended_at = NOW
    look(town, NOW + days * DAY)
    assert told(town) == [(AccountNotice.DESK_EMPTY, town.secretary.id)]
