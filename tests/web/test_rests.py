"""Offices begin, rest, are held meanwhile and end: from that minute rights follow, in sessions that are open too."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.offices import Suspension
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate
from escalation.services.case import moves
from escalation.services.people.people import Term, add_mandate
from escalation.services.transaction import transaction
from tests.factories import (
    PROVINCE,
    REGION,
    Inhabitant,
    Town,
    actor_of,
    add_person,
    end_mandates,
    file_obstacle,
    move,
    obstacle_row,
    sign_in,
)
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.conftest import As
from tests.web.forms import errors_of

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
DAY = timedelta(days=1)


def office_of(town: Town, person: Inhabitant) -> int:
    """Return the first office of a person."""
    with town.app.app_context():
        return min(db.session.scalars(select(Mandate.id).where(Mandate.person_id == person.id)))


def sent(starts_on: date = TODAY, ends_on: date | None = None, interim: str = "") -> dict[str, str]:
    """Return what the form of a suspension sends."""
    return {
        "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat() if ends_on else "", "interim": interim,
    }  # fmt: skip


def last_suspension(town: Town) -> int:
    """Return the number of the newest suspension."""
    with town.app.app_context():
        return max(db.session.scalars(select(Suspension.id)))


def test_rights_end_and_begin_with_the_office_in_sessions_that_are_open(town: Town, as_person: As) -> None:
    reviewer, admin = as_person("reviewer"), as_person("admin")
    case = file_obstacle(town.app, town.president)
    address = f"/obstacles/{case.reference}"
    assert reviewer.get(address).status_code == 200
    admin.submit(f"/admin/mandates/{office_of(town, town.reviewer)}/end", {"ends_on": (TODAY - DAY).isoformat()})
    assert reviewer.get(address).status_code == 404
    assert reviewer.submit(f"{address}/claim").status_code == 404
    with town.app.app_context():
        add_mandate(person_id=town.reviewer.id, term=Term(Office.PROVINCE_REVIEWER, PROVINCE, TODAY), now=NOW)
    assert reviewer.submit(f"{address}/claim").status_code == 303
    with town.app.app_context():
        future = add_person("future")
        add_mandate(person_id=future.id, term=Term(Office.PROVINCE_REVIEWER, PROVINCE, TODAY + DAY), now=NOW)
    assert sign_in(Visitor(town.app), future).get(address).status_code == 404, "tomorrow"


def test_an_office_rests_is_held_meanwhile_and_is_given_back(town: Town, as_person: As) -> None:
    reviewer, admin, coordinator = as_person("reviewer"), as_person("admin"), as_person("coordinator")
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    with town.app.app_context():
        stand_in = add_person("standin")
    interim, rest = sign_in(Visitor(town.app), stand_in), f"/admin/mandates/{office_of(town, town.reviewer)}/rest"
    assert interim.get(f"/obstacles/{case.reference}").status_code == 404
    assert "rest" in admin.get(f"/admin/people/{town.reviewer.id}").text
    assert admin.submit(rest, sent(TODAY, TODAY + 20 * DAY, stand_in.email)).status_code == 303
    assert reviewer.get(f"/obstacles/{case.reference}").status_code == 404
    assert "suspended" in reviewer.get("/account?lang=en").text
    assert "held as an interim" in interim.get("/account?lang=en").text
    handover = coordinator.get("/handover?lang=en").text
    assert str(case.reference) in handover
    assert "Mme ou M. reviewer" in handover
    assert interim.submit(f"/obstacles/{case.reference}/claim").status_code == 303, "it keeps its status till then"
    assert obstacle_row(town.app, case)["assignee_id"] == stand_in.id
    with town.app.app_context():
        events = db.session.scalars(select(OutboxMessage.event).where(OutboxMessage.recipient_id == stand_in.id)).all()
        assert "account_office_given" in events
        first = db.session.scalars(
            select(JournalEvent.person_id).where(JournalEvent.event == "obstacle_claimed").order_by(JournalEvent.id)
        ).first()
    assert first == town.reviewer.id, "the name of who rests stays in the journal"
    page = admin.get(f"{rest}?lang=en").text
    assert "Held meanwhile by" in page
    assert admin.submit(f"/admin/suspensions/{last_suspension(town)}/lift").status_code == 303
    assert reviewer.get(f"/obstacles/{case.reference}").status_code == 200
    assert interim.get(f"/obstacles/{case.reference}").status_code == 404, "from that minute"
    assert not actor_of(town.app, stand_in).mandates


@pytest.mark.parametrize(
    "given",
    [
        sent(TODAY - DAY), sent(TODAY, TODAY - DAY), sent(TODAY, None, "delegate@example.test"),
        sent(TODAY, TODAY + DAY, "nobody-here@example.test"), sent(TODAY, TODAY + DAY, "not an address"),
        sent(TODAY, TODAY + DAY, "reviewer@example.test"), {"starts_on": "", "ends_on": "", "interim": ""},
    ],
)  # fmt: skip
def test_a_wrong_suspension_is_named_and_changes_nothing(town: Town, as_person: As, given: dict[str, str]) -> None:
    answer = as_person("admin").submit(f"/admin/mandates/{office_of(town, town.reviewer)}/rest", given)
    assert answer.status_code == 422
    assert errors_of(answer.text)
    with town.app.app_context():
        assert not db.session.scalars(select(Suspension)).all()


def test_what_much_hangs_on_does_not_rest_or_pass_unseen(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    alone = admin.submit(f"/admin/mandates/{office_of(town, town.admin)}/rest", sent())
    assert alone.status_code == 422, "the last administrator"
    chair = f"/admin/mandates/{office_of(town, town.chair)}/rest"
    assert admin.submit(chair, sent(TODAY, TODAY + DAY, "member@example.test")).status_code == 422
    assert admin.submit(chair, sent(TODAY, TODAY + DAY)).status_code == 303
    assert admin.submit(chair, sent(TODAY + DAY)).status_code == 422, "it rests already"
    elsewhere = f"/admin/mandates/{office_of(town, town.stranger)}/rest"
    assert admin.submit(elsewhere, sent()).status_code == 404


def test_a_new_holder_sees_all_of_the_offices_past(town: Town) -> None:
    long_ago = NOW - timedelta(days=200)
    case = move(
        town.app, moves.escalate, file_obstacle(town.app, town.president, now=long_ago), town.reviewer,
        now=long_ago, reason="خارج القدرة",
    )  # fmt: skip
    end_mandates(town.app, town.reviewer, TODAY - DAY)
    with town.app.app_context():
        newcomer = add_person("newcomer")
        add_mandate(person_id=newcomer.id, term=Term(Office.PROVINCE_REVIEWER, PROVINCE, TODAY), now=NOW)
    page = sign_in(Visitor(town.app), newcomer).get(f"/obstacles/{case.reference}?lang=en")
    assert page.status_code == 200
    assert "Mme ou M. reviewer" in page.text


def test_with_several_offices_the_page_says_in_which_one_acts_and_ones_own_commune_is_left_out(town: Town) -> None:
    with town.app.app_context():
        add_mandate(person_id=town.president.id, term=Term(Office.GROUP_MEMBER, REGION, date(2021, 9, 8)), now=NOW)
        add_mandate(person_id=town.president2.id, term=Term(Office.GROUP_MEMBER, REGION, date(2021, 9, 8)), now=NOW)
    case = file_obstacle(town.app, town.president)
    move(town.app, moves.escalate, case, town.reviewer, reason="للجهة")
    neighbour, own = (sign_in(Visitor(town.app), person) for person in (town.president2, town.president))
    page = neighbour.get(f"/obstacles/{case.reference}?lang=en").text
    assert "You act as:" in page
    assert neighbour.submit(f"/obstacles/{case.reference}/claim").status_code == 303
    assert own.submit(f"/obstacles/{case.reference}/release").status_code == 403, "recused from their own commune's"
    with town.app.app_context():
        event = db.session.scalars(select(JournalEvent).order_by(JournalEvent.id.desc())).first()
        assert event is not None
        assert db.session.get_one(Mandate, event.mandate_id).office is Office.GROUP_MEMBER


def test_the_first_page_says_what_is_to_be_known_of_offices(town: Town, as_person: As) -> None:
    move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    end_mandates(town.app, town.reviewer, TODAY - DAY)
    end_mandates(town.app, town.president3, TODAY + 10 * DAY)
    end_mandates(town.app, town.reviewer3, TODAY - DAY)
    assert "to be taken over" in as_person("coordinator").get("/?lang=en").text
    assert "has no active member" in as_person("secretary").get("/?lang=en").text
    assert "ends on" in as_person("president3").get("/?lang=en").text
    assert "Mme ou M. president3" in as_person("admin").get("/?lang=en").text
    with counting_queries(engine_of(town.app)) as queries:
        as_person("coordinator").get("/handover")
    assert len(queries) <= 10


def test_an_ended_office_passes_nothing_by_its_suspension(town: Town, as_person: As) -> None:
    end_mandates(town.app, town.reviewer, TODAY - DAY)
    rest = f"/admin/mandates/{office_of(town, town.reviewer)}/rest"
    assert as_person("admin").submit(rest, sent()).status_code == 404
    with town.app.app_context(), transaction() as session:
        assert not session.scalars(select(Suspension)).all()
