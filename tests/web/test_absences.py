"""Deputies for an absence, and delegates who may file: named on a page, told, recorded under both names, taken back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation.domain.account_codes import AccountNotice
from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.offices import Deputyship
from escalation.models.outbox import OutboxMessage
from escalation.models.people import FilingPermission, Mandate, Person
from escalation.services.case import moves
from escalation.services.people.deputies import Absence, name_deputy
from escalation.services.people.people import Term, WrongField, add_mandate
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    PROVINCE,
    Filed,
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
from tests.visitor import Visitor
from tests.web.conftest import As
from tests.web.forms import errors_of

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
WEEK = timedelta(days=7)


def mandate_of(town: Town, person: Inhabitant) -> int:
    """Return the first office of a person."""
    with town.app.app_context():
        return min(db.session.scalars(select(Mandate.id).where(Mandate.person_id == person.id)))


def absence(town: Town, away: Inhabitant, deputy: Inhabitant, **given: Any) -> dict[str, str]:
    """Return what the form of an absence sends."""
    fields = {
        "mandate": mandate_of(town, away), "deputy": deputy.id, "starts_on": TODAY, "ends_on": TODAY + WEEK,
    }  # fmt: skip
    return {name: str(value) for name, value in (fields | given).items()}


def stand_in(town: Town, away: Inhabitant, deputy: Inhabitant, first: date = TODAY, last: date = TODAY + WEEK) -> int:
    """Name a deputy without the page."""
    with town.app.app_context():
        given = Absence(mandate_id=mandate_of(town, away), deputy_id=deputy.id, starts_on=first, ends_on=last)
        return name_deputy(given, person_id=away.id, now=NOW)


def told(town: Town) -> list[tuple[str, int]]:
    """Return the letters about offices: which, and to whom."""
    with town.app.app_context():
        query = select(OutboxMessage.event, OutboxMessage.recipient_id).where(OutboxMessage.event.like("office%"))
        return [(event, recipient) for event, recipient in db.session.execute(query.order_by(OutboxMessage.id))]


def claimed(town: Town, by: Inhabitant) -> Filed:
    """Return a case that somebody has in charge."""
    return move(town.app, moves.claim, file_obstacle(town.app, town.president), by)


def test_a_deputy_is_named_told_acts_under_both_names_and_is_taken_back(town: Town, as_person: As) -> None:
    coordinator, reviewer = as_person("coordinator"), as_person("reviewer")
    case = claimed(town, town.coordinator)
    address = f"/obstacles/{case.reference}/decline"
    decline = {"ground": "not_an_obstacle", "reason": "ليس عائقا"}
    assert reviewer.submit(address, decline).status_code == 403
    page = coordinator.get("/absences?lang=en").text
    assert "Nobody is named" in page
    assert coordinator.submit("/absences", absence(town, town.coordinator, town.reviewer)).status_code == 303
    assert told(town) == [(AccountNotice.DEPUTY_NAMED, town.reviewer.id)]
    assert "I act for" in reviewer.get("/absences?lang=en").text
    question = {"question": "متى؟"}
    assert reviewer.submit(f"/obstacles/{case.reference}/request-information", question).status_code == 303
    with town.app.app_context():
        event = db.session.scalars(select(JournalEvent).order_by(JournalEvent.id.desc())).first()
        assert event is not None
        assert (event.person_id, event.acting_for_id) == (town.reviewer.id, town.coordinator.id)
        assert event.mandate_id == mandate_of(town, town.coordinator)
    page = reviewer.get(f"/obstacles/{case.reference}?lang=en").text
    assert "Mme ou M. reviewer for Mme ou M. coordinator" in page
    with town.app.app_context():
        number = db.session.scalars(select(Deputyship.id)).one()
    assert reviewer.submit(f"/absences/{number}/end").status_code == 404, "only who is away takes it back"
    assert coordinator.submit(f"/absences/{number}/end").status_code == 303
    assert coordinator.submit(f"/absences/{number}/end").status_code == 303
    assert told(town)[1:] == [(AccountNotice.DEPUTY_ENDED, town.reviewer.id)]
    assert reviewer.submit(f"/obstacles/{case.reference}/resume", {"reason": "نعم"}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mandate", ""), ("mandate", "999999"), ("deputy", ""), ("deputy", "999999"), ("starts_on", ""),
        ("starts_on", (TODAY - WEEK).isoformat()), ("ends_on", (TODAY - WEEK).isoformat()), ("ends_on", "soon"),
        ("ends_on", (TODAY + timedelta(days=400)).isoformat()),
    ],
)  # fmt: skip
def test_a_wrong_absence_is_named(town: Town, as_person: As, field: str, value: str) -> None:
    sent = absence(town, town.coordinator, town.reviewer) | {field: value}
    answer = as_person("coordinator").submit("/absences", sent)
    assert answer.status_code == 422
    assert errors_of(answer.text)
    assert told(town) == []


def test_only_a_colleague_of_the_same_desk_is_named_once_at_a_time_for_ones_own_office(town: Town) -> None:
    for away, deputy in (
        (town.reviewer, town.reviewer3), (town.reviewer, town.member), (town.reviewer, town.reviewer),
        (town.president, town.delegate), (town.secretary, town.chair),
    ):  # fmt: skip
        with pytest.raises(WrongField):
            stand_in(town, away, deputy)
    stand_in(town, town.reviewer, town.coordinator)
    with pytest.raises(WrongField) as twice:
        stand_in(town, town.reviewer, town.coordinator, TODAY + WEEK)
    assert twice.value.reason == "named_already"
    office = mandate_of(town, town.reviewer)
    theirs = Absence(mandate_id=office, deputy_id=town.reviewer.id, starts_on=TODAY, ends_on=TODAY)
    with town.app.app_context(), pytest.raises(WrongField):
        name_deputy(theirs, person_id=town.coordinator.id, now=NOW)


def test_it_begins_and_ends_by_itself_and_with_what_the_giver_holds(town: Town) -> None:
    stand_in(town, town.coordinator, town.reviewer, TODAY + timedelta(days=2), TODAY + timedelta(days=4))

    def acts(days: int) -> bool:
        held = actor_of(town.app, town.reviewer, NOW + timedelta(days=days)).mandates
        return any(one.for_person_id == town.coordinator.id for one in held)

    assert [acts(days) for days in range(1, 6)] == [False, True, True, True, False]
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.coordinator.id).suspended_at = NOW
    assert not acts(3), "a closed account passes nothing on"
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.coordinator.id).suspended_at = None
    end_mandates(town.app, town.coordinator, TODAY + timedelta(days=2))
    assert [acts(days) for days in range(1, 6)] == [False, True, False, False, False], "nor does what has ended"


def test_recusal_is_passed_on_in_neither_direction(town: Town) -> None:
    with town.app.app_context():
        recused = add_person("recused", Office.PROVINCE_COORDINATOR, PROVINCE)
        add_mandate(person_id=recused.id, term=Term(Office.COMMUNE_DELEGATE, COMMUNE, date(2021, 9, 8)), now=NOW)
    stand_in(town, recused, town.reviewer)
    case = file_obstacle(town.app, town.president)
    held = actor_of(town.app, town.reviewer)
    assert any(one.for_person_id == recused.id for one in held.mandates)
    sent = sign_in(Visitor(town.app), town.reviewer).submit(
        f"/obstacles/{case.reference}/assign", {"assignee": str(town.reviewer.id)}
    )
    assert sent.status_code == 403, "who is away may not decide on it, so neither may their deputy for them"
    assert obstacle_row(town.app, case)["assignee_id"] is None


def test_who_stands_in_for_a_holder_is_told_what_the_holder_is_told(town: Town) -> None:
    case = claimed(town, town.coordinator)
    asked = move(town.app, moves.request_information, case, town.coordinator, question="متى؟")
    stand_in(town, town.coordinator, town.reviewer)
    move(town.app, moves.answer, asked, town.president, answer="غدا")
    with town.app.app_context():
        readers = db.session.scalars(
            select(OutboxMessage.recipient_id).where(OutboxMessage.event == "information_provided")
        ).all()
    assert {town.coordinator.id, town.reviewer.id} <= set(readers)


def test_a_president_lets_a_delegate_file_and_takes_it_back(town: Town, as_person: As) -> None:
    president, scribe = as_person("president"), as_person("scribe")
    sent = {
        "delegate": str(mandate_of(town, town.scribe)), "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY + WEEK).isoformat(),
    }  # fmt: skip
    assert "Prepares only" in president.get("/delegates?lang=en").text
    assert as_person("president2").submit("/delegates", sent).status_code == 422, "of another commune"
    for wrong in ({"delegate": ""}, {"ends_on": "2020-01-01"}, {"starts_on": ""}):
        answer = president.submit("/delegates", sent | wrong)
        assert (answer.status_code, bool(errors_of(answer.text))) == (422, True)
    assert president.submit("/delegates", sent).status_code == 303
    assert told(town) == [(AccountNotice.FILING_ALLOWED, town.scribe.id)]
    assert any(one.may_file for one in actor_of(town.app, town.scribe).mandates)
    assert "until" in scribe.get("/account?lang=en").text
    with town.app.app_context():
        number = max(db.session.scalars(select(FilingPermission.id)))
    assert as_person("president2").submit(f"/delegates/{number}/end").status_code == 404
    assert president.submit(f"/delegates/{number}/end").status_code == 303
    assert not any(one.may_file for one in actor_of(town.app, town.scribe).mandates)
    assert told(town)[1:] == [(AccountNotice.FILING_ENDED, town.scribe.id)]


def test_a_permission_holds_as_long_as_its_giver_presides(town: Town) -> None:
    assert any(one.may_file for one in actor_of(town.app, town.delegate).mandates)
    end_mandates(town.app, town.president, TODAY - timedelta(days=1))
    assert not any(one.may_file for one in actor_of(town.app, town.delegate).mandates)
    with town.app.app_context(), transaction() as session:
        session.execute(update(FilingPermission).values(granted_by_id=None))
    assert any(one.may_file for one in actor_of(town.app, town.delegate).mandates), "given by the installation"
