"""The cases of the demonstration as patterns, and copies of them: whole rows with other ids, dates, names and chains.

The patterns went the services' own road, so all their columns are right; here only what must differ is changed.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Table, select

from benchmarks.bulk import Cells
from benchmarks.patterns import Pattern
from escalation.domain.calendar import local_day
from escalation.domain.codes import MessageSource, MessageStatus
from escalation.domain.content import Content
from escalation.domain.journal import GENESIS, canonical_text, instant, link_hash, text_digest
from escalation.models.base import Base
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.obstacles import Approach, Obstacle, Pause, Referral, Statement
from escalation.models.outbox import OutboxMessage
from escalation.queries.case.obstacles import content_of

Rows = dict[Table, list[Cells]]

ANSWERS = "answers"
LEFT_AFTER = timedelta(seconds=2)


def table_of(model: type[Base]) -> Table:
    """Return the table of a model."""
    return Base.metadata.tables[model.__tablename__]


OBSTACLES, REFERRALS, PAUSES = table_of(Obstacle), table_of(Referral), table_of(Pause)
EVENTS, STATEMENTS, MESSAGES = table_of(JournalEvent), table_of(Statement), table_of(OutboxMessage)
APPROACHES, NOTES = table_of(Approach), table_of(Note)
PARTS = (REFERRALS, PAUSES, APPROACHES, EVENTS, STATEMENTS, NOTES, MESSAGES)
COPIED = (OBSTACLES, *PARTS)


@dataclass(frozen=True)
class Story:
    """One filed case with all its rows."""

    obstacle: Pattern
    parts: Mapping[Table, list[Pattern]]


@dataclass(frozen=True)
class Copy:
    """What is new in a copy of a story: its reference, its number, and how much earlier all of it happened."""

    reference: str
    number: int
    earlier: timedelta
    with_messages: bool


def read_stories(connection: Connection) -> list[Story]:
    """Return every filed case of a database whose facts nobody amended: a copy has one set of answers."""
    found = {table: connection.execute(select(table).order_by(table.c.id)).mappings().all() for table in COPIED}
    # A warning hangs on a row of the clock, which a copy has not.
    found[MESSAGES] = [row for row in found[MESSAGES] if row["source_kind"] != MessageSource.WARNING]
    stay_of = {row["id"]: row["obstacle_id"] for row in found[REFERRALS]}

    def parts_of(obstacle_id: int, table: Table) -> list[Pattern]:
        rows = found[table]
        owners = [stay_of[row["referral_id"]] if table is PAUSES else row["obstacle_id"] for row in rows]
        return [Pattern(dict(row)) for row, owner in zip(rows, owners, strict=True) if owner == obstacle_id]

    answered = Counter(row["obstacle_id"] for row in found[STATEMENTS] if row["kind"] == ANSWERS)
    return [
        Story(Pattern(dict(obstacle)), {table: parts_of(obstacle["id"], table) for table in PARTS})
        for obstacle in found[OBSTACLES]
        if answered[obstacle["id"]] == 1
    ]


def filed_year(story: Story, earlier: timedelta) -> int:
    """Return the year of a copy's reference."""
    return local_day(story.obstacle.cells["filed_at"] - earlier).year


def seal_text(seq: int, at: datetime, obstacles: Iterable[Cells]) -> str:
    """Return the text of a seal over the chains of these obstacles."""
    heads = [[row["id"], row["journal_seq"], row["journal_hash"]] for row in obstacles]
    return canonical_text({"seq": seq, "at": instant(at), "heads": heads})


class Copier:
    """Makes copies of stories with ids that follow those of the database."""

    def __init__(self, last_ids: Mapping[Table, int]) -> None:
        self._last_ids = dict(last_ids)

    def copy(self, story: Story, new: Copy) -> Rows:
        """Return the rows of a copy: the same events, earlier, in a valid chain of its own."""
        obstacle = self._again(OBSTACLES, story.obstacle, new)
        obstacle["reference"] = new.reference
        for name in ("title", "project_name"):
            obstacle[name] = f"{obstacle[name][:190]} ({new.number})"
        rows: Rows = {OBSTACLES: [obstacle]}
        for table in PARTS:
            patterns = story.parts[table] if table is not MESSAGES or new.with_messages else []
            rows[table] = [self._again(table, pattern, new) for pattern in patterns]
        _bind(rows, story)
        _send(rows[MESSAGES], story, obstacle, new)
        digest = _write_answers(rows[STATEMENTS], content_of(SimpleNamespace(**obstacle)))
        obstacle["journal_hash"] = _chain(rows[EVENTS], story, digest, new.earlier)
        obstacle["sealed_seq"] = obstacle["journal_seq"]
        return rows

    def _again(self, table: Table, pattern: Pattern, new: Copy) -> Cells:
        cells = pattern.earlier(new.earlier)
        self._last_ids[table] += 1
        cells["id"] = self._last_ids[table]
        return cells


def _bind(rows: Rows, story: Story) -> None:
    """Let the rows of a copy refer to each other, where those of its pattern did."""
    obstacle_id = rows[OBSTACLES][0]["id"]
    for table in (REFERRALS, APPROACHES, EVENTS, STATEMENTS, NOTES, MESSAGES):
        for row in rows[table]:
            row["obstacle_id"] = obstacle_id
    stays = _new_ids(rows, story, REFERRALS)
    for pause in rows[PAUSES]:
        pause["referral_id"] = stays[pause["referral_id"]]
    sources = {"event": _new_ids(rows, story, EVENTS), "note": _new_ids(rows, story, NOTES)}
    for message in rows[MESSAGES]:
        message["source_id"] = sources[message["source_kind"]][message["source_id"]]


def _new_ids(rows: Rows, story: Story, table: Table) -> dict[int, int]:
    pairs = zip(story.parts[table], rows[table], strict=True)
    return {pattern.cells["id"]: row["id"] for pattern, row in pairs}


def _send(messages: list[Cells], story: Story, obstacle: Cells, new: Copy) -> None:
    """Let the messages tell of this copy, and have left."""
    for message, pattern in zip(messages, story.parts[MESSAGES], strict=False):
        facts = pattern.inner("facts").earlier(new.earlier)
        facts["reference"], facts["project"] = new.reference, obstacle["project_name"]
        message["facts"], message["message_id"] = facts, f"<ntf.{message['id']}@copies.test>"
        message["status"], message["attempts"] = MessageStatus.SENT, 1
        message["sent_at"] = message["event_at"] + LEFT_AFTER


def _write_answers(statements: list[Cells], content: Content) -> str:
    """Write what the copy's commune said in place of the pattern's; return the digest that its event holds."""
    [answers] = [row for row in statements if row["kind"] == ANSWERS]
    answers["text"] = content.canonical()
    return text_digest(answers["salt"], answers["text"])


def _chain(events: list[Cells], story: Story, answers_digest: str, by: timedelta) -> str:
    """Link the events of a copy to each other; return the hash of the last."""
    previous = GENESIS
    for event, pattern in zip(events, story.parts[EVENTS], strict=True):
        facts: dict[str, Any] = json.loads(event["canonical"])
        facts["obstacle"], facts["at"] = event["obstacle_id"], instant(event["occurred_at"])
        facts["codes"] = pattern.inner("canonical", "codes").earlier(by)
        if ANSWERS in facts["texts"]:
            facts["texts"][ANSWERS] = answers_digest
        event["canonical"], event["previous_hash"] = canonical_text(facts), previous
        event["hash"] = previous = link_hash(previous, event["canonical"])
    return previous
