"""The path of an obstacle through the services, on both databases: each move whole, once, by who may."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from escalation.domain.codes import Action, Cause, ConfirmedBy, Event, Level, Office, Outcome, PauseReason, Status
from escalation.domain.errors import (
    AlreadySubmitted,
    MissingInput,
    NotAllowed,
    NotFound,
    StaleObstacle,
    TransitionNotAllowed,
)
from escalation.domain.policy import CLOCK
from escalation.extensions import db
from escalation.models.base import FAR
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Pause, Referral, Statement, Submission
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate
from escalation.queries.journal import verify_journal
from escalation.services.case import moves
from escalation.services.case.transitions import By, Given, make_move
from tests.factories import (
    COMMUNE,
    PROVINCE,
    REGION,
    SINCE,
    Filed,
    Inhabitant,
    Town,
    actor_of,
    end_mandates,
    file_obstacle,
    move,
    obstacle_row,
)

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
TABLES = (Obstacle, Referral, Pause, Statement, Submission, JournalEvent, OutboxMessage)


def day(days: int) -> datetime:
    """Return nine o'clock, so many days after the first Monday."""
    return MONDAY + timedelta(days=days)


def by(town: Town, person: Inhabitant, now: datetime = MONDAY, **more: Any) -> By:
    """Return who acts and when."""
    return By(actor=actor_of(town.app, person, now), now=now, **more)


def told(app: Flask, obstacle: Filed, event: Event) -> set[tuple[int, str]]:
    """Return who is told of the last such event, and as what."""
    with app.app_context():
        last = select(func.max(JournalEvent.seq)).where(
            JournalEvent.obstacle_id == obstacle.id, JournalEvent.event == event
        )
        rows = select(OutboxMessage.recipient_id, OutboxMessage.audience).where(
            OutboxMessage.obstacle_id == obstacle.id, OutboxMessage.order_seq == last.scalar_subquery()
        )
        return {(recipient, audience.value) for recipient, audience in db.session.execute(rows)}


def events(app: Flask, obstacle: Filed) -> list[Event]:
    """Return the events of an obstacle, in order."""
    with app.app_context():
        query = select(JournalEvent.event).where(JournalEvent.obstacle_id == obstacle.id).order_by(JournalEvent.seq)
        return list(db.session.scalars(query))


def stays(app: Flask, obstacle: Filed) -> list[tuple[str, Event, Cause | None, Event | None]]:
    """Return the stays of an obstacle at desks."""
    with app.app_context():
        rows = db.session.scalars(select(Referral).where(Referral.obstacle_id == obstacle.id).order_by(Referral.seq))
        return [(row.desk_code, row.opened_by, row.cause, row.closed_by) for row in rows]


def counts(app: Flask) -> dict[str, int]:
    """Return how many rows each table of the path holds."""
    with app.app_context():
        return {
            model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in TABLES
        }


def shown(app: Flask, obstacle: Filed) -> tuple[Status, Level, str, int]:
    """Return where an obstacle stands, and its version."""
    row = obstacle_row(app, obstacle)
    return row["status"], row["level"], row["desk_code"], row["version"]


def test_the_whole_path(town: Town) -> None:
    app, who = town.app, town
    filed = file_obstacle(app, who.president, now=day(0))
    assert shown(app, filed) == (Status.FILED, Level.PROVINCE, PROVINCE, 2)
    assert obstacle_row(app, filed)["due_at"].date() == date(2026, 10, 26)
    receipt = {(who.president.id, "commune"), (who.reviewer.id, "desk"), (who.coordinator.id, "desk")}
    assert told(app, filed, Event.OBSTACLE_FILED) == receipt

    move(app, moves.claim, filed, who.reviewer, now=day(1))
    assert shown(app, filed) == (Status.IN_REVIEW, Level.PROVINCE, PROVINCE, 3)
    assert obstacle_row(app, filed)["assignee_id"] == who.reviewer.id
    assert told(app, filed, Event.OBSTACLE_CLAIMED) == {(who.president.id, "commune")}

    move(app, moves.request_information, filed, who.reviewer, now=day(2), question="أين العقد؟")
    row = obstacle_row(app, filed)
    assert (row["status"], row["due_at"], row["answer_by"]) == (
        Status.INFORMATION_REQUESTED,
        FAR,
        date(2026, 10, 21),
    )
    assert told(app, filed, Event.INFORMATION_REQUESTED) == {(who.president.id, "commune")}

    move(app, moves.answer, filed, who.president, now=day(4), answer="في المرفق")
    row = obstacle_row(app, filed)
    assert (row["status"], row["answer_by"]) == (Status.IN_REVIEW, None)
    assert row["due_at"].date() == date(2026, 10, 28), "two working days of waiting are given back"
    assert told(app, filed, Event.INFORMATION_PROVIDED) == {(who.reviewer.id, "assignee")}

    move(app, moves.escalate, filed, who.reviewer, now=day(7), reason="يتجاوز الإقليم")
    assert shown(app, filed) == (Status.FILED, Level.REGION, REGION, 6)
    assert obstacle_row(app, filed)["assignee_id"] is None
    assert told(app, filed, Event.OBSTACLE_ESCALATED) == {
        (who.president.id, "commune"),
        (who.member.id, "desk"),
        (who.chair.id, "desk"),
        (who.coordinator.id, "passed"),
    }

    move(app, moves.claim, filed, who.member, now=day(8))
    move(app, moves.resolve, filed, who.member, now=day(9), outcome=Outcome.REMOVED, resolution="وقع الشريك")
    row = obstacle_row(app, filed)
    assert (row["status"], row["confirm_by"], row["due_at"]) == (Status.RESOLVED, date(2026, 10, 28), FAR)
    assert told(app, filed, Event.OBSTACLE_RESOLVED) == {(who.president.id, "commune"), (who.coordinator.id, "passed")}

    move(app, moves.confirm, filed, who.president, now=day(10))
    row = obstacle_row(app, filed)
    assert (row["status"], row["confirmed_by"], row["ended_at"]) == (Status.CLOSED, ConfirmedBy.COMMUNE, day(10))
    assert told(app, filed, Event.OBSTACLE_CLOSED) == {(who.member.id, "assignee"), (who.coordinator.id, "passed")}

    assert stays(app, filed) == [
        (PROVINCE, Event.OBSTACLE_FILED, None, Event.OBSTACLE_ESCALATED),
        (REGION, Event.OBSTACLE_ESCALATED, Cause.DECISION, Event.OBSTACLE_CLOSED),
    ]
    assert len(events(app, filed)) == 8
    with app.app_context():
        pauses = db.session.execute(select(Pause.reason, Pause.started_at, Pause.ended_at).order_by(Pause.id)).all()
        assert verify_journal().broken is None
    assert pauses == [(PauseReason.COMMUNE, day(2), day(4)), (PauseReason.COMMUNE, day(9), day(10))]


def test_a_stale_page_is_told_so_and_nothing_is_written(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.claim, filed, town.reviewer, now=MONDAY)
    before, row = counts(town.app), obstacle_row(town.app, filed)
    with town.app.app_context(), pytest.raises(StaleObstacle) as stale:
        moves.escalate(filed.id, by(town, town.coordinator, seen_version=filed.version), reason="سبب")
    assert (stale.value.seen_version, stale.value.version) == (2, 3)
    assert counts(town.app) == before
    assert obstacle_row(town.app, filed) == row


@pytest.mark.parametrize(
    ("person", "refusal"),
    [
        ("president", NotAllowed),
        ("provincial", NotAllowed),
        ("secretary", NotAllowed),
        ("president2", NotFound),
        ("president3", NotFound),
        ("reviewer3", NotFound),
        ("member", NotFound),
        ("chair", NotFound),
        ("stranger", NotFound),
        ("staff", NotFound),
        ("parliament", NotFound),
        ("admin", NotFound),
        ("nobody", NotFound),
    ],
)
def test_who_may_not_claim_is_refused_and_nothing_is_written(town: Town, person: str, refusal: type[Exception]) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    before = counts(town.app)
    with town.app.app_context(), pytest.raises(refusal):
        moves.claim(filed.id, by(town, getattr(town, person)))
    assert counts(town.app) == before


def test_what_the_move_needs_and_lacks_is_named(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.claim, filed, town.reviewer, now=MONDAY)
    before = counts(town.app)
    with town.app.app_context():
        with pytest.raises(MissingInput) as missing:
            moves.escalate(filed.id, by(town, town.reviewer), reason="")
        assert missing.value.fields == ("reason",)
        with pytest.raises(MissingInput) as missing:
            moves.resolve(filed.id, by(town, town.reviewer), outcome=Outcome.COMMITMENT, resolution="وعد")
        assert missing.value.fields == ("commitment_who", "commitment_what", "commitment_by")
        with pytest.raises(TransitionNotAllowed):
            moves.confirm(filed.id, by(town, town.president))
    assert counts(town.app) == before


def test_the_same_form_sent_twice_acts_once(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    with town.app.app_context():
        first = moves.claim(filed.id, by(town, town.reviewer, key="k1", seen_version=2)).version
        after = counts(town.app)
        again = moves.claim(filed.id, by(town, town.reviewer, key="k1", seen_version=2)).version
    assert first == again == 3
    assert counts(town.app) == after


def test_the_same_key_with_another_body_is_refused_and_another_persons_key_is_theirs(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    with town.app.app_context():
        moves.claim(filed.id, by(town, town.reviewer, key="k1"))
        moves.escalate(filed.id, by(town, town.coordinator, key="k1"), reason="سبب")
        after = counts(town.app)
        with pytest.raises(AlreadySubmitted):
            moves.escalate(filed.id, by(town, town.coordinator, key="k1"), reason="سبب آخر")
        with pytest.raises(AlreadySubmitted):
            moves.withdraw(filed.id, by(town, town.coordinator, key="k1"), reason="سبب")
    assert counts(town.app) == after


def test_withdrawing_ends_the_stay_and_tells_who_has_it(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.claim, filed, town.reviewer, now=day(1))
    move(town.app, moves.withdraw, filed, town.president, now=day(2), reason="حل بالتراضي")
    assert shown(town.app, filed)[:2] == (Status.WITHDRAWN, Level.PROVINCE)
    assert told(town.app, filed, Event.OBSTACLE_WITHDRAWN) == {(town.reviewer.id, "assignee")}
    assert stays(town.app, filed)[-1][3] is Event.OBSTACLE_WITHDRAWN


def test_the_next_takes_over_when_the_assignees_mandate_has_ended(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.claim, filed, town.reviewer, now=MONDAY)
    with town.app.app_context(), pytest.raises(TransitionNotAllowed, match="already_claimed"):
        moves.claim(filed.id, by(town, town.coordinator))
    end_mandates(town.app, town.reviewer, MONDAY.date())
    move(town.app, moves.claim, filed, town.coordinator, now=day(1))
    assert obstacle_row(town.app, filed)["assignee_id"] == town.coordinator.id
    with town.app.app_context(), pytest.raises(NotFound):
        moves.escalate(filed.id, by(town, town.reviewer, now=day(1)), reason="سبب")


def test_who_is_recused_gets_no_mail_and_may_not_claim(town: Town) -> None:
    with town.app.app_context():
        office = Mandate(
            person_id=town.reviewer.id,
            office=Office.COMMUNE_DELEGATE,
            place_code=COMMUNE,
            starts_on=SINCE,
            created_at=MONDAY,
        )
        db.session.add(office)
        db.session.commit()
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    assert town.reviewer.id not in {person for person, _ in told(town.app, filed, Event.OBSTACLE_FILED)}
    with town.app.app_context(), pytest.raises(NotAllowed) as refused:
        moves.claim(filed.id, by(town, town.reviewer))
    assert refused.value.reason == "recused"
    move(town.app, moves.claim, filed, town.coordinator, now=MONDAY)


def test_an_empty_province_desk_is_passed_by(town: Town) -> None:
    for person in (town.reviewer, town.coordinator):
        end_mandates(town.app, person, MONDAY.date() - timedelta(days=1))
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    assert shown(town.app, filed)[:3] == (Status.FILED, Level.REGION, REGION)
    people = {town.president.id: "commune", town.member.id: "desk", town.chair.id: "desk"}
    assert told(town.app, filed, Event.OBSTACLE_FILED) == set(people.items())
    with town.app.app_context():
        canonical = db.session.scalars(select(JournalEvent.canonical)).one()
    assert '"passes_empty_desk":true' in canonical


def test_where_nobody_is_anywhere_the_regional_secretary_is_alarmed(town: Town) -> None:
    for person in (town.reviewer, town.coordinator, town.member, town.chair):
        end_mandates(town.app, person, MONDAY.date() - timedelta(days=1))
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    assert shown(town.app, filed)[:3] == (Status.FILED, Level.REGION, REGION)
    alarmed = {(town.president.id, "commune"), (town.secretary.id, "secretary")}
    assert told(town.app, filed, Event.OBSTACLE_FILED) == alarmed


def test_the_regional_secretary_moves_a_case_off_a_desk_that_emptied(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    with town.app.app_context(), pytest.raises(NotAllowed):
        moves.escalate(filed.id, by(town, town.secretary), reason="سبب")
    for person in (town.reviewer, town.coordinator):
        end_mandates(town.app, person, MONDAY.date())
    move(town.app, moves.escalate, filed, town.secretary, now=day(1), reason="لا أحد هناك")
    assert shown(town.app, filed)[:3] == (Status.FILED, Level.REGION, REGION)


@pytest.mark.parametrize(
    ("commitment_by", "too_early", "in_time"),
    [(None, day(14), day(15)), (date(2026, 12, 1), day(57), day(58))],
)
def test_silence_confirms_in_its_time_and_not_before(
    town: Town, commitment_by: date | None, too_early: datetime, in_time: datetime
) -> None:
    filed = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.claim, filed, town.reviewer, now=day(0))
    promise: dict[str, Any] = {"outcome": Outcome.REMOVED}
    if commitment_by:
        words = {"commitment_who": "العمالة", "commitment_what": "التوقيع", "commitment_by": commitment_by}
        promise = {"outcome": Outcome.COMMITMENT, **words}
    move(town.app, moves.resolve, filed, town.reviewer, now=day(0), resolution="تم", **promise)
    before = counts(town.app)
    with town.app.app_context():
        with pytest.raises(NotAllowed):
            moves.confirm(filed.id, By(actor=CLOCK, now=too_early))
        assert counts(town.app) == before
        moves.confirm(filed.id, By(actor=CLOCK, now=in_time))
    assert obstacle_row(town.app, filed)["confirmed_by"] is ConfirmedBy.SILENCE


def test_an_appeal_has_working_days(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.claim, filed, town.coordinator, now=day(0))
    texts, codes = {"reason": "خارج الاختصاص"}, {"ground": "outside_scope"}
    with town.app.app_context():
        declined = by(town, town.coordinator, now=day(0))
        make_move(Action.DECLINE, filed.id, declined, Given(texts, codes))
        late = by(town, town.president, now=day(44))
        with pytest.raises(TransitionNotAllowed, match="too_late"):
            make_move(Action.APPEAL, filed.id, late, Given(texts))
        in_time = by(town, town.president, now=day(43))
        make_move(Action.APPEAL, filed.id, in_time, Given(texts))
    assert shown(town.app, filed)[:3] == (Status.FILED, Level.REGION, REGION)
