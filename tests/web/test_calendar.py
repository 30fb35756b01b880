"""The working calendar page: what a change moves is shown, then moved in the same act, and the past stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from escalation.domain.codes import Event
from escalation.extensions import db
from escalation.models.clock import ReminderPause
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.settings import Closure, HolidayCorrection
from escalation.queries.journal import verify_journal
from escalation.queries.settings import get_calendars
from escalation.services.case import moves
from escalation.web import identity
from tests.factories import PROVINCE, Filed, Town, file_obstacle, move, obstacle_row, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
GRANTED = {
    "day": "2026-10-12",
    "what": "off",
    "place": "all",
    "name_ar": "عطلة استثنائية",
    "name_fr": "Congé exceptionnel",
}


@pytest.fixture
def admin(client: Visitor, town: Town) -> Visitor:
    """The administrator, on the first Monday of October 2026."""
    return sign_in(client, town.admin)


@pytest.fixture(autouse=True)
def _on_that_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "get_present", lambda: NOW)


def due_on(town: Town, case: Filed) -> date:
    """Return the deadline of a case's desk."""
    found: datetime = obstacle_row(town.app, case)["due_at"]
    return found.date()


def test_the_effect_is_shown_before_anything_is_saved_then_applied_in_the_same_act(town: Town, admin: Visitor) -> None:
    running = file_obstacle(town.app, town.president, now=NOW)
    asked = file_obstacle(town.app, town.president, now=NOW)
    move(town.app, moves.claim, asked, town.reviewer, now=NOW)
    move(town.app, moves.request_information, asked, town.reviewer, now=NOW, question="سؤال")
    late = file_obstacle(town.app, town.president, now=NOW - timedelta(days=40))
    before = [due_on(town, case) for case in (running, late)]
    climbs_at = obstacle_row(town.app, running)["clock_at"]
    seen = admin.submit("/admin/calendar", GRANTED)
    assert seen.status_code == 200
    page = seen.get_data(as_text=True)
    assert "2 open cases get another date." in page
    assert str(running.reference) in page
    assert str(late.reference) not in page
    assert [due_on(town, case) for case in (running, late)] == before
    with town.app.app_context():
        assert db.session.scalars(select(HolidayCorrection)).all() == []
    assert admin.submit("/admin/calendar", GRANTED | {"sure": "1"}).status_code == 303
    assert due_on(town, running) == date(2026, 10, 27)
    assert due_on(town, late) == before[1], "a change never rewrites the past"
    assert obstacle_row(town.app, running)["clock_at"] == climbs_at + timedelta(days=1)
    assert obstacle_row(town.app, asked)["answer_by"] == date(2026, 10, 20)
    with town.app.app_context():
        events = select(JournalEvent.obstacle_id).where(JournalEvent.event == Event.DATES_MOVED)
        assert set(db.session.scalars(events)) == {running.id, asked.id}
        assert verify_journal().broken is None
    sign_in(admin, town.president)
    story = admin.get(f"/obstacles/{running.reference}").get_data(as_text=True)
    assert "The desk’s deadline was 26 October 2026 and is 27 October 2026." in story


def test_a_province_can_be_closed_by_itself_and_a_correction_taken_back(town: Town, admin: Visitor) -> None:
    here = file_obstacle(town.app, town.president, now=NOW)
    there = file_obstacle(town.app, town.president3, commune="03.561.03.01", now=NOW)
    closed = GRANTED | {"place": PROVINCE, "sure": "1"}
    assert admin.submit("/admin/calendar", closed).status_code == 303
    assert (due_on(town, here), due_on(town, there)) == (date(2026, 10, 27), date(2026, 10, 26))
    with town.app.app_context():
        assert [row.place_code for row in db.session.scalars(select(Closure))] == [PROVINCE]
        assert not get_calendars().of(PROVINCE).is_working_day(date(2026, 10, 12))
        assert get_calendars().country.is_working_day(date(2026, 10, 12))
    assert "Congé exceptionnel" in admin.get("/admin/calendar").get_data(as_text=True)
    assert admin.submit("/admin/calendar", closed | {"what": "as_published"}).status_code == 303
    assert due_on(town, here) == date(2026, 10, 26)


def test_a_religious_day_is_moved_by_two_changes(town: Town, admin: Visitor) -> None:
    off = {"day": "2026-11-06", "what": "working", "place": "all", "sure": "1"}
    assert admin.submit("/admin/calendar", off).status_code == 303
    with town.app.app_context():
        assert get_calendars().country.is_working_day(date(2026, 11, 6))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"day": ""}, "Write the day"),
        ({"day": "2026-10-04"}, "This day has passed"),
        ({"name_fr": ""}, "Write what the day is called"),
        ({"what": "working", "place": PROVINCE}, "A province can be closed by itself"),
        ({"place": "01.051"}, "Choose the place in the list"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_loses_nothing(
    admin: Visitor, given: dict[str, str], said: str
) -> None:
    answer = admin.submit("/admin/calendar", GRANTED | given)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page
    assert GRANTED["name_ar"] in page


def test_a_pause_of_reminders_is_set_and_taken_away(town: Town, admin: Visitor) -> None:
    august = {"starts_on": "2027-08-01", "ends_on": "2027-08-31"}
    assert admin.submit("/admin/calendar/pause", august).status_code == 303
    assert "From 1 August 2027 to 31 August 2027." in admin.get("/admin/calendar").get_data(as_text=True)
    assert admin.submit("/admin/calendar/pause", august | {"ends_on": "2027-07-01"}).status_code == 422
    assert admin.submit("/admin/calendar/pause", {"starts_on": "2027-08-01"}).status_code == 422
    assert admin.submit("/admin/calendar/pause", {}).status_code == 303
    with town.app.app_context():
        assert db.session.scalars(select(ReminderPause)).all() == []


def test_the_effect_is_found_in_as_many_queries_however_many_cases(town: Town, admin: Visitor) -> None:
    counts = []
    for more in (1, 4):
        for _ in range(more):
            file_obstacle(town.app, town.president, now=NOW)
        with counting_queries(engine_of(town.app)) as counted:
            admin.submit("/admin/calendar", GRANTED)
        counts.append(len(counted))
    with town.app.app_context():
        assert db.session.query(Obstacle).count() == 5
    assert counts[0] == counts[1]
