"""Tables of obstacles: each line becomes a draft of a commune."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.domain.backlog import Checked, check_line
from escalation.domain.calendar import local_day
from escalation.domain.codes import Channel, Urgency
from escalation.domain.content import Content
from escalation.models.imports import BacklogImport
from escalation.queries.imports import read_directory
from escalation.queries.people.people import load_actor
from escalation.queries.places import get_places
from escalation.services.backlog.kinds import Kind, Outcome, as_faults
from escalation.services.backlog.tables import Line
from escalation.services.case.filing import Sent, add_draft
from escalation.services.case.submissions import content_digest, keep_submission
from escalation.services.case.transitions import By


def check_lines(row: BacklogImport, lines: Sequence[Line], now: datetime) -> list[Outcome]:
    """Return for each line the draft it makes, or what is wrong with it."""
    directory, today = read_directory(row.region_code), local_day(now)
    checked = [(line.number, check_line(line.cells, directory, today)) for line in lines]
    return [as_faults(number, one.faults) if one.faults else _kept(number, one) for number, one in checked]


def make_drafts(session: Session, row: BacklogImport, now: datetime) -> list[Outcome]:
    """Make a draft of every line. Raises: NotAllowed when its sender serves in the region no more."""
    by = By(actor=load_actor(row.person_id, local_day(now)), now=now)
    communes = get_places({outcome["commune"] for outcome in row.outcomes})
    made = []
    digest = content_digest({"table": row.id})
    for number, outcome in enumerate(row.outcomes):
        draft = add_draft(session, communes[outcome["commune"]], _sent(outcome), by)
        key = f"table-{row.id}/{number}"
        keep_submission(session, row.person_id, key, digest, obstacle_id=draft.id, now=now)
        made.append({"line": outcome["line"], "draft": draft.id})
    return made


def _kept(number: int, checked: Checked) -> Outcome:
    content = json.loads(checked.content.canonical())
    answers = {name: value for name, value in content.items() if value}
    return {"line": number, "commune": checked.commune_code, "channel": checked.channel, "answers": answers}


def _sent(outcome: dict[str, Any]) -> Sent:
    answers = dict(outcome["answers"])
    for name in ("blocked_since", "needed_by"):
        if name in answers:
            answers[name] = date.fromisoformat(answers[name])
    answers["asked_of"] = tuple(answers.get("asked_of", ()))
    answers["urgency"] = Urgency(answers.get("urgency", Urgency.NORMAL))
    channel = Channel(outcome["channel"]) if outcome["channel"] else None
    return Sent(outcome["commune"], Content(**answers), channel)


OBSTACLES = Kind(check_lines=check_lines, check_whole=list, carry_out=make_drafts)
