"""Files taken in, kept, given along with words, taken back and swept; in a folder and in a bucket."""

import shutil
import sys
from pathlib import Path
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.codes import Event
from escalation.domain.errors import AlreadySubmitted, NotFound
from escalation.domain.files import FileFault, FileRefused
from escalation.domain.journal import text_digest
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.queries.case.files import get_file, list_files
from escalation.queries.case.obstacles import content_of
from escalation.queries.case.timeline import list_events
from escalation.queries.journal import verify_journal
from escalation.services.case import filing, moves, notes, remarks
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.files import inspector
from escalation.services.files.attaching import erase_file
from escalation.services.files.sweep import sweep_files
from escalation.services.files.uploads import leave_out, receive_file
from tests.clamd_peer import ClamdPeer
from tests.factories import COMMUNE, NEIGHBOUR, Inhabitant, Town, actor_of, content, file_obstacle, move, save_draft
from tests.file_makers import EICAR, letter, paper, picture
from tests.services.sent_files import FORM, NOW, SQLITE, coming, refusal, rows, settings, stored

pytestmark = pytest.mark.usefixtures("reference_data")


def by(town: Town, person: Inhabitant, path: str = FORM, **more: Any) -> By:
    """Return somebody who sends a form in which files were chosen."""
    return By(actor=actor_of(town.app, person, NOW), now=NOW, form_path=path, **more)


def test_a_file_waits_for_its_form_and_goes_with_its_words(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=NOW)
    with town.app.app_context():
        receive_file(coming(town.president), NOW)
        receive_file(coming(town.president, paper(), "محضر.pdf"), NOW)
        receive_file(coming(town.delegate, paper(), "other.pdf"), NOW)
        remarks.add_comment(case.id, by(town, town.president), comment="انظر الصورة")
        event = list_events(case.id)[-1]
        assert event.event is Event.COMMENT_ADDED
        mine, (theirs,) = list_files(case.id, []).by_event[event.seq], [row for row in rows() if not row.attached_at]
        assert [row.name for row in mine] == ["صورة.jpg", "محضر.pdf"]
        assert theirs.person_id == town.delegate.id
        assert event.codes["files"] == [{"id": row.id, "digest": text_digest(row.salt, row.sha256)} for row in mine]
        canonical = db.session.scalars(select(JournalEvent.canonical).order_by(JournalEvent.id.desc())).first() or ""
        assert "محضر" not in canonical.encode().decode("unicode_escape")
        assert all("files" not in str(facts) for facts in db.session.scalars(select(OutboxMessage.facts)))
        assert verify_journal().broken is None


def test_a_draft_keeps_its_files_and_takes_them_along_when_it_is_filed(town: Town) -> None:
    with town.app.app_context():
        receive_file(coming(town.president, path="/obstacles/new"), NOW)
        draft = filing.save_draft(COMMUNE, content(), by(town, town.president, "/obstacles/new"))
        (row,) = rows()
        assert (row.obstacle_id, row.event_seq) == (draft.id, None)
        page = f"/obstacles/drafts/{draft.id}"
        receive_file(coming(town.delegate, paper(), "a.pdf", page, draft_id=draft.id), NOW)
        assert get_file(actor_of(town.app, town.delegate, NOW), row.public_id, NOW).id == row.id
        for name in ("reviewer", "secretary", "president2"):
            with pytest.raises(NotFound):
                get_file(actor_of(town.app, getattr(town, name), NOW), row.public_id, NOW)
        filed = filing.file_obstacle(COMMUNE, content(), by(town, town.delegate, page), draft.id)
        assert [(row.obstacle_id, row.event_seq) for row in rows()] == [(filed.id, 1)] * 2
        assert len(list_events(filed.id)[0].codes["files"]) == 2
        assert get_file(actor_of(town.app, town.reviewer, NOW), rows()[0].public_id, NOW)
        assert leave_out(town.delegate.id, page, None, filed.id) == 0, "what was filed stays"


def test_a_file_of_a_note_is_for_the_readers_of_the_note(town: Town) -> None:
    case = move(town.app, moves.escalate, file_obstacle(town.app, town.president, now=NOW), town.reviewer, reason="x")
    with town.app.app_context():
        receive_file(coming(town.reviewer), NOW)
        notes.add_note(case.id, by(town, town.reviewer), note="نص")
        (row,) = rows()
        assert row.note_id is not None
        reads = {}
        for name in ("reviewer", "coordinator", "member", "president", "secretary", "admin", "stranger"):
            try:
                reads[name] = bool(get_file(actor_of(town.app, getattr(town, name), NOW), row.public_id, NOW))
            except NotFound:
                reads[name] = False
        assert {name for name, reading in reads.items() if reading} == {"reviewer", "coordinator"}
        assert list_files(case.id, []).by_note == {}
        assert not list_files(case.id, []).by_event


def test_a_move_taken_back_gives_its_files_back_to_its_form(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=NOW)
    path = f"/obstacles/{case.reference}/escalate"
    with town.app.app_context():
        receive_file(coming(town.reviewer, path=path), NOW)
        moves.escalate(case.id, by(town, town.reviewer, path, may_undo=True), reason="x")
        assert rows()[0].event_seq == 2
        undo(case.id, by(town, town.reviewer))
        (row,) = rows()
        assert (row.obstacle_id, row.event_seq, row.attached_at) == (None, None, None)
        moves.escalate(case.id, by(town, town.reviewer, path), reason="x")
        assert rows()[0].event_seq == 4
        assert verify_journal().broken is None


def test_the_same_form_twice_keeps_a_file_once_and_another_file_is_said(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=NOW)
    with town.app.app_context():
        for _time in range(2):
            receive_file(coming(town.president), NOW)
            remarks.add_comment(case.id, by(town, town.president, key="k"), comment="x")
        assert len(rows()) == 1
        receive_file(coming(town.president, paper(), "other.pdf"), NOW)
        with pytest.raises(AlreadySubmitted):
            remarks.add_comment(case.id, by(town, town.president, key="k"), comment="x")
        assert [row.attached_at is None for row in rows()] == [False, True], "what is other waits"


def test_no_more_files_than_the_bound_stand_together(town: Town) -> None:
    with town.app.app_context():
        for number in range(5):
            receive_file(coming(town.president, picture(size=(10 + number, 10))), NOW)
        receive_file(coming(town.president, picture(size=(10, 10))), NOW)
        assert len(rows()) == 5, "the same file again is the same"
        sixth = coming(town.president, picture(size=(90, 10)))
        assert refusal(receive_file, sixth, NOW) is FileFault.TOO_MANY
        assert len(stored()) == 10, "nothing is left of what was refused"
        receive_file(coming(town.president, path="/obstacles/OBS-2026-00001/note"), NOW)
        assert leave_out(town.president.id, FORM, None) == 5
        assert len(stored()) == 2


@SQLITE
def test_only_sizes_that_were_agreed_are_taken(town: Town) -> None:
    with town.app.app_context():
        most = settings(town, most_bytes=2_000).files.most_bytes
        assert refusal(receive_file, coming(town.president, b""), NOW) is FileFault.EMPTY
        assert refusal(receive_file, coming(town.president, b"x" * (most + 1)), NOW) is FileFault.TOO_LARGE
        assert stored() == set()
        assert list((town.app.extensions["config"].var_dir / "files" / "incoming").iterdir()) == []


def test_a_commune_has_so_much_room_and_others_have_their_own(town: Town) -> None:
    with town.app.app_context():
        receive_file(coming(town.president), NOW)
        settings(town, commune_bytes=rows()[0].size_bytes + rows()[0].small_bytes + 10)
        assert refusal(receive_file, coming(town.delegate), NOW) is FileFault.QUOTA
        receive_file(coming(town.president2, commune_code=NEIGHBOUR), NOW)
        leave_out(town.president.id, FORM, None)
        receive_file(coming(town.delegate), NOW)


def test_of_two_who_send_at_once_into_room_for_one_one_is_taken(town: Town) -> None:
    with town.app.app_context():
        row = receive_file(coming(town.president), NOW)
        settings(town, commune_bytes=row.size_bytes + row.small_bytes + 10)
        leave_out(town.president.id, FORM, None)
    start, faults = Barrier(2), []

    def send(person: Inhabitant) -> None:
        with town.app.app_context():
            start.wait(30)
            try:
                receive_file(coming(person), NOW)
            except FileRefused as refused:
                faults.append(refused.fault)

    threads = [Thread(target=send, args=(person,)) for person in (town.president, town.delegate)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with town.app.app_context():
        assert faults == [FileFault.QUOTA]
        assert len(rows()) == 1
        assert len(stored()) == 2, "one picture with its small copy"


@SQLITE
def test_on_a_disk_that_is_nearly_full_no_file_is_taken(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for total, free in ((100_000_000_000, 9_000_000_000), (5_000_000_000, 900_000_000)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, t=total, f=free: SimpleNamespace(total=t, free=f))
        with town.app.app_context():
            assert refusal(receive_file, coming(town.president), NOW) is FileFault.NO_ROOM


@SQLITE
def test_a_virus_or_a_scanner_that_is_away_keeps_nothing_of_the_form(town: Town) -> None:
    peer = ClamdPeer()
    with town.app.app_context():
        settings(town, clamd=peer.address)
        receive_file(coming(town.president), NOW)
        assert peer.scanned == [picture()], "it sees what came, not what is kept"
        found = coming(town.president, picture() + EICAR)
        assert refusal(receive_file, found, NOW) is FileFault.VIRUS
        peer.says = "INSTREAM size limit exceeded. ERROR"
        assert refusal(receive_file, coming(town.president, paper(), "a.pdf"), NOW) is FileFault.NO_SCANNER
        peer.stop()
        assert refusal(receive_file, coming(town.president, paper(), "a.pdf"), NOW) is FileFault.NO_SCANNER
        settings(town, clamd="/nowhere/clamd.sock")
        assert refusal(receive_file, coming(town.president, paper(), "a.pdf"), NOW) is FileFault.NO_SCANNER
        assert len(rows()) == 1


@SQLITE
def test_a_checker_that_fails_or_never_ends_refuses_the_file_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with town.app.app_context():
        assert refusal(receive_file, coming(town.president, picture()[:300]), NOW) is FileFault.BROKEN
        assert (
            refusal(receive_file, coming(town.president, b"PK\x03\x04" + b"x" * 99, "a.docx"), NOW) is FileFault.BROKEN
        )
        endless = tmp_path / "endless"
        endless.write_text("#!/bin/sh\nexec sleep 60\n")
        endless.chmod(0o700)
        monkeypatch.setattr(inspector, "CHECKED_WITHIN_S", 0.2)
        monkeypatch.setattr(sys, "executable", str(endless))
        assert refusal(receive_file, coming(town.president), NOW) is FileFault.TOO_LONG
        monkeypatch.setattr(inspector, "TURN_WITHIN_S", 0.01)
        taken = [inspector._TURNS.acquire() for _turn in range(inspector.MOST_AT_ONCE)]
        assert refusal(receive_file, coming(town.president), NOW) is FileFault.BUSY
        for _one in taken:
            inspector._TURNS.release()
        assert stored() == set()


def test_what_is_erased_by_law_is_gone_and_the_journal_holds(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=NOW)
    with town.app.app_context():
        receive_file(coming(town.president), NOW)
        remarks.add_comment(case.id, by(town, town.president), comment="x")
        public_id = rows()[0].public_id
        erase_file(public_id, NOW)
        (row,) = rows()
        assert (row.name, row.sha256, row.received_sha256, row.salt, row.size_bytes) == ("", "", "", "", 0)
        assert row.erased_at == NOW
        assert stored() == set()
        with pytest.raises(NotFound):
            get_file(actor_of(town.app, town.president, NOW), public_id, NOW)
        with pytest.raises(NotFound):
            erase_file(public_id, NOW)
        assert verify_journal().broken is None
        assert sweep_files(NOW).lost == []


def test_a_draft_that_is_deleted_takes_its_files_with_it(town: Town) -> None:
    draft = save_draft(town.app, town.president)
    path = f"/obstacles/drafts/{draft.id}"
    with town.app.app_context():
        receive_file(coming(town.president, path=path), NOW)
        filing.save_draft(COMMUNE, content(), by(town, town.president, path), draft.id)
        assert rows()[0].obstacle_id == draft.id
        filing.discard_draft(draft.id, by(town, town.president))
        assert (rows(), stored()) == ([], set())


def test_an_unchanged_correction_with_a_file_is_an_event(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=NOW)
    with town.app.app_context():
        receive_file(coming(town.president, letter(), "a.docx"), NOW)
        remarks.amend(case.id, by(town, town.president), content=content_of(db.session.get_one(Obstacle, case.id)))
        told = list_events(case.id)[-1]
        assert (told.event, told.codes["fields"], len(told.codes["files"])) == (Event.FACTS_AMENDED, [], 1)
