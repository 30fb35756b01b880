"""What a deputy's own queue holds: their cases and those of whom they stand in for, who are named as such."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.offices import Deputyship
from escalation.models.people import Mandate
from escalation.services.case import moves
from escalation.services.people.deputies import Absence, name_deputy
from escalation.services.people.people import Term, add_mandate
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, OTHER_PROVINCE, PROVINCE, Filed, Inhabitant, Town, actor_of, file_obstacle, move
from tests.factories import add_person as add
from tests.web.conftest import As
from tests.web.test_queue import references

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
WEEK = timedelta(days=7)


def stand_in(town: Town, away: Inhabitant, deputy: Inhabitant, desk: str = PROVINCE) -> None:
    """Let somebody act for a colleague at a desk from today."""
    with town.app.app_context():
        at_desk = select(Mandate.id).where(Mandate.person_id == away.id, Mandate.place_code == desk)
        absence = Absence(
            mandate_id=db.session.scalars(at_desk).one(), deputy_id=deputy.id, starts_on=TODAY, ends_on=TODAY + WEEK
        )
        name_deputy(absence, person_id=away.id, now=NOW)


def claimed(town: Town, by: Inhabitant) -> Filed:
    """Return a case that somebody has in charge."""
    return move(town.app, moves.claim, file_obstacle(town.app, town.president), by)


def offices_for_others(town: Town, person: Inhabitant) -> set[int | None]:
    """Return those for whom somebody acts today."""
    return {held.for_person_id for held in actor_of(town.app, person).mandates} - {None}


def test_a_deputy_s_own_cases_are_also_those_of_who_is_away_and_say_so(town: Town, as_person: As) -> None:
    own, theirs = claimed(town, town.reviewer), claimed(town, town.coordinator)
    free = file_obstacle(town.app, town.president)
    reviewer = as_person("reviewer")
    assert references(reviewer.get("/queue?view=mine").text) == [own.reference]
    stand_in(town, town.coordinator, town.reviewer)
    page = reviewer.get("/queue?view=mine").text
    assert set(references(page)) == {own.reference, theirs.reference}
    assert page.count("for whom you act") == 1
    assert "Mme ou M. coordinator, for whom you act" in page
    assert '<span class="count">2</span>' in page
    whole = reviewer.get("/queue").text
    assert free.reference in references(whole)
    assert whole.count("for whom you act") == 1
    assert "for whom you act" not in as_person("chair").get("/obstacles").text
    with town.app.app_context(), transaction() as session:
        session.scalars(select(Deputyship)).one().taken_back_at = NOW
    assert references(reviewer.get("/queue?view=mine").text) == [own.reference]


def test_what_who_is_away_has_at_another_desk_is_not_their_deputy_s(town: Town, as_person: As) -> None:
    with town.app.app_context():
        for person, place in ((town.coordinator, OTHER_PROVINCE), (town.reviewer, OTHER_PROVINCE)):
            add_mandate(person_id=person.id, term=Term(Office.PROVINCE_REVIEWER, place, date(2022, 1, 3)), now=NOW)
    here, elsewhere = claimed(town, town.coordinator), claimed(town, town.coordinator)
    with town.app.app_context(), transaction() as session:
        session.execute(update(Obstacle).where(Obstacle.id == elsewhere.id).values(desk_code=OTHER_PROVINCE))
    stand_in(town, town.coordinator, town.reviewer)
    assert references(as_person("reviewer").get("/queue?view=mine").text) == [here.reference]


def test_after_a_move_on_such_a_case_its_deputy_stays_with_it(town: Town, as_person: As) -> None:
    case = claimed(town, town.coordinator)
    stand_in(town, town.coordinator, town.reviewer)
    sent = {"question": "متى؟", "queue": "mine"}
    assert as_person("reviewer").submit(f"/obstacles/{case.reference}/request-information", sent).status_code == 303


@pytest.mark.parametrize("is_circle", [False, True], ids=["chain", "circle"])
def test_chains_and_circles_are_followed_to_their_end(town: Town, as_person: As, *, is_circle: bool) -> None:
    with town.app.app_context():
        third = add("third", Office.PROVINCE_REVIEWER, PROVINCE)
    stand_in(town, town.coordinator, town.reviewer)
    stand_in(town, town.reviewer, third)
    if is_circle:
        stand_in(town, third, town.coordinator)
    found = [offices_for_others(town, one) for one in (third, town.reviewer, town.coordinator)]
    chain = [{town.coordinator.id, town.reviewer.id}, {town.coordinator.id}, set()]
    circle = [chain[0], {town.coordinator.id, third.id}, {third.id, town.reviewer.id}]
    assert found == (circle if is_circle else chain)
    case = claimed(town, town.coordinator)
    assert as_person("reviewer").get("/queue?view=mine").text.count(str(case.reference)) > 0


def test_a_deputy_gets_no_more_than_the_giver_has_and_nothing_where_either_is_recused(town: Town) -> None:
    with town.app.app_context():
        plain = add("plain", Office.PROVINCE_REVIEWER, PROVINCE)
    stand_in(town, town.reviewer, plain)
    held = [one.office for one in actor_of(town.app, plain).mandates if one.for_person_id]
    assert held == [Office.PROVINCE_REVIEWER], "a reviewer's office makes nobody a lead"
    with town.app.app_context():
        add_mandate(person_id=town.reviewer.id, term=Term(Office.COMMUNE_DELEGATE, COMMUNE, date(2022, 1, 3)), now=NOW)
    given = next(one for one in actor_of(town.app, plain).mandates if one.for_person_id)
    assert [term.commune_code for term in given.for_terms] == [COMMUNE]
    assert not any(one.place_code == COMMUNE for one in actor_of(town.app, plain).mandates), "a commune's is not passed"
