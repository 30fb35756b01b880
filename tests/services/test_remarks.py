"""What is no move: comments, corrections, confirmed filings, notes, contacts; no clock feels them, people are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escalation.domain.codes import Channel, Event, MessageChannel, Status
from escalation.domain.errors import DomainError, MissingInput, StaleObstacle, WrongInput
from escalation.domain.policy import desks_whose_notes
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle, Statement
from escalation.models.outbox import OutboxMessage
from escalation.queries.case.cases import read_dossier
from escalation.queries.case.obstacles import content_of
from escalation.queries.journal import verify_journal
from escalation.services.case import filing, moves, notes, remarks
from escalation.services.case.transitions import By
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    PROVINCE,
    REGION,
    Filed,
    Inhabitant,
    Town,
    actor_of,
    content,
    end_mandates,
    file_obstacle,
    move,
    obstacle_row,
)

pytestmark = pytest.mark.usefixtures("reference_data")

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
CLOCKS = (
    "status", "level", "desk_code", "assignee_id", "due_at", "clock_at", "warn_at", "answer_by", "confirm_by",
)  # fmt: skip


def by(town: Town, person: Inhabitant, **more: Any) -> By:
    """Return somebody who acts a day later."""
    return By(actor=actor_of(town.app, person, NOW), now=NOW + timedelta(days=1), **more)


def case_in_review(town: Town) -> Filed:
    """Return a case that the province's reviewer has."""
    return move(town.app, moves.claim, file_obstacle(town.app, town.president, now=NOW), town.reviewer, now=NOW)


def told(town: Town, event: str) -> set[tuple[int, str, str]]:
    """Return who is told of such an event: the person, as what, by which way."""
    with town.app.app_context():
        rows = db.session.query(OutboxMessage).filter_by(event=event)
        return {(row.recipient_id, row.audience.value, row.channel.value) for row in rows}


def ways(person: Inhabitant, audience: str, *channels: str) -> set[tuple[int, str, str]]:
    """Return one person told by these ways."""
    return {(person.id, audience, channel) for channel in channels or ("app", "email")}


def refused(town: Town, act: Any, *args: Any, **given: Any) -> str:
    """Return why something is refused."""
    with town.app.app_context(), pytest.raises(DomainError) as error:
        act(*args, **given)
    return getattr(error.value, "reason", type(error.value).__name__)


def test_a_comment_of_the_commune_is_told_to_who_has_the_case(town: Town) -> None:
    case = case_in_review(town)
    clocks = {name: obstacle_row(town.app, case)[name] for name in CLOCKS}
    with town.app.app_context():
        remarks.add_comment(case.id, by(town, town.president), comment="نضيف أن الشريك اتصل بنا")
        assert verify_journal().broken is None
    assert told(town, Event.COMMENT_ADDED) == ways(town.reviewer, "assignee")
    assert {name: obstacle_row(town.app, case)[name] for name in CLOCKS} == clocks


def test_a_comment_of_the_desk_is_told_to_the_commune(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        remarks.add_comment(case.id, by(town, town.reviewer), comment="الملف قيد الدراسة")
    assert told(town, Event.COMMENT_ADDED) == ways(town.president, "commune")


@pytest.mark.parametrize("who", ["scribe", "secretary", "provincial", "admin", "member", "president3"])
def test_who_is_on_neither_side_does_not_comment(town: Town, who: str) -> None:
    case = case_in_review(town)
    why = refused(town, remarks.add_comment, case.id, by(town, getattr(town, who)), comment="؟")
    assert why in ("no_mandate", "NotFound")


def test_a_desk_that_passed_the_case_still_comments_and_one_that_ended_does_not(town: Town) -> None:
    case = move(town.app, moves.escalate, case_in_review(town), town.reviewer, now=NOW, reason="أكبر منا")
    with town.app.app_context():
        remarks.add_comment(case.id, by(town, town.coordinator), comment="نبقى رهن الإشارة")
    move(town.app, moves.withdraw, case, town.president, now=NOW, reason="حل المشكل")
    assert refused(town, remarks.add_comment, case.id, by(town, town.coordinator), comment="؟") == "no_mandate"


def test_an_empty_comment_is_none(town: Town) -> None:
    assert (
        refused(town, remarks.add_comment, case_in_review(town).id, by(town, town.president), comment="")
        == "MissingInput"
    )


def test_the_same_comment_sent_twice_is_said_once(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        for _again in range(2):
            remarks.add_comment(case.id, by(town, town.president, key="one"), comment="مرة")
        assert db.session.query(JournalEvent).filter_by(event=Event.COMMENT_ADDED).count() == 1


def test_a_correction_keeps_what_was_and_what_is(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        filed = content_of_case(case)
        corrected = replace(filed, people_affected=1200, request="المرجو التوقيع قبل ماي")
        remarks.amend(case.id, by(town, town.president, seen_version=case.version), content=corrected)
        event = db.session.query(JournalEvent).filter_by(event=Event.FACTS_AMENDED).one()
        kept = {row.kind: row.text for row in db.session.query(Statement).filter_by(event_seq=event.seq)}
        assert kept == {"answers": corrected.canonical(), "before": filed.canonical()}
        assert verify_journal().broken is None
    assert told(town, Event.FACTS_AMENDED) == ways(town.reviewer, "assignee")
    assert obstacle_row(town.app, case)["people_affected"] == 1200


def content_of_case(case: Filed) -> Any:
    """Return what a case says now."""
    return content_of(db.session.get_one(Obstacle, case.id))


def test_a_correction_erased_by_law_breaks_nothing(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        newer = replace(content_of_case(case), people_affected=7)
        remarks.amend(case.id, by(town, town.president), content=newer)
        with transaction() as session:
            session.query(Statement).filter(Statement.event_seq > 1).delete()
        assert verify_journal().broken is None


def test_a_correction_of_nothing_is_no_event(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        remarks.amend(case.id, by(town, town.president), content=content_of_case(case))
        assert db.session.query(JournalEvent).filter_by(event=Event.FACTS_AMENDED).count() == 0


def test_a_correction_on_an_old_page_is_told_so_and_the_desk_decides_on_the_newer_facts(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        newer = replace(content_of_case(case), people_affected=7)
        remarks.amend(case.id, by(town, town.president, seen_version=case.version), content=newer)
        with pytest.raises(StaleObstacle):
            remarks.amend(case.id, by(town, town.delegate, seen_version=case.version), content=content())
        with pytest.raises(StaleObstacle):
            moves.escalate(case.id, by(town, town.reviewer, seen_version=case.version), reason="؟")


def test_a_correction_that_takes_out_what_a_filing_needs_is_refused(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context(), pytest.raises(MissingInput) as error:
        remarks.amend(case.id, by(town, town.president), content=replace(content(), request=""))
    assert error.value.fields == ("request",)
    assert (
        refused(town, remarks.amend, case.id, by(town, town.reviewer), content=content(programme="x")) == "no_mandate"
    )


def filed_on_behalf(town: Town, channel: Channel | None = Channel.PHONE) -> Filed:
    """Return a case that the staff filed for the president."""
    with town.app.app_context():
        row = filing.file_obstacle(
            COMMUNE, content(), By(actor=actor_of(town.app, town.staff, NOW), now=NOW), channel=channel
        )
        return Filed(row.id, row.reference, row.version)


def test_the_staff_files_in_a_presidents_name_who_confirms_it(town: Town) -> None:
    case = filed_on_behalf(town)
    with town.app.app_context():
        event = db.session.query(JournalEvent).filter_by(event=Event.OBSTACLE_FILED).one()
        assert (event.person_id, event.acting_for_id) == (town.staff.id, town.president.id)
        facts = [row.facts for row in db.session.query(OutboxMessage).filter_by(recipient_id=town.president.id)]
        assert {(one["on_behalf"], one["channel"], one["asks"]) for one in facts} == {(True, "phone", True)}
        remarks.confirm_filing(case.id, by(town, town.president))
        assert verify_journal().broken is None
    assert told(town, Event.FILING_CONFIRMED) >= ways(town.staff, "staff")
    assert obstacle_row(town.app, case)["status"] is Status.FILED
    assert refused(town, remarks.confirm_filing, case.id, by(town, town.president)) == "no_mandate"


@pytest.mark.parametrize("who", ["staff", "reviewer", "scribe", "president2"])
def test_nobody_else_confirms_a_filing(town: Town, who: str) -> None:
    case = filed_on_behalf(town)
    assert refused(town, remarks.confirm_filing, case.id, by(town, getattr(town, who))) in ("no_mandate", "NotFound")


def test_a_president_takes_back_what_was_filed_in_their_name(town: Town) -> None:
    case = filed_on_behalf(town)
    move(town.app, moves.withdraw, case, town.president, now=NOW, reason="لم أطلب ذلك")
    assert told(town, Event.OBSTACLE_WITHDRAWN) >= ways(town.staff, "staff")


@pytest.mark.parametrize("channel", [None, Channel.WEB])
def test_a_filing_on_behalf_says_by_which_way_it_came(town: Town, channel: Channel | None) -> None:
    with pytest.raises(MissingInput) as error:
        filed_on_behalf(town, channel)
    assert error.value.fields == ("channel",)


def test_what_the_commune_files_itself_has_nothing_to_confirm(town: Town) -> None:
    case = case_in_review(town)
    assert refused(town, remarks.confirm_filing, case.id, by(town, town.president)) == "no_mandate"


def test_a_note_calls_to_colleagues_and_to_nobody_else(town: Town) -> None:
    case = case_in_review(town)
    with town.app.app_context():
        notes.add_note(case.id, by(town, town.reviewer), note="للنظر", mentions=[town.coordinator.id, town.reviewer.id])
    assert told(town, notes.MENTIONED) == ways(town.coordinator, "mentioned")
    for stranger in (town.member.id, town.president.id, 10_000):
        with town.app.app_context(), pytest.raises(WrongInput):
            notes.add_note(case.id, by(town, town.reviewer), note="؟", mentions=[stranger])
    with town.app.app_context():
        assert db.session.query(Note).count() == 1
        assert db.session.query(JournalEvent).count() == 2


def test_a_contact_is_told_in_the_app_to_who_has_the_case(town: Town) -> None:
    case = case_in_review(town)
    given: dict[str, Any] = {"spoke_with": "مدير المكتب", "channel": Channel.PHONE, "contact": "وعد بالتوقيع"}
    with town.app.app_context():
        notes.record_contact(case.id, by(town, town.coordinator), **given)
    assert told(town, notes.CONTACT_RECORDED) == ways(town.reviewer, "assignee", MessageChannel.APP)


def test_each_desk_reads_its_own_notes_only(town: Town) -> None:
    case = move(town.app, moves.escalate, case_in_review(town), town.reviewer, now=NOW, reason="أكبر منا")
    with town.app.app_context():
        seen = read_dossier(db.session.get_one(Obstacle, case.id), NOW).case
        for name, desks in {
            "reviewer": {PROVINCE}, "chair": {REGION}, "president": set(), "secretary": set(), "staff": set(),
        }.items():  # fmt: skip
            assert desks_whose_notes(actor_of(town.app, getattr(town, name), NOW), seen) == desks


@pytest.mark.parametrize("who", ["president", "scribe", "secretary", "provincial", "staff", "reviewer3"])
def test_who_does_not_sit_at_a_desk_writes_no_note(town: Town, who: str) -> None:
    case = case_in_review(town)
    assert refused(town, notes.add_note, case.id, by(town, getattr(town, who)), note="؟") in ("no_mandate", "NotFound")


def test_who_left_their_desk_reads_and_writes_no_note(town: Town) -> None:
    case = case_in_review(town)
    end_mandates(town.app, town.coordinator, NOW.date() - timedelta(days=1))
    assert refused(town, notes.add_note, case.id, by(town, town.coordinator), note="؟") == "NotFound"
