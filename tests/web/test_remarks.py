"""What people add to a case beside the moves: comments, notes of a desk, contacts, and the confirming of a filing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.codes import Channel, Event, Language, Office
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate
from escalation.queries.people.people import Reader
from escalation.services.case import filing, moves
from escalation.services.case.transitions import By
from escalation.services.transaction import transaction
from escalation.web.forms.remarks import named_in
from tests.factories import COMMUNE, SINCE, Filed, Town, actor_of, content, move, obstacle_row
from tests.web.audit import faults_of, main_of, parse, words_of
from tests.web.cases import REASON, address, at_region, closed, filed, in_review
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SAID: dict[str, dict[str, str]] = {
    "comment": {"comment": "وصلتنا الوثيقة <b>اليوم</b>"},
    "note": {"note": "نتصل بالمصلحة غدا <i>صباحا</i>"},
    "record-contact": {"spoke_with": "رئيس المصلحة التقنية", "channel": "phone", "contact": "وعد بجواب <u>كتابي</u>"},
}
MAY = {
    "comment": {"president", "delegate", "reviewer", "coordinator"},
    "note": {"reviewer", "coordinator"},
    "record-contact": {"reviewer", "coordinator"},
    "amend": {"president", "delegate"},
    "confirm-filing": set(),
}
READERS = ("president", "delegate", "scribe", "reviewer", "coordinator", "secretary", "provincial")
STRANGERS = ("president2", "president3", "reviewer3", "member", "chair", "stranger", "staff", "parliament", "admin")


def sent(case: Filed, remark: str, key: str = "a-key", **given: Any) -> dict[str, Any]:
    """Return what the form of a remark sends from the page as it is now."""
    return {"version": str(case.version), "idempotency_key": key, **SAID.get(remark, {}), **given}


def file_on_behalf(town: Town) -> Filed:
    """File by the secretariat's staff, for a president who called."""
    now = datetime.now(UTC)
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.staff), now=now)
        row = filing.file_obstacle(COMMUNE, content(), by, channel=Channel.PHONE)
        return Filed(row.id, row.reference, row.version)


def events_of(town: Town, case: Filed) -> list[Event]:
    """Return the story of a case as codes."""
    with town.app.app_context():
        rows = select(JournalEvent.event).where(JournalEvent.obstacle_id == case.id).order_by(JournalEvent.seq)
        return list(db.session.scalars(rows))


def notes_of(town: Town, case: Filed) -> list[dict[str, Any]]:
    """Return the notes on a case, oldest first."""
    with town.app.app_context():
        rows = db.session.scalars(select(Note).where(Note.obstacle_id == case.id).order_by(Note.id))
        return [
            {name: getattr(row, name) for name in ("desk_code", "kind", "text", "mentions", "channel")} for row in rows
        ]


@pytest.mark.parametrize("remark", MAY)
@on_sqlite
def test_a_remark_is_for_those_whom_the_policy_names(town: Town, as_person: As, remark: str) -> None:
    case = filed(town)
    for name in READERS + STRANGERS:
        wanted = 404 if name in STRANGERS else (200 if name in MAY[remark] else 403)
        page = as_person(name).get(f"{address(case)}/{remark}")
        assert page.status_code == wanted, name
        if wanted == 200:
            assert faults_of(page, "en") == []
        else:
            for given in (sent(case, remark), {}):
                assert as_person(name).submit(f"{address(case)}/{remark}", given).status_code == wanted, name
    assert events_of(town, case) == [Event.OBSTACLE_FILED]
    assert notes_of(town, case) == []


@pytest.mark.parametrize("remark", SAID)
def test_a_remark_sent_twice_is_kept_once_and_moves_nothing(town: Town, as_person: As, remark: str) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    before = obstacle_row(town.app, case)
    form = fields_of(reviewer.get(f"{address(case)}/{remark}").text) | SAID[remark]
    for _time in range(2):
        answer = reviewer.submit(f"{address(case)}/{remark}", form)
        assert (answer.status_code, answer.location) == (303, address(case))
    kept = events_of(town, case).count(Event.COMMENT_ADDED) + len(notes_of(town, case))
    assert kept == 1
    after = obstacle_row(town.app, case)
    clocks = ("status", "level", "desk_code", "assignee_id", "due_at", "answer_by", "confirm_by", "version")
    assert {name: after[name] for name in clocks} == {name: before[name] for name in clocks}
    page = reviewer.get(address(case))
    assert faults_of(page, "en") == []
    for text in SAID[remark].values():
        if text != "phone":
            assert words_of(main_of(parse(page.text))).count(text) == 1


@pytest.mark.parametrize("remark", SAID)
@on_sqlite
def test_a_remark_that_lacks_something_comes_back_whole(town: Town, as_person: As, remark: str) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    for missing in SAID[remark]:
        answer = reviewer.submit(f"{address(case)}/{remark}", sent(case, remark, **{missing: " \n"}))
        assert answer.status_code == 422
        assert faults_of(answer, "en") == []
        assert list(errors_of(answer.text)) == [missing]
        kept, others = fields_of(answer.text), set(SAID[remark]) - {missing}
        assert {name: kept[name] for name in others} == {name: SAID[remark][name] for name in others}
    whole = reviewer.submit(f"{address(case)}/{remark}", sent(case, remark) | {list(SAID[remark])[-1]: "a" * 5001})
    assert (whole.status_code, notes_of(town, case)) == (422, [])


@pytest.mark.parametrize("remark", SAID)
@on_sqlite
def test_other_words_under_the_same_key_are_shown_and_not_kept(town: Town, as_person: As, remark: str) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    last = list(SAID[remark])[-1]
    assert reviewer.submit(f"{address(case)}/{remark}", sent(case, remark)).status_code == 303
    answer = reviewer.submit(f"{address(case)}/{remark}", sent(case, remark, **{last: "غير ذلك"}))
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    kept = fields_of(answer.text)
    assert (kept[last], kept["idempotency_key"] != "a-key") == ("غير ذلك", True)
    assert reviewer.submit(f"{address(case)}/{remark}", kept).status_code == 303


@on_sqlite
def test_a_comment_written_while_the_case_ended_is_shown_whole_with_what_happened(town: Town, as_person: As) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    form = fields_of(reviewer.get(f"{address(case)}/comment").text) | SAID["comment"]
    move(town.app, moves.withdraw, case, town.president, reason=REASON)
    answer = reviewer.submit(f"{address(case)}/comment", form)
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert "Case withdrawn" in answer.text
    assert fields_of(answer.text)["comment"] == SAID["comment"]["comment"]
    assert reviewer.get(f"{address(case)}/comment").status_code == 403
    assert Event.COMMENT_ADDED not in events_of(town, case)


def test_a_comment_is_read_by_both_sides_and_told_to_the_other(town: Town, as_person: As) -> None:
    case = in_review(town)
    president = as_person("president")
    page = president.get(address(case))
    comment = next(form for form in parse(page.text).iter("form") if str(form.get("action")).endswith("/comment"))
    names = {field.get("name") for tag in ("input", "textarea") for field in comment.iter(tag)}
    assert names >= {"version", "idempotency_key", "comment"}
    assert president.submit(f"{address(case)}/comment", sent(case, "comment")).status_code == 303
    for name in ("president", "scribe", "reviewer", "coordinator", "secretary"):
        assert SAID["comment"]["comment"] in words_of(main_of(parse(as_person(name).get(address(case)).text)))
    with town.app.app_context():
        rows = select(OutboxMessage).where(OutboxMessage.event == Event.COMMENT_ADDED)
        assert {row.recipient_id for row in db.session.scalars(rows)} == {town.reviewer.id}


@on_sqlite
def test_what_a_desk_notes_is_in_the_bytes_of_its_own_members_pages_only(town: Town, as_person: As) -> None:
    case = filed(town)
    for remark in ("note", "record-contact"):
        assert (
            as_person("reviewer").submit(f"{address(case)}/{remark}", sent(case, remark, key=remark)).status_code == 303
        )
    case = move(town.app, moves.escalate, case, town.reviewer, reason=REASON)
    marks = ("نتصل بالمصلحة", "رئيس المصلحة", "وعد بجواب", "Notes of the desk")
    for name in (*READERS, "member", "chair"):
        page = as_person(name).get(address(case)).text
        shown = [mark in page for mark in marks[:-1]]
        assert shown == [name in ("reviewer", "coordinator")] * 3, name
        assert (marks[-1] in page) == (name in ("reviewer", "coordinator", "member", "chair")), name


@on_sqlite
def test_a_member_who_is_recused_reads_as_the_commune_does(town: Town, as_person: As) -> None:
    case = filed(town)
    assert as_person("coordinator").submit(f"{address(case)}/note", sent(case, "note")).status_code == 303
    with town.app.app_context(), transaction() as session:
        session.add(
            Mandate(
                person_id=town.reviewer.id,
                office=Office.COMMUNE_DELEGATE,
                place_code=COMMUNE,
                starts_on=SINCE,
                created_at=datetime.now(UTC),
            )
        )
    page = as_person("reviewer").get(address(case))
    assert page.status_code == 200
    assert "Notes of the desk" not in page.text
    assert "نتصل بالمصلحة" not in page.text
    for remark in ("note", "record-contact", "comment"):
        assert as_person("reviewer").get(f"{address(case)}/{remark}").status_code == 403
        assert as_person("reviewer").submit(f"{address(case)}/{remark}", sent(case, remark)).status_code == 403
    assert as_person("coordinator").get(f"{address(case)}/note").text.count('name="mentions"') == 0


def test_a_note_calls_to_those_ticked_and_to_those_named_in_it(town: Town, as_person: As) -> None:
    case, chair = at_region(town), as_person("chair")
    page = chair.get(f"{address(case)}/note")
    assert f'name="mentions" value="{town.member.id}"' in page.text
    assert f'value="{town.chair.id}"' not in page.text
    ticked = sent(case, "note", key="one", mentions=[str(town.member.id)])
    named = sent(case, "note", key="two", note="to be seen by @mme ou  M. Member, please")
    other = sent(case, "note", key="three", note="@Mme ou M. members and member@example.test")
    for given in (ticked, named, other):
        assert chair.submit(f"{address(case)}/note", given).status_code == 303
    assert [note["mentions"] for note in notes_of(town, case)] == [[town.member.id], [town.member.id], []]
    shown = words_of(main_of(parse(as_person("member").get(address(case)).text)))
    assert shown.count("Mme ou M. member") >= 2
    with town.app.app_context():
        rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.source_kind == "note"))
        assert {row.recipient_id for row in rows} == {town.member.id}


@pytest.mark.parametrize("stranger", ["reviewer", "president", "nobody"])
@on_sqlite
def test_nobody_of_another_desk_can_be_called(town: Town, as_person: As, stranger: str) -> None:
    case = at_region(town)
    called = sent(case, "note", mentions=[str(getattr(town, stranger).id)])
    answer = as_person("chair").submit(f"{address(case)}/note", called)
    assert answer.status_code == 422
    assert notes_of(town, case) == []
    assert as_person("chair").submit(f"{address(case)}/note", called | {"mentions": "x"}).status_code == 422


@on_sqlite
def test_a_note_may_be_written_when_the_case_has_ended_and_a_comment_may_not(town: Town, as_person: As) -> None:
    case = closed(town)
    assert as_person("reviewer").submit(f"{address(case)}/note", sent(case, "note")).status_code == 303
    assert (
        as_person("reviewer").submit(f"{address(case)}/comment", sent(case, "comment", key="other")).status_code == 403
    )
    page = as_person("president").get(address(case)).text
    assert f'"{address(case)}/comment"' not in page
    assert f'"{address(case)}/amend"' not in page


@pytest.mark.parametrize("place", ["case", "own page", "home"])
def test_a_filing_on_behalf_is_confirmed_with_one_tap(town: Town, as_person: As, place: str) -> None:
    case, president = file_on_behalf(town), as_person("president")
    path = f"{address(case)}/confirm-filing"
    page = president.get({"case": address(case), "own page": path, "home": "/"}[place])
    assert faults_of(page, "en") == []
    form = next(form for form in parse(page.text).iter("form") if form.get("action") == path)
    given = {str(field.get("name")): str(field.get("value")) for field in form.iter("input")}
    given.pop("csrf_token")
    for name, wanted in (("scribe", 403), ("staff", 403), ("reviewer", 403), ("president2", 404)):
        assert as_person(name).submit(path, given).status_code == wanted
    for _time in range(2):
        answer = president.submit(path, given)
        assert (answer.status_code, answer.location) == (303, address(case))
    assert events_of(town, case) == [Event.OBSTACLE_FILED, Event.FILING_CONFIRMED]
    after = president.get(address(case))
    assert faults_of(after, "en") == []
    assert path not in after.text
    assert path not in president.get("/").text
    assert president.get(path).status_code == 403


@on_sqlite
def test_everybody_reads_that_a_case_was_filed_on_behalf_and_whether_it_was_confirmed(
    town: Town, as_person: As
) -> None:
    case = file_on_behalf(town)
    for name in ("president", "scribe", "reviewer", "secretary", "staff"):
        words = words_of(main_of(parse(as_person(name).get(address(case)).text)))
        assert "Filed on the president's behalf" in words, name
        assert "By telephone" in words, name
        assert "not confirmed" in words, name
    as_person("president").submit(f"{address(case)}/confirm-filing", {})
    for name in ("president", "reviewer", "staff"):
        words = words_of(main_of(parse(as_person(name).get(address(case)).text)))
        assert "not confirmed" not in words, name
        assert "confirmed on" in words, name


@on_sqlite
def test_the_first_page_offers_to_confirm_only_to_those_who_may(town: Town, as_person: As) -> None:
    case = file_on_behalf(town)
    for name, offered in (("president", True), ("delegate", True), ("scribe", False), ("staff", False)):
        page = as_person(name).get("/")
        assert faults_of(page, "en") == []
        assert (f"{address(case)}/confirm-filing" in page.text) is offered, name


@on_sqlite
def test_a_filing_of_the_commune_s_own_has_nothing_to_confirm(town: Town, as_person: As) -> None:
    case = filed(town)
    assert as_person("president").submit(f"{address(case)}/confirm-filing", {}).status_code == 403
    assert "confirm-filing" not in as_person("president").get(address(case)).text


def test_a_name_full_of_signs_is_only_a_name() -> None:
    odd = Reader(7, "odd@example.test", "(ليلى", "A.B [c*", Language.AR, Office.GROUP_MEMBER, "03")
    assert named_in("@A.B [c* :", [odd]) == {7}
    assert named_in("@(ليلى", [odd]) == {7}
    assert named_in("@AxB cc", [odd]) == set()
