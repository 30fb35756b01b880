"""Playing one scene: the service that somebody would have called from their page, with what the story says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from escalation.demo.cast import Part
from escalation.demo.pace import next_session
from escalation.demo.papers import choose_papers
from escalation.demo.paths import Scene
from escalation.demo.script import Story
from escalation.domain.calendar import local_day
from escalation.domain.codes import Channel, Ground, Level, Outcome
from escalation.extensions import db
from escalation.labels import name_of
from escalation.models.obstacles import Obstacle
from escalation.models.taxonomy import Body
from escalation.queries.case.obstacles import content_of
from escalation.queries.settings import get_calendar, get_settings
from escalation.services.case import filing, moves, notes, remarks
from escalation.services.case.transitions import By


@dataclass(frozen=True)
class Beat:
    """One scene of a story at its instant, with what is said in it, by the one who plays it."""

    at: datetime
    story: Story
    scene: Scene
    said: Any
    part: Part


@dataclass(frozen=True)
class Stage:
    """What the scenes share: the day of the demo, the ids of its people, and of its obstacles by their story."""

    today: date
    person_ids: Mapping[str, int]
    obstacle_ids: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A scene that is being played on an obstacle that is there."""

    obstacle_id: int
    by: By
    beat: Beat
    stage: Stage

    @property
    def day(self) -> date:
        """Return the Moroccan day of the scene."""
        return local_day(self.by.now)

    @property
    def colleague_id(self) -> int | None:
        """Return the id of the colleague to whom the player turns."""
        colleague = self.beat.part.colleague
        return self.stage.person_ids[colleague.email] if colleague else None


def play_beat(beat: Beat, by: By, stage: Stage) -> None:
    """Do what a scene says; a story's first scene notes the id of its obstacle under the story's number."""
    if beat.scene in OPENINGS:
        stage.obstacle_ids[beat.story.number] = _write_down(beat, by).id
        return
    turn = Turn(stage.obstacle_ids[beat.story.number], by, beat, stage)
    if beat.scene in BARE:
        BARE[beat.scene](turn.obstacle_id, by)
    elif beat.scene in SPOKEN:
        act, name = SPOKEN[beat.scene]
        act(turn.obstacle_id, by, **{name: beat.said or ""})
    else:
        DETAILED[beat.scene](turn)


def _write_down(beat: Beat, by: By) -> Obstacle:
    story = beat.story
    write_down = filing.save_draft if beat.scene is Scene.DRAFT else filing.file_obstacle
    channel = Channel(beat.said) if beat.scene is Scene.FILE_ON_BEHALF else None
    form_path = choose_papers(story.number, story.language, story.commune_code, by)
    content = story.content(local_day(by.now))
    return write_down(story.commune_code, content, replace(by, form_path=form_path), channel=channel)


def _assign(turn: Turn) -> None:
    moves.assign(turn.obstacle_id, turn.by, assignee=turn.colleague_id or 0)


def _refer_out(turn: Turn) -> None:
    """Ask somebody outside: a body for a day, a council for its next session, both within the time that is allowed."""
    said, calendar = turn.beat.said, get_calendar()
    body, session = said.get("body"), Level(said["session"]) if "session" in said else None
    furthest = calendar.add_working_days(turn.day, get_settings(turn.day).outside_wait_days)
    if session is None:
        expected_on = calendar.add_working_days(turn.day, said["expected_days"])
    else:
        expected_on = min(furthest, next_session(session, turn.stage.today))
    moves.refer_out(
        turn.obstacle_id, turn.by, expected_on=expected_on, reason=said["reason"], body=body, session=session
    )


def _reply(turn: Turn) -> None:
    moves.record_reply(turn.obstacle_id, turn.by, **turn.beat.said)


def _transfer(turn: Turn) -> None:
    moves.transfer(turn.obstacle_id, turn.by, **turn.beat.said)


def _resolve(turn: Turn) -> None:
    texts = turn.beat.story.texts
    outcome = Outcome(texts["outcome"])
    promise = _promise(turn.beat.story, turn.day) if outcome is Outcome.COMMITMENT else {}
    moves.resolve(
        turn.obstacle_id,
        turn.by,
        outcome=outcome,
        resolution=texts["resolution"],
        remaining=texts["remaining"],
        evidence=texts.get("evidence", ""),
        **promise,
    )


def _promise(story: Story, resolved_on: date) -> dict[str, Any]:
    texts = story.texts
    return {
        "commitment_who": name_of(db.session.get_one(Body, texts["commitment_who"]), story.language),
        "commitment_what": texts["commitment_what"],
        "commitment_by": resolved_on + timedelta(days=texts["commitment_days"]),
    }


def _decline(turn: Turn) -> None:
    """Decline a case; one filed twice is told by the type of the same commune's earlier one."""
    said = turn.beat.said | {"ground": Ground(turn.beat.said["ground"])}
    if "duplicate_of" in said:
        told_before = (
            Obstacle.commune_code == turn.beat.story.commune_code,
            Obstacle.obstacle_type == said["duplicate_of"],
            Obstacle.id < turn.obstacle_id,
        )
        said["duplicate_of"] = db.session.scalars(select(Obstacle.reference).where(*told_before)).one()
    moves.decline(turn.obstacle_id, turn.by, **said)


def _amend(turn: Turn) -> None:
    content = content_of(db.session.get_one(Obstacle, turn.obstacle_id))
    remarks.amend(turn.obstacle_id, turn.by, content=replace(content, **turn.beat.said))


def _note(turn: Turn) -> None:
    mentions = [turn.colleague_id] if turn.colleague_id else []
    notes.add_note(turn.obstacle_id, turn.by, note=turn.beat.said, mentions=mentions)


def _contact(turn: Turn) -> None:
    said = turn.beat.said
    notes.record_contact(turn.obstacle_id, turn.by, **{**said, "channel": Channel(said["channel"])})


S = Scene
OPENINGS = frozenset({S.DRAFT, S.FILE, S.FILE_ON_BEHALF})

BARE: Mapping[Scene, Callable[[int, By], Obstacle]] = {
    S.CLAIM: moves.claim,
    S.RELEASE: moves.release,
    S.ESCALATE_LATE: moves.escalate_overdue,
    S.CONFIRM_FILING: remarks.confirm_filing,
}
"""Scenes of which there is nothing to say."""

SPOKEN: Mapping[Scene, tuple[Callable[..., Obstacle], str]] = {
    S.ASK: (moves.request_information, "question"),
    S.ANSWER: (moves.answer, "answer"),
    S.RESUME: (moves.resume, "reason"),
    S.ESCALATE: (moves.escalate, "reason"),
    S.SEND_BACK: (moves.send_back, "reason"),
    S.CONFIRM: (moves.confirm, "evidence"),
    S.CONTEST: (moves.contest, "reason"),
    S.APPEAL: (moves.appeal, "reason"),
    S.WITHDRAW: (moves.withdraw, "reason"),
    S.REOPEN: (moves.reopen, "reason"),
    S.COMMENT_OF_COMMUNE: (remarks.add_comment, "comment"),
    S.COMMENT_OF_DESK: (remarks.add_comment, "comment"),
}
"""Scenes of one text, and what the service calls it."""

DETAILED: Mapping[Scene, Callable[[Turn], None]] = {
    S.ASSIGN: _assign,
    S.REFER_OUT: _refer_out,
    S.REPLY: _reply,
    S.TRANSFER: _transfer,
    S.RESOLVE: _resolve,
    S.DECLINE: _decline,
    S.AMEND: _amend,
    S.NOTE: _note,
    S.CONTACT: _contact,
}
