"""A table becomes drafts, all or none: checked in steps, accepted once, taken on after any fault; on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation.domain.codes import Channel, Status
from escalation.domain.errors import NotAllowed
from escalation.extensions import db
from escalation.models.imports import BacklogImport, ImportStatus
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.services.backlog import drafts, imports
from escalation.services.backlog.imports import (
    accept_import,
    advance_imports,
    carry_out,
    check_next_lines,
    discard_import,
)
from escalation.services.backlog.tables import Line, Table
from escalation.services.case import filing
from escalation.services.case.transitions import By
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, OTHER_REGION, REGION, Inhabitant, Town, actor_of, end_mandates

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def by(town: Town, person: Inhabitant | None = None) -> By:
    """Return who acts, now."""
    return By(actor=actor_of(town.app, person or town.staff, NOW), now=NOW)


def lines(count: int, **cells: str) -> list[Line]:
    """Return so many lines that can be read, but for these cells."""
    good = {"commune": "بوهودة", "project_name": "مسلك"}
    return [Line(number, good | {"title": f"T{number}"} | cells) for number in range(2, count + 2)]


def receive(town: Town, given: list[Line]) -> int:
    """Send a table and return the import's id."""
    with town.app.app_context():
        return imports.receive_table(Table(given, []), "backlog.csv", REGION, by(town))


def row(town: Town, import_id: int) -> dict[str, Any]:
    """Return the columns of an import as they stand."""
    with town.app.app_context():
        found = db.session.get_one(BacklogImport, import_id)
        return {column.key: getattr(found, column.key) for column in BacklogImport.__table__.columns}


def count(town: Town, model: type) -> int:
    """Return how many rows of a table there are."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def advance(town: Town, now: datetime = NOW) -> None:
    """Let a worker do all that it finds."""
    with town.app.app_context():
        advance_imports(now)


def accept(town: Town, import_id: int, person: Inhabitant | None = None) -> None:
    """Accept an import."""
    with town.app.app_context():
        accept_import(import_id, by(town, person))


def test_a_table_is_checked_in_steps_that_are_kept(town: Town) -> None:
    import_id = receive(town, lines(450))
    for checked, more in ((200, True), (400, True), (450, False)):
        with town.app.app_context():
            assert check_next_lines(import_id, NOW) is more
        assert row(town, import_id)["checked"] == checked
    after = row(town, import_id)
    assert (after["status"], after["lines"], len(after["outcomes"])) == (ImportStatus.READY, [], 450)
    with town.app.app_context():
        assert check_next_lines(import_id, NOW) is False, "there is nothing left to check"
    assert count(town, Obstacle) == 0


def test_one_bad_cell_refuses_the_whole_table_and_only_the_faults_are_kept(town: Town) -> None:
    import_id = receive(town, [*lines(2), Line(9, {"commune": "Atlantide", "project_name": "x", "budget": "cher"})])
    advance(town)
    after = row(town, import_id)
    faults = [["commune", "unknown_place", "Atlantide"], ["budget", "not_an_amount", "cher"]]
    assert (after["status"], after["lines"], after["outcomes"]) == (
        ImportStatus.REFUSED,
        [],
        [{"line": 9, "faults": faults}],
    )
    accept(town, import_id)
    advance(town)
    assert row(town, import_id)["status"] is ImportStatus.REFUSED
    assert count(town, Obstacle) == 0


def test_an_accepted_table_becomes_drafts_of_its_communes_once(town: Town) -> None:
    more = {
        "channel": "phone",
        "blocked_since": "2026-03-02",
        "asked_of": "AU|SRM",
        "urgency": "urgent",
        "budget": "10,50",
    }
    import_id = receive(town, lines(3, **more))
    advance(town)
    with town.app.app_context():
        assert carry_out(import_id, NOW) is False, "nobody has accepted it"
    assert count(town, Obstacle) == 0
    for _ in range(2):
        accept(town, import_id)
        advance(town)
        with town.app.app_context():
            carry_out(import_id, NOW)
    after = row(town, import_id)
    assert (after["status"], after["ended_at"], len(after["outcomes"])) == (ImportStatus.DONE, NOW, 3)
    assert "phone" not in str(after["outcomes"])
    with town.app.app_context():
        drafts = list(db.session.scalars(select(Obstacle).order_by(Obstacle.id)))
    assert [outcome["draft"] for outcome in after["outcomes"]] == [draft.id for draft in drafts]
    first = drafts[0]
    assert (first.status, first.commune_code, first.author_id, first.channel) == (
        Status.DRAFT,
        COMMUNE,
        town.staff.id,
        Channel.PHONE,
    )
    assert (first.title, first.blocked_since, first.asked_of, first.urgency, first.budget_centimes) == (
        "T2",
        date(2026, 3, 2),
        ["AU", "SRM"],
        "urgent",
        1050,
    )
    assert count(town, JournalEvent) == 0


def test_the_same_table_sent_twice_is_one_import_until_it_is_refused(town: Town) -> None:
    first = receive(town, lines(2))
    assert receive(town, lines(2)) == first
    assert receive(town, lines(3)) != first
    advance(town)
    accept(town, first)
    advance(town)
    assert receive(town, lines(2)) == first, "its drafts are made already"
    wrong = receive(town, lines(2, budget="x"))
    advance(town)
    assert receive(town, lines(2, budget="x")) != wrong


def test_a_fault_in_the_middle_leaves_nothing_and_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = receive(town, lines(5))
    advance(town)
    accept(town, import_id)
    made: list[int] = []

    def break_at_third(*given: Any) -> Obstacle:
        made.append(1)
        if len(made) == 3:
            raise RuntimeError("broken")
        return add_draft(*given)

    add_draft = filing.add_draft
    monkeypatch.setattr(drafts, "add_draft", break_at_third)
    other = receive(town, lines(1))
    advance(town)
    after = row(town, import_id)
    assert (after["status"], after["fault"], after["outcomes"]) == (ImportStatus.FAILED, "fault", [])
    assert count(town, Obstacle) == 0
    assert row(town, other)["status"] is ImportStatus.READY, "the next import is taken on all the same"


def test_who_serves_no_more_has_nothing_made_in_their_name(town: Town) -> None:
    import_id = receive(town, lines(2))
    advance(town)
    accept(town, import_id)
    end_mandates(town.app, town.staff, date(2026, 1, 1))
    advance(town)
    after = row(town, import_id)
    assert (after["status"], after["fault"]) == (ImportStatus.FAILED, "not_allowed")
    assert count(town, Obstacle) == 0


def test_whoever_is_stopped_between_two_steps_goes_on_later(town: Town) -> None:
    import_id = receive(town, lines(250))
    steps: list[int] = []

    def stop_after_one() -> bool:
        steps.append(1)
        return len(steps) > 1

    with town.app.app_context():
        advance_imports(NOW, stop_after_one)
    assert row(town, import_id)["checked"] == 200
    advance(town)
    assert row(town, import_id)["status"] is ImportStatus.READY


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_another_worker_has_in_hand_is_left_to_it(town: Town) -> None:
    import_id = receive(town, lines(2))
    with town.app.app_context(), transaction() as session:
        session.scalars(select(BacklogImport).with_for_update()).one()
        with town.app.app_context():
            assert check_next_lines(import_id, NOW) is False
            assert carry_out(import_id, NOW) is False
            db.session.remove()
    assert row(town, import_id)["checked"] == 0


@pytest.mark.parametrize("name", ["president", "reviewer", "secretary", "admin", "nobody"])
def test_only_the_staff_of_the_region_bring_in_a_table(town: Town, name: str) -> None:
    with town.app.app_context(), pytest.raises(NotAllowed):
        imports.receive_table(Table(lines(1), []), "a.csv", REGION, by(town, getattr(town, name)))
    with town.app.app_context(), pytest.raises(NotAllowed):
        imports.receive_table(Table(lines(1), []), "a.csv", OTHER_REGION, by(town))
    import_id = receive(town, lines(1))
    advance(town)
    for act in (accept_import, discard_import):
        with town.app.app_context(), pytest.raises(NotAllowed):
            act(import_id, by(town, getattr(town, name)))
    assert row(town, import_id)["status"] is ImportStatus.READY


def test_a_table_is_deleted_by_its_sender_but_not_while_its_drafts_are_made(town: Town) -> None:
    import_id = receive(town, lines(1))
    advance(town)
    accept(town, import_id)
    with town.app.app_context():
        assert discard_import(import_id, by(town)) is False
    advance(town)
    with town.app.app_context():
        assert discard_import(import_id, by(town)) is True
        assert discard_import(import_id, by(town)) is True, "it is gone already"
    assert (count(town, BacklogImport), count(town, Obstacle)) == (0, 1)


def test_after_thirty_days_an_import_is_forgotten_and_its_drafts_stay(town: Town) -> None:
    import_id = receive(town, lines(1))
    advance(town)
    accept(town, import_id)
    advance(town)
    with town.app.app_context():
        assert imports.forget_old_imports(NOW + timedelta(days=30)) == 0
        assert imports.forget_old_imports(NOW + timedelta(days=30, seconds=1)) == 1
    assert (count(town, BacklogImport), count(town, Obstacle)) == (0, 1)
