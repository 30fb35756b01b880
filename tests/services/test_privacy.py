"""Names that go, texts that are erased, what is forgotten in time, and who read what: rows before and after."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import ErasureReason, SecurityEventKind, TextsFate
from escalation.domain.codes import Channel, Language, MessageStatus, Office
from escalation.domain.errors import NotAllowed, NotFound
from escalation.domain.intake import Way
from escalation.domain.privacy import FORMER_MEMBER, years_before
from escalation.domain.settings import NEVER
from escalation.extensions import db
from escalation.models.doors import PasswordReset, SecurityEvent
from escalation.models.imports import BacklogImport
from escalation.models.intake import AddressFailure, IncomingMail
from escalation.models.obstacles import Obstacle, Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person, SignInSession
from escalation.models.privacy import CaseRead, NoticeShown
from escalation.models.settings import Setting
from escalation.models.unfinished import KeptForm
from escalation.queries.case.cases import read_dossier
from escalation.queries.journal import verify_journal
from escalation.queries.messages.outbox_audit import list_violations
from escalation.queries.privacy.traces import find_traces
from escalation.services.case import moves, remarks
from escalation.services.case.kept import keep_form
from escalation.services.case.transitions import By
from escalation.services.journal import seal_journal
from escalation.services.people.administration import Administrator
from escalation.services.people.invitations import Invited, invite
from escalation.services.people.people import Term
from escalation.services.privacy.decisions import (
    approve_pseudonymisation,
    ask_pseudonymisation,
    drop_pseudonymisation,
    pseudonymise_now,
)
from escalation.services.privacy.pseudonymise import Wish
from escalation.services.privacy.reads import note_read
from escalation.services.privacy.retention import count_old, forget_old, list_long_gone
from escalation.services.privacy.texts import erase_text, list_texts
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    REGION,
    Filed,
    Inhabitant,
    Town,
    actor_of,
    add_person,
    end_mandates,
    file_obstacle,
    move,
    save_draft,
)

NOW = datetime.now(UTC)
TODAY = NOW.date()
ASKED = Wish(reason=ErasureReason.PERSON_ASKED)
WITH_TEXTS = Wish(reason=ErasureReason.PERSON_ASKED, texts=TextsFate.ERASED)
PHONE = "0661999888"


def by(town: Town, person: Inhabitant, **more: Any) -> By:
    return By(actor=actor_of(town.app, person), now=NOW, **more)


def administrator(person: Inhabitant) -> Administrator:
    return Administrator(person.id, frozenset({REGION}), NOW)


@pytest.fixture
def lived(town: Town) -> Iterator[Filed]:
    """A case on which the delegate wrote a filing with a telephone, an answer and a comment, before they left."""
    case = file_obstacle(town.app, town.delegate, callback_phone=PHONE)
    case = move(town.app, moves.claim, case, town.reviewer)
    case = move(town.app, moves.request_information, case, town.reviewer, question="متى؟")
    case = move(town.app, moves.answer, case, town.delegate, answer="غدا", channel=Channel.PHONE)
    save_draft(town.app, town.delegate, description="مسودة", callback_phone=PHONE)
    with town.app.app_context():
        remarks.add_comment(case.id, by(town, town.delegate), comment="تعليق")
        read = read_dossier(db.session.get_one(Obstacle, case.id), NOW).case
        note_read(case.id, read, by(town, town.delegate).actor, NOW)
        keep_form(town.delegate.id, "/obstacles/new", {"title": ["شيء"]}, NOW)
        with transaction() as session:
            session.add(NoticeShown(person_id=town.delegate.id, version=1, at=NOW))
            session.add(_reset(town.delegate))
        seal_journal(NOW)
    end_mandates(town.app, town.delegate, TODAY - timedelta(days=2))
    with town.app.app_context():
        yield case


def _reset(person: Inhabitant) -> PasswordReset:
    return PasswordReset(email=person.email, person_id=person.id, created_at=NOW, expires_at=NOW)


def words_of(person: Inhabitant) -> tuple[str, ...]:
    row = db.session.get_one(Person, person.id)
    return (row.email, row.name_ar, row.name_fr)


def test_no_trace_of_a_name_is_left_anywhere_and_the_journal_holds(lived: Filed, town: Town) -> None:
    words, before = (*words_of(town.delegate), PHONE), verify_journal()
    assert {"people.email", "people.name_ar", "people.name_fr", "outbox_messages.address"} <= set(find_traces(words))
    assert "outbox_messages.facts" in find_traces(words)
    counted = pseudonymise_now(town.delegate.id, ASKED, NOW, dry_run=True)
    assert words_of(town.delegate) == words[:3], "a dry run changes nothing"
    done = pseudonymise_now(town.delegate.id, ASKED, NOW)
    assert done == counted
    assert find_traces(words) == {}
    person = db.session.get_one(Person, town.delegate.id)
    assert {language: person.name(language) for language in Language} == FORMER_MEMBER
    for model in (SignInSession, KeptForm, PasswordReset, NoticeShown):
        assert db.session.query(model).filter_by(person_id=town.delegate.id).count() == 0
    after = verify_journal()
    assert (before.broken, after.broken) == (None, None)
    assert (after.events, after.last_seal_hash) == (before.events, before.last_seal_hash)
    assert list_violations(NOW) == []
    kept = {text for (text,) in db.session.execute(select(Statement.text))}
    assert {"غدا", "تعليق", "متى؟"} <= kept, "texts stay unless it is chosen otherwise"
    assert db.session.query(CaseRead).filter_by(person_id=town.delegate.id).count() == 1


def test_what_is_owed_to_a_former_member_is_not_sent(lived: Filed, town: Town) -> None:
    pseudonymise_now(town.delegate.id, ASKED, NOW)
    rows = db.session.query(OutboxMessage).filter_by(recipient_id=town.delegate.id).all()
    assert rows
    assert {row.status for row in rows} <= {MessageStatus.SKIPPED, MessageStatus.SENT}
    assert {row.address for row in rows} == {""}


def test_texts_go_too_where_it_is_chosen_but_for_filings_of_open_cases(lived: Filed, town: Town) -> None:
    pseudonymise_now(town.delegate.id, WITH_TEXTS, NOW)
    kept = {text for (text,) in db.session.execute(select(Statement.text))}
    assert "متى؟" in kept, "what another one wrote stays"
    assert not {"غدا", "تعليق"} & kept
    assert db.session.get_one(Obstacle, lived.id).description, "the open case is the commune's"
    draft = db.session.query(Obstacle).filter_by(author_id=town.delegate.id, status="draft").one()
    assert (draft.description, draft.callback_phone) == ("", "")
    assert verify_journal().broken is None


def test_nobody_who_serves_and_nobody_themselves_and_nobody_twice(lived: Filed, town: Town) -> None:
    for person, by_whom, reason in (
        (town.president, town.admin, "still_serves"),
        (town.admin, town.admin, "oneself"),
    ):
        with pytest.raises(NotAllowed) as refused:
            ask_pseudonymisation(person.id, ASKED, administrator(by_whom))
        assert refused.value.reason == reason
    assert ask_pseudonymisation(town.delegate.id, ASKED, administrator(town.admin)), "alone, one decides"
    with pytest.raises(NotAllowed) as refused:
        pseudonymise_now(town.delegate.id, ASKED, NOW)
    assert refused.value.reason == "former"


def test_a_second_administrator_decides_where_there_is_one(lived: Filed, town: Town) -> None:
    second = add_person("second", Office.ADMINISTRATOR, REGION)
    assert not ask_pseudonymisation(town.delegate.id, ASKED, administrator(town.admin))
    assert "delegate" in words_of(town.delegate)[0]
    row = db.session.execute(select(_waiting())).scalar_one()
    with pytest.raises(NotAllowed) as refused:
        approve_pseudonymisation(row, administrator(town.admin))
    assert refused.value.reason == "own_wish"
    drop_pseudonymisation(row, administrator(second))
    assert not ask_pseudonymisation(town.delegate.id, ASKED, administrator(town.admin))
    approve_pseudonymisation(db.session.execute(select(_waiting())).scalar_one(), administrator(second))
    assert words_of(town.delegate)[1] == FORMER_MEMBER["ar"]
    kinds = {event.kind for event in db.session.query(SecurityEvent).filter_by(person_id=town.delegate.id)}
    assert {
        SecurityEventKind.PSEUDONYMISATION_ASKED,
        SecurityEventKind.PSEUDONYMISATION_DROPPED,
        SecurityEventKind.PSEUDONYMISED,
    } <= kinds


def _waiting() -> Any:
    from_models = Person.metadata.tables["pseudonymisations"].c
    waits = from_models.done_at.is_(None) & from_models.dropped_at.is_(None)
    return select(from_models.id).where(waits).scalar_subquery()


def test_one_text_is_erased_by_law_and_the_answers_with_all_that_repeats_them(lived: Filed, town: Town) -> None:
    reference = str(lived.reference)
    seq = next(seq for seq, kind, _length in list_texts(reference) if kind == "comment")
    assert erase_text(reference, seq, "comment", ErasureReason.WRITTEN_WRONGLY, by_id=None, now=NOW) == 1
    with pytest.raises(NotFound):
        erase_text(reference, seq, "comment", ErasureReason.WRITTEN_WRONGLY, by_id=None, now=NOW)
    assert erase_text(reference, 1, "answers", ErasureReason.AUTHORITY_ORDERED, by_id=None, now=NOW) == 1
    row = db.session.get_one(Obstacle, lived.id)
    assert (row.description, row.request, row.callback_phone) == ("", "", "")
    assert row.title
    assert verify_journal().broken is None
    event = db.session.query(SecurityEvent).filter_by(kind=SecurityEventKind.TEXT_ERASED).first()
    assert event is not None
    assert event.codes["reason"] == ErasureReason.WRITTEN_WRONGLY
    assert "تعليق" not in str(event.codes)


LONG_AGO = NOW - timedelta(days=800)


def test_what_a_dry_run_counts_is_what_goes_and_nothing_else(town: Town) -> None:
    old = closed_long_ago(town)
    with town.app.app_context():
        invited = add_old_rows(town, old)
        counted = count_old(NOW)
        assert {kind for kind, count in counted.items() if count == 0} == set()
        assert count_old(NOW) == counted, "counting changes nothing"
        assert forget_old(NOW, lambda: True) == dict.fromkeys(counted, 0), "a worker that stops goes no further"
        assert forget_old(NOW) == counted
        assert set(count_old(NOW).values()) == {0}
        assert db.session.get(Person, invited) is None
        assert db.session.query(KeptForm).count() == 1, "what is young stays"
        assert verify_journal().broken is None
        assert list_violations(NOW) == []
        assert db.session.query(Statement).filter_by(obstacle_id=old.id).count() == 0
        assert db.session.get_one(Obstacle, old.id).title


def closed_long_ago(town: Town) -> Filed:
    case = file_obstacle(town.app, town.president, now=LONG_AGO)
    return move(town.app, moves.withdraw, case, town.president, now=LONG_AGO, reason="حُل")


def add_old_rows(town: Town, old: Filed) -> int:
    """Add one old row of each kind, and a young form; return the id of who was invited and never came."""
    term = Term(Office.COMMUNE_DELEGATE, COMMUNE, date(2026, 1, 1))
    asked = Invited(email="never@example.test", name_ar="غائب", name_fr="Absent", language=Language.AR, term=term)
    invited = invite(asked, by_id=None, now=LONG_AGO).person_id
    person = {"person_id": town.president.id}
    with transaction() as session:
        session.query(OutboxMessage).update({"status": MessageStatus.SENT})
        session.add(Setting(key="keep_texts_years", value=1, effective_on=TODAY, created_at=NOW))
        session.add(SignInSession(**person, token_hash="x", created_at=LONG_AGO, seen_at=LONG_AGO, expires_at=LONG_AGO))
        session.add(PasswordReset(**person, created_at=LONG_AGO, expires_at=LONG_AGO))
        session.add(
            BacklogImport(**person, region_code=REGION, file_name="a", digest="b", lines=[], created_at=LONG_AGO)
        )
        session.add(KeptForm(**person, path="/a", answers={}, saved_at=LONG_AGO))
        session.add(KeptForm(**person, path="/b", answers={}, saved_at=NOW))
        session.add(IncomingMail(**person, received_at=LONG_AGO, way=Way.PIPE, sha256="x", raw=b"x", size_bytes=1))
        failed = {"address": "a@b.test", "letter_id": 1, "status": "5.1.1", "noted_at": LONG_AGO}
        session.add(AddressFailure(**person, **failed, lifted_at=LONG_AGO))
        session.add(
            CaseRead(
                **person, obstacle_id=old.id, office=Office.COMMUNE_PRESIDENT, place_code=COMMUNE,
                read_on=LONG_AGO.date(), first_at=LONG_AGO, last_at=LONG_AGO,
            )
        )  # fmt: skip
    return invited


def test_a_long_time_without_office_is_proposed_and_never_done(town: Town) -> None:
    end_mandates(town.app, town.scribe, TODAY - timedelta(days=800))
    with town.app.app_context():
        with transaction() as session:
            session.query(Person).update({"created_at": LONG_AGO})
        assert list_long_gone(NOW) == [], "off unless it is set"
        with transaction() as session:
            session.add(Setting(key="keep_names_years", value=2, effective_on=TODAY, created_at=NOW))
        assert list_long_gone(NOW) == [town.scribe.id, town.nobody.id]
        forget_old(NOW)
        assert words_of(town.scribe)[0] == town.scribe.email


def test_a_day_of_reading_is_one_row_in_one_office(lived: Filed, town: Town) -> None:
    obstacle = db.session.get_one(Obstacle, lived.id)
    case, actor = read_dossier(obstacle, NOW).case, by(town, town.reviewer).actor
    noon = NOW.replace(hour=12, minute=0)
    written = [note_read(lived.id, case, actor, noon + timedelta(minutes=after)) for after in (0, 5, 30)]
    assert written == [True, False, True], "within ten minutes it is the same reading"
    [row] = db.session.query(CaseRead).filter_by(person_id=town.reviewer.id)
    assert (row.last_at - row.first_at, row.office) == (timedelta(minutes=30), Office.PROVINCE_REVIEWER)
    assert note_read(lived.id, case, actor, noon + timedelta(days=1))
    assert db.session.query(CaseRead).filter_by(person_id=town.reviewer.id).count() == 2
    assert not note_read(lived.id, case, by(town, town.stranger).actor, noon), "who may not see it has not read it"


def test_years_are_counted_on_the_calendar() -> None:
    assert years_before(date(2028, 2, 29), 1) == date(2027, 2, 28)
    assert years_before(date(2028, 2, 29), NEVER) is None
