"""Several offices, one sign-in: a person names the one they act in, the journal keeps it, and recusal stays theirs."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office, Status
from escalation.domain.errors import NotAllowed
from escalation.domain.policy import in_office
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.offices import Deputyship
from escalation.models.people import Mandate
from escalation.services.case import moves
from escalation.services.people.deputies import Absence, name_deputy
from escalation.services.people.people import Term, add_mandate
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    NEIGHBOUR,
    PROVINCE,
    REGION,
    SINCE,
    Filed,
    Inhabitant,
    Town,
    actor_of,
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
CHOICE = re.compile(r'name="acting_in" value="(\d+)"( checked)?><bdi>([^<]+)</bdi>')


def give(town: Town, person: Inhabitant, office: Office, place_code: str) -> int:
    """Give somebody one more office; return its number."""
    with town.app.app_context():
        add_mandate(person_id=person.id, term=Term(office, place_code, SINCE), now=NOW)
        return max(db.session.scalars(select(Mandate.id).where(Mandate.person_id == person.id)))


def first_office(town: Town, person: Inhabitant) -> int:
    """Return the office that somebody has had from the beginning."""
    with town.app.app_context():
        return min(db.session.scalars(select(Mandate.id).where(Mandate.person_id == person.id)))


def stand_in(town: Town, away: Inhabitant, deputy: Inhabitant) -> int:
    """Let somebody act for a colleague from today; return the number of the office."""
    office = first_office(town, away)
    absence = Absence(mandate_id=office, deputy_id=deputy.id, starts_on=TODAY, ends_on=TODAY + timedelta(days=7))
    with town.app.app_context():
        name_deputy(absence, person_id=away.id, now=NOW)
    return office


def last_event(town: Town, case: Filed) -> JournalEvent:
    """Return the newest event of a case."""
    with town.app.app_context():
        of_case = select(JournalEvent).where(JournalEvent.obstacle_id == case.id).order_by(JournalEvent.seq.desc())
        event = db.session.scalars(of_case).first()
        assert event is not None
        return event


def offered(page: str) -> list[tuple[int, bool, str]]:
    """Return the offices between which a page asks: their numbers, whether chosen already, and their words."""
    return [(int(number), bool(checked), words) for number, checked, words in CHOICE.findall(page)]


def at_region(town: Town, commune: str = COMMUNE) -> Filed:
    """Return a case that waits at the region's desk."""
    who = town.president2 if commune == NEIGHBOUR else town.president
    case = file_obstacle(town.app, who, commune=commune)
    return move(town.app, moves.escalate, case, town.coordinator, reason="سبب")


def test_a_commune_president_in_the_region_s_group_acts_there_in_that_office_and_never_on_their_own(
    town: Town, as_person: As
) -> None:
    seat = give(town, town.president2, Office.GROUP_MEMBER, REGION)
    others, own = at_region(town), at_region(town, NEIGHBOUR)
    visitor = as_person("president2")
    assert "and 1 other office" in visitor.get("/").text
    page = visitor.get(f"/obstacles/{others.reference}").text
    assert offered(page) == [], "one of their offices lets them, so nothing is asked"
    assert visitor.submit(f"/obstacles/{others.reference}/claim").status_code == 303
    assert (last_event(town, others).person_id, last_event(town, others).mandate_id) == (town.president2.id, seat)
    assert "claim" not in visitor.get(f"/obstacles/{own.reference}").text
    for fields in ({}, {"acting_in": str(seat)}):
        assert visitor.submit(f"/obstacles/{own.reference}/claim", fields).status_code == 403
    assert visitor.submit(f"/obstacles/{own.reference}/withdraw", {"reason": "حُل"}).status_code == 303
    assert last_event(town, own).mandate_id == first_office(town, town.president2)


def test_where_two_offices_would_do_the_form_asks_and_the_journal_keeps_the_answer(town: Town, as_person: As) -> None:
    own, for_other = first_office(town, town.reviewer), stand_in(town, town.coordinator, town.reviewer)
    case = file_obstacle(town.app, town.president)
    visitor = as_person("reviewer")
    address = f"/obstacles/{case.reference}/escalate"
    choices = offered(visitor.get(address).text)
    assert [(number, checked) for number, checked, _words in choices] == [(own, True), (for_other, False)]
    assert "for Mme ou M. coordinator" in choices[1][2]
    assert visitor.submit(address, {"reason": "سبب", "acting_in": str(for_other)}).status_code == 303
    event = last_event(town, case)
    assert (event.person_id, event.acting_for_id, event.mandate_id) == (
        town.reviewer.id,
        town.coordinator.id,
        for_other,
    )
    again = file_obstacle(town.app, town.president)
    visitor.submit(f"/obstacles/{again.reference}/escalate", {"reason": "سبب", "acting_in": str(own)})
    assert (last_event(town, again).acting_for_id, last_event(town, again).mandate_id) == (None, own)


def test_a_move_that_asks_nothing_else_is_sent_only_once_an_office_is_named(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president)
    send = f'action="/obstacles/{case.reference}/claim"'
    visitor = as_person("reviewer")
    assert send in visitor.get(f"/obstacles/{case.reference}").text
    stand_in(town, town.coordinator, town.reviewer)
    page = visitor.get(f"/obstacles/{case.reference}").text
    assert send not in page
    assert f'href="/obstacles/{case.reference}/claim"' in page
    assert len(offered(visitor.get(f"/obstacles/{case.reference}/claim").text)) == 2


@pytest.mark.parametrize("number", ["0", "999999", "x", "-1", "٣"])
def test_an_office_that_is_not_theirs_is_refused_and_loses_nothing(town: Town, as_person: As, number: str) -> None:
    stand_in(town, town.coordinator, town.reviewer)
    case = file_obstacle(town.app, town.president)
    sent = {"reason": "سبب واضح", "acting_in": number}
    answer = as_person("reviewer").submit(f"/obstacles/{case.reference}/escalate", sent)
    assert answer.status_code == 422
    assert errors_of(answer.text)
    assert "سبب واضح" in answer.text
    assert obstacle_row(town.app, case)["desk_code"] == PROVINCE


def test_an_office_that_was_chosen_and_is_no_longer_theirs_is_not_taken_for_another(town: Town, as_person: As) -> None:
    office = stand_in(town, town.coordinator, town.reviewer)
    case = file_obstacle(town.app, town.president)
    with town.app.app_context(), transaction() as session:
        session.scalars(select(Deputyship)).one().taken_back_at = NOW
    sent = {"reason": "سبب", "acting_in": str(office)}
    assert as_person("reviewer").submit(f"/obstacles/{case.reference}/escalate", sent).status_code == 422
    assert obstacle_row(town.app, case)["status"] is Status.FILED


def test_another_s_office_is_nobody_s_to_name(town: Town) -> None:
    reviewer = actor_of(town.app, town.reviewer)
    with pytest.raises(NotAllowed):
        in_office(reviewer, first_office(town, town.coordinator))
    office = first_office(town, town.reviewer)
    assert [held.id for held in in_office(reviewer, office).mandates] == [office]
    assert in_office(reviewer, office).commune_terms == reviewer.commune_terms


def test_who_sits_at_two_desks_says_which_of_them_reads_the_note(town: Town, as_person: As) -> None:
    seat = give(town, town.reviewer, Office.GROUP_MEMBER, REGION)
    case = at_region(town)
    visitor = as_person("reviewer")
    assert len(offered(visitor.get(f"/obstacles/{case.reference}").text)) == 4, "of the comment, and of the note"
    sent = {"note": "ملاحظة للجهة", "acting_in": str(seat)}
    assert visitor.submit(f"/obstacles/{case.reference}/note", sent).status_code == 303
    with town.app.app_context():
        note = db.session.scalars(select(Note)).one()
        assert (note.desk_code, note.mandate_id) == (REGION, seat)
    assert "ملاحظة للجهة" in as_person("member").get(f"/obstacles/{case.reference}").text
    assert "ملاحظة للجهة" not in as_person("coordinator").get(f"/obstacles/{case.reference}").text


ASKED = {"ar": "بأي صفة تتصرفون؟", "fr": "En quelle qualité agissez-vous\u00a0?", "en": "In which office do you act?"}


@pytest.mark.parametrize(("language", "words"), ASKED.items())
def test_it_is_asked_in_the_reader_s_language(town: Town, language: str, words: str) -> None:
    stand_in(town, town.coordinator, town.reviewer)
    case = file_obstacle(town.app, town.president)
    page = sign_in(Visitor(town.app), town.reviewer).get(f"/obstacles/{case.reference}/escalate?lang={language}").text
    assert words in page
