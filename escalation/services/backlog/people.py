"""Tables of people: each line invites somebody to an office, or gives it to who has an account."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Lane, Language, Office
from escalation.domain.errors import NotAllowed
from escalation.domain.people_table import Checked, check_line, disagreements
from escalation.models.imports import BacklogImport
from escalation.queries.people.people import load_actor
from escalation.queries.people.table import read_directory
from escalation.services.backlog.kinds import Kind, Outcome, as_faults
from escalation.services.backlog.tables import Line
from escalation.services.people.invitations import Invited, invite_within
from escalation.services.people.people import Term
from escalation.services.people.security import note_security


def check_lines(row: BacklogImport, lines: Sequence[Line], now: datetime) -> list[Outcome]:
    """Return for each line the invitation it makes, or what is wrong with it."""
    directory, today = read_directory(row.region_code, [line.cells for line in lines], now), local_day(now)
    checked = [(line.number, check_line(line.cells, directory, today)) for line in lines]
    return [as_faults(number, one.faults) if one.faults else _kept(number, one) for number, one in checked]


def check_whole(outcomes: list[Outcome]) -> list[Outcome]:
    """Return the outcomes, with what cannot stand beside an earlier line as a fault of the later one."""
    found = disagreements(outcome for outcome in outcomes if "faults" not in outcome)
    return [
        as_faults(outcome["line"], found[outcome["line"]]) if outcome["line"] in found else outcome
        for outcome in outcomes
    ]


def bring_in(session: Session, row: BacklogImport, now: datetime) -> list[Outcome]:
    """Invite everybody of a table in its sender's name; letters let everybody else's pass.

    Raises: NotAllowed when its sender administers the region no more; WrongField when something is no longer as it was.
    """
    actor = load_actor(row.person_id, local_day(now))
    if Office.ADMINISTRATOR not in actor.offices_at(row.region_code):
        raise NotAllowed("import")
    kind = SecurityEventKind.PEOPLE_IMPORTED
    note_security(session, kind, now=now, person_id=row.person_id, by_id=row.person_id, count=len(row.outcomes))
    return [_brought_in(session, outcome, row.person_id, now) for outcome in row.outcomes]


def _brought_in(session: Session, outcome: Outcome, by_id: int, now: datetime) -> Outcome:
    if outcome["is_done"]:
        return {"line": outcome["line"], "became": "there_already"}
    made = invite_within(session, _invited(outcome), by_id=by_id, now=now)
    became = "given" if made.mandate_id else "waits" if made.needs_approval else "invited"
    return {"line": outcome["line"], "became": became, "person": made.person_id}


def _invited(outcome: dict[str, Any]) -> Invited:
    ends_on = outcome.get("ends_on")
    term = Term(
        Office(outcome["office"]),
        outcome["place"],
        date.fromisoformat(outcome["starts_on"]),
        date.fromisoformat(ends_on) if ends_on else None,
    )
    return Invited(
        email=outcome["email"],
        name_ar=outcome.get("name_ar", ""),
        name_fr=outcome.get("name_fr", ""),
        phone=outcome.get("phone", ""),
        language=Language(outcome["language"]),
        term=term,
        lane=Lane.BULK,
    )


def _kept(number: int, checked: Checked) -> Outcome:
    answers = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in checked.answers.items()
        if name != "province"
    }
    return {"line": number, "is_known": checked.is_known, "is_done": checked.is_done, **answers}


PEOPLE = Kind(check_lines=check_lines, check_whole=check_whole, carry_out=bring_in)
