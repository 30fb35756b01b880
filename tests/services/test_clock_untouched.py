"""What is no move touches no clock: not a column of the case's dates, not a row of its stays and pauses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from escalation.domain.codes import Channel
from escalation.extensions import db
from escalation.models.obstacles import Obstacle, Pause, Referral
from escalation.services.case import moves, notes, remarks
from escalation.services.case.transitions import By
from escalation.services.files.uploads import receive_file
from tests.factories import Filed, Town, actor_of, content, file_obstacle, move
from tests.services.sent_files import coming

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
LATER = MONDAY + timedelta(days=3)
DATES = ("due_at", "clock_at", "warn_at", "answer_by", "confirm_by", "status", "level", "desk_code", "assignee_id")

Act = Callable[[Town, Filed, Callable[..., By]], object]


def clocks_of(app: Flask, case: Filed) -> list[Any]:
    """Return the dates of a case, and every column of its stays and pauses."""
    with app.app_context():
        obstacle = db.session.get_one(Obstacle, case.id)
        stays = db.session.scalars(select(Referral).where(Referral.obstacle_id == case.id).order_by(Referral.id)).all()
        pauses = db.session.scalars(select(Pause).order_by(Pause.id)).all()
        rows = [[getattr(row, column.key) for column in row.__table__.columns] for row in (*stays, *pauses)]
        return [[getattr(obstacle, name) for name in DATES], *rows]


def comment_with_a_file(town: Town, case: Filed, by: Callable[..., By]) -> object:
    """Comment on a case, with a picture beside it."""
    path = f"/obstacles/{case.reference}/comment"
    receive_file(coming(town.president, path=path), LATER)
    return remarks.add_comment(case.id, by(town.president, form_path=path), comment="تعليق")


ACTS: dict[str, Act] = {
    "comment": lambda town, case, by: remarks.add_comment(case.id, by(town.president), comment="تعليق"),
    "comment with a file": comment_with_a_file,
    "correction": lambda town, case, by: remarks.amend(
        case.id, by(town.president), content=content(description="الاتفاقية ناقصة.")
    ),
    "note": lambda town, case, by: notes.add_note(case.id, by(town.reviewer), note="ملاحظة"),
    "contact": lambda town, case, by: notes.record_contact(
        case.id, by(town.reviewer), spoke_with="المدير", channel=Channel.PHONE, contact="وعد بالتوقيع"
    ),
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("waits", [False, True], ids=["running", "waiting"])
def test_it_touches_no_clock(town: Town, name: str, *, waits: bool) -> None:
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president, now=MONDAY), town.reviewer, now=MONDAY)
    if waits:
        move(town.app, moves.request_information, case, town.reviewer, now=MONDAY, question="أين العقد؟")
    before = clocks_of(town.app, case)

    def by(person: Any, **more: Any) -> By:
        return By(actor=actor_of(town.app, person, LATER), now=LATER, **more)

    with town.app.app_context():
        version = db.session.get_one(Obstacle, case.id).journal_seq
        db.session.rollback()
        ACTS[name](town, case, by)
        db.session.rollback()
        assert name in ("note", "contact") or db.session.get_one(Obstacle, case.id).journal_seq == version + 1
    assert clocks_of(town.app, case) == before
