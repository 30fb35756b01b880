"""What is still being typed is kept, one row a person and page; a late keeping is never written over anything newer."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from escalation.domain.codes import Channel, Status
from escalation.domain.content import Content
from escalation.domain.errors import AlreadySubmitted, NotAllowed, StaleObstacle
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.unfinished import KeptForm
from escalation.services.case import moves
from escalation.services.case.capture import Told, capture_drafts, list_captured
from escalation.services.case.filing import OwnDraftMovedOn, file_obstacle, keep_draft, save_draft
from escalation.services.case.kept import (
    KEPT_FOR,
    MOST_BYTES,
    TooMuchToKeep,
    drop_kept,
    drop_old_kept,
    find_kept,
    keep_form,
)
from escalation.services.case.transitions import By
from tests.factories import COMMUNE, Town, actor_of, content
from tests.factories import file_obstacle as file_case

NOW = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
PATH = "/obstacles/OBS-2026-00001/resolve"


def kept(town: Town, path: str = PATH, now: datetime = NOW) -> dict[str, list[str]] | None:
    with town.app.app_context():
        found = find_kept(town.reviewer.id, path, now)
        return found.answers if found else None


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_last_keeping_of_a_page_stands_and_others_have_their_own(town: Town) -> None:
    with town.app.app_context():
        keep_form(town.reviewer.id, PATH, {"resolution": ["نصف"], "outcome": []}, NOW)
        keep_form(town.reviewer.id, PATH, {"resolution": ["نصف جواب"]}, NOW + timedelta(seconds=3))
        keep_form(town.reviewer.id, "/other", {"reason": ["سبب"]}, NOW)
        keep_form(town.coordinator.id, PATH, {"resolution": ["غيره"]}, NOW)
    assert kept(town) == {"resolution": ["نصف جواب"]}
    assert kept(town, "/other") == {"reason": ["سبب"]}
    assert count(town.app, KeptForm) == 3
    with town.app.app_context():
        drop_kept(town.reviewer.id, PATH)
        drop_kept(town.reviewer.id, PATH)
    assert kept(town) is None
    assert count(town.app, KeptForm) == 2


def test_what_is_larger_than_any_form_is_not_kept(town: Town) -> None:
    with town.app.app_context():
        keep_form(town.reviewer.id, PATH, {"a": ["ع" * (MOST_BYTES // 2 - 50)]}, NOW)
        with pytest.raises(TooMuchToKeep):
            keep_form(town.reviewer.id, PATH, {"a": ["ع" * (MOST_BYTES // 2)]}, NOW)
        with pytest.raises(TooMuchToKeep):
            keep_form(town.reviewer.id, "/" + "x" * 200, {"a": ["b"]}, NOW)
    assert count(town.app, KeptForm) == 1


def test_what_arrives_after_its_form_was_carried_out_is_not_kept(town: Town) -> None:
    case = file_case(town.app, town.president)
    by = By(actor=actor_of(town.app, town.reviewer), now=datetime.now(UTC), key="one-form")
    with town.app.app_context():
        moves.claim(case.id, by)
        assert not keep_form(town.reviewer.id, PATH, {"reason": ["متأخر"]}, NOW, "one-form")
        assert keep_form(town.reviewer.id, PATH, {"reason": ["أخرى"]}, NOW, "another-form")
    assert kept(town) == {"reason": ["أخرى"]}


def test_what_nobody_went_on_with_for_a_month_is_forgotten(town: Town) -> None:
    with town.app.app_context():
        keep_form(town.reviewer.id, PATH, {"reason": ["قديم"]}, NOW - KEPT_FOR)
        keep_form(town.reviewer.id, "/newer", {"reason": ["أحدث"]}, NOW - KEPT_FOR + timedelta(seconds=1))
    assert kept(town) is None
    assert kept(town, "/newer") is not None
    with town.app.app_context():
        assert (drop_old_kept(NOW), drop_old_kept(NOW)) == (1, 0)
    assert count(town.app, KeptForm) == 1


def test_many_keepings_at_once_leave_one_row(town: Town) -> None:
    gate, faults = Barrier(4), []

    def keep(number: int) -> None:
        with town.app.app_context():
            gate.wait()
            try:
                keep_form(town.reviewer.id, PATH, {"reason": [str(number)]}, NOW)
            except Exception as fault:  # noqa: BLE001 - told to the test
                faults.append(fault)

    threads = [Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert count(town.app, KeptForm) == 1


def president(town: Town, seen: int | None = None, key: str = "the-form") -> By:
    return By(actor=actor_of(town.app, town.president), now=datetime.now(UTC), seen_version=seen, key=key)


def described(words: str) -> Content:
    return content(description=words)


def test_a_form_goes_on_in_the_draft_it_made_and_is_filed_once(town: Town) -> None:
    with town.app.app_context():
        first = keep_draft(COMMUNE, Content(project_name="مشروع"), president(town))
        draft_id, seen = first.id, first.version
        second = keep_draft(COMMUNE, described("نصف"), president(town, seen), draft_id)
        assert (second.id, second.version, second.description) == (draft_id, seen + 1, "نصف")
        assert count(town.app, JournalEvent) == 0
        filed = file_obstacle(COMMUNE, described("كامل"), president(town, seen), draft_id)
        assert (filed.id, filed.status, filed.description) == (draft_id, Status.FILED, "كامل")
        again = file_obstacle(COMMUNE, described("كامل"), president(town, seen), draft_id)
        assert again.reference == filed.reference


def test_a_late_keeping_changes_nothing_that_its_own_form_saved_meanwhile(town: Town) -> None:
    with town.app.app_context():
        draft = keep_draft(COMMUNE, described("أول"), president(town))
        draft_id, seen = draft.id, draft.version
        save_draft(COMMUNE, described("آخر الكلام"), president(town, seen), draft_id)
        for by in (president(town, seen), president(town)):
            with pytest.raises(OwnDraftMovedOn) as newer:
                keep_draft(COMMUNE, described("متأخر"), by, draft_id if by.seen_version else None)
            assert (newer.value.version, newer.value.obstacle_id) == (seen + 1, draft_id)
        assert db.session.get_one(Obstacle, draft_id).description == "آخر الكلام"
        keep_draft(COMMUNE, described("بعدها"), president(town, seen + 1), draft_id)
        file_obstacle(COMMUNE, described("أُودع"), president(town, seen + 2), draft_id)
        with pytest.raises(AlreadySubmitted):
            keep_draft(COMMUNE, described("متأخر"), president(town, seen + 2), draft_id)


def test_a_keeping_never_writes_over_what_somebody_else_wrote(town: Town) -> None:
    with town.app.app_context():
        draft = keep_draft(COMMUNE, described("للرئيس"), president(town))
        draft_id, seen = draft.id, draft.version
        by = By(actor=actor_of(town.app, town.scribe), now=datetime.now(UTC), seen_version=seen, key="of-the-scribe")
        save_draft(COMMUNE, described("للمكلفة"), by, draft_id)
        with pytest.raises(StaleObstacle) as stale:
            keep_draft(COMMUNE, described("متأخر"), president(town, seen), draft_id)
        assert not isinstance(stale.value, OwnDraftMovedOn)
        assert db.session.get_one(Obstacle, draft_id).description == "للمكلفة"


def test_nobody_keeps_a_draft_for_a_commune_of_others(town: Town) -> None:
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.president2), now=datetime.now(UTC))
        with pytest.raises(NotAllowed):
            keep_draft(COMMUNE, described("ليس لي"), by)
    assert count(town.app, Obstacle) == 0


def test_what_comes_late_of_a_form_that_made_drafts_is_not_kept(town: Town) -> None:
    now, key = datetime.now(UTC), "the-meeting"
    by = By(actor=actor_of(town.app, town.staff), now=now, key=key)
    told = [Told(COMMUNE, content()), Told(COMMUNE, content(project_name="مسلك"))]
    with town.app.app_context():
        capture_drafts(told, Channel.MEETING, by)
        assert keep_form(town.staff.id, "/obstacles/capture", {"x": ["y"]}, now, key=key) is False
        assert len(list_captured(town.staff.id, key)) == 2
