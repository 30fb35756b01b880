"""Playing one scene: the service that somebody would have called from their page, with what the story says."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from escalation.demo.script import Player, Scene, Story
from escalation.domain.calendar import local_day
from escalation.domain.codes import Outcome
from escalation.extensions import db
from escalation.labels import name_of
from escalation.models.taxonomy import Body
from escalation.services import filing, moves
from escalation.services.transitions import By


@dataclass(frozen=True)
class Beat:
    """One scene of a story at its instant, by the one who plays it."""

    at: datetime
    story: Story
    scene: Scene
    player: Player


def play_beat(beat: Beat, by: By, obstacle_ids: dict[int, int]) -> None:
    """Do what a scene says; a story's first scene notes the id of its obstacle under the story's number."""
    story = beat.story
    if beat.scene in (Scene.DRAFT, Scene.FILE):
        write_down = filing.file_obstacle if beat.scene is Scene.FILE else filing.save_draft
        obstacle_ids[story.number] = write_down(story.commune_code, story.content(local_day(by.now)), by).id
        return
    _move(beat, obstacle_ids[story.number], by)


def _move(beat: Beat, obstacle_id: int, by: By) -> None:
    texts = beat.story.texts
    match beat.scene:
        case Scene.CLAIM:
            moves.claim(obstacle_id, by)
        case Scene.ASK:
            moves.request_information(obstacle_id, by, question=texts["question"])
        case Scene.ANSWER:
            moves.answer(obstacle_id, by, answer=texts["answer"])
        case Scene.ESCALATE:
            moves.escalate(obstacle_id, by, reason=texts["escalate"])
        case Scene.RESOLVE:
            resolution, remaining, outcome = texts["resolution"], texts["remaining"], Outcome(texts["outcome"])
            promise = _promise(beat.story, local_day(by.now)) if outcome is Outcome.COMMITMENT else {}
            moves.resolve(obstacle_id, by, outcome=outcome, resolution=resolution, remaining=remaining, **promise)
        case Scene.CONFIRM:
            moves.confirm(obstacle_id, by)
        case Scene.WITHDRAW:
            moves.withdraw(obstacle_id, by, reason=texts["withdraw"])


def _promise(story: Story, resolved_on: date) -> dict[str, Any]:
    texts = story.texts
    return {
        "commitment_who": name_of(db.session.get_one(Body, texts["commitment_who"]), story.language),
        "commitment_what": texts["commitment_what"],
        "commitment_by": resolved_on + timedelta(days=texts["commitment_days"]),
    }
