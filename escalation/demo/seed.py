"""Filling an empty installation with the demo: its people, then every story played through the services.

Everything happens in the order of its date, so that references, journal and messages are those that a year of
use would have left. The same seed and the same day give the same demo.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import func, select, update

from escalation.demo.acts import Beat, Stage, play_beat
from escalation.demo.cast import Cast
from escalation.demo.clockwork import Clockwork
from escalation.demo.pace import Diary
from escalation.demo.paths import Scene
from escalation.demo.residents import is_permitted, make_people
from escalation.demo.script import Story, read_players, read_stories
from escalation.domain.calendar import local_day, start_of_day
from escalation.domain.codes import MessageChannel
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.people.people import load_actor
from escalation.queries.places import get_place
from escalation.queries.settings import get_calendar
from escalation.queries.taxonomy import list_obstacle_types
from escalation.services.case.transitions import By
from escalation.services.journal import seal_journal
from escalation.services.transaction import transaction

Progress = Callable[[str, int, int], None]

NEWS = timedelta(days=4)


@dataclass(frozen=True)
class SeedReport:
    """How many rows there are now; ``refused`` when there were people already and nothing was done."""

    people: int
    obstacles: int
    events: int
    messages: int
    refused: bool = False


def seed_demo(*, today: date | None = None, seed: int = 20260923, progress: Progress | None = None) -> SeedReport:
    """Make the demo's people and play its stories up to the eve of ``today``; refuse where there are people already."""
    if db.session.scalars(select(Person.id).limit(1)).first() is not None:
        return _report(refused=True)
    today, tell = today or local_day(datetime.now(UTC)), progress or _tell_nobody
    players, stories = read_players(), read_stories()
    cast = Cast(players, get_place(stories[0].province_code).parent_code or "")
    ids = make_people(players, cast, today)
    tell("people", len(ids), len(ids))
    beats = _plan(stories, cast, Diary(get_calendar(), today), seed)
    stage = Stage(today, ids)
    clockwork = Clockwork(beats, today)
    for done, beat in enumerate(beats, 1):
        clockwork.run_until(beat.at, stage)
        actor = load_actor(ids[beat.part.player.email], local_day(beat.at))
        play_beat(beat, By(actor=actor, now=beat.at), stage)
        clockwork.note_played(beat)
        tell("cases", done, len(beats))
    clockwork.run_until(start_of_day(today), stage)
    seal_journal(start_of_day(today))
    _let_older_messages_be_read(today)
    return _report()


def _plan(stories: Sequence[Story], cast: Cast, diary: Diary, seed: int) -> list[Beat]:
    """Return the scenes of all stories in the order of their instants; each story draws from luck of its own."""
    first_desks = {kind.code: kind.first_desk for kind in list_obstacle_types()}
    beats: list[Beat] = []
    for story in stories:
        rng = Random(f"{seed}:{story.number}")  # noqa: S311 - to be repeated, not to be secret
        first_desk = first_desks[story.told["type"]]
        scenes = story.scenes(first_desk)
        instants = diary.moments(scenes, story.age_days, rng)
        permitted = is_permitted(local_day(instants[0]), diary.today)
        parts = cast.play(story, scenes, first_desk, rng, permitted=permitted)
        said = [story.said(scene, scenes[:place].count(scene)) for place, scene in enumerate(scenes)]
        beats += map(Beat, instants, [story] * len(scenes), scenes, said, parts)
    return sorted((beat for beat in beats if beat.scene is not Scene.SILENCE), key=lambda beat: beat.at)


def _let_older_messages_be_read(today: date) -> None:
    """Let everybody have seen in the app, on their own day, what is some days old."""
    old = (OutboxMessage.channel == MessageChannel.APP, OutboxMessage.event_at < start_of_day(today) - NEWS)
    with transaction() as session:
        session.execute(update(OutboxMessage).where(*old).values(read_at=OutboxMessage.event_at))


def _report(*, refused: bool = False) -> SeedReport:
    people, obstacles, events, messages = (
        db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Person, Obstacle, JournalEvent, OutboxMessage)
    )
    return SeedReport(people, obstacles, events, messages, refused)


def _tell_nobody(_label: str, _done: int, _total: int) -> None:
    """Stand for a caller who does not watch."""
