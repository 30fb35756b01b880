"""Changing the table of competence: from a day to come, by name, its history kept; open cases stay where they are."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Competent, Level, RulingState
from escalation.domain.competence import Competence, Said
from escalation.domain.errors import NotFound
from escalation.models.competence import CompetenceRule, Ruling
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType, RoutingReason
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

LAW_CHARS = 200
CERTAINTIES = ("A", "B", "C")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What shall hold for a type in a place from a day on; without a first desk, what the wider place says."""

    obstacle_type: str
    place_code: str
    effective_on: date
    first_desk: Level | None
    competent: Competent | None = None
    reason: str | None = None
    law: str = ""
    certainty: str = ""

    def said(self) -> Said:
        """Return the row as the domain reads it."""
        if self.first_desk is None or self.competent is None or self.reason is None:
            return Said(self.place_code, self.effective_on, None)
        found = Competence(
            self.first_desk, self.competent, self.reason, self.law, self.certainty, place_code=self.place_code
        )
        return Said(self.place_code, self.effective_on, found)


def set_rule(rule: Rule, by: Administrator, ruling_id: int | None = None) -> int:
    """Write a row of the table, and close the ruling that proposed it; return the row's id.

    What was decided for that very place and day before is replaced.
    Raises: WrongField.
    """
    with transaction() as session:
        check_rule(session, rule, by)
        key = (
            CompetenceRule.obstacle_type == rule.obstacle_type,
            CompetenceRule.place_code == rule.place_code,
            CompetenceRule.effective_on == rule.effective_on,
        )
        row = session.scalar(select(CompetenceRule).where(*key).with_for_update())
        if row is None:
            row = CompetenceRule(
                obstacle_type=rule.obstacle_type, place_code=rule.place_code, effective_on=rule.effective_on
            )
            session.add(row)
        _write(row, rule, by.person_id, by.now)
        session.flush()
        _close_ruling(session, ruling_id, by, RulingState.ADOPTED, rule.obstacle_type)
        note_security(
            session,
            SecurityEventKind.COMPETENCE_CHANGED,
            now=by.now,
            person_id=by.person_id,
            by_id=by.person_id,
            type=rule.obstacle_type,
            place=rule.place_code,
            rule=row.id,
        )
        return row.id


def set_aside(ruling_id: int, by: Administrator) -> bool:
    """Leave the table as it is although a ruling proposes another; False when it waits no more. Raises: NotFound."""
    with transaction() as session:
        ruling = session.get(Ruling, ruling_id)
        if ruling is None or ruling.region_code not in by.regions:
            raise NotFound("ruling")
        return _close_ruling(session, ruling_id, by, RulingState.SET_ASIDE)


def check_rule(session: Session, rule: Rule, by: Administrator) -> None:
    """Let a row pass that the table may hold. Raises: WrongField."""
    place = session.get(Place, rule.place_code)
    if place is None or place.level is Level.COMMUNE or place.region_code not in by.regions:
        raise WrongField("place", "unknown")
    if session.get(ObstacleType, rule.obstacle_type) is None:
        raise WrongField("obstacle_type", "unknown")
    if rule.effective_on <= local_day(by.now):
        raise WrongField("effective_on", "not_tomorrow")
    if rule.first_desk is None:
        return
    if rule.first_desk is Level.COMMUNE:
        raise WrongField("first_desk", "missing")
    if rule.competent is None:
        raise WrongField("competent", "missing")
    if rule.reason is None or session.get(RoutingReason, rule.reason) is None:
        raise WrongField("reason", "missing")
    if rule.law and (rule.certainty not in CERTAINTIES):
        raise WrongField("certainty", "missing")


def _write(row: CompetenceRule, rule: Rule, person_id: int, now: datetime) -> None:
    says = rule.first_desk is not None
    row.first_desk = rule.first_desk
    row.competent = rule.competent if says else None
    row.reason = rule.reason if says else None
    row.law = rule.law if says else ""
    row.certainty = rule.certainty if says and rule.law else ""
    row.set_by_id, row.created_at = person_id, now


def _close_ruling(
    session: Session, ruling_id: int | None, by: Administrator, state: RulingState, obstacle_type: str | None = None
) -> bool:
    ruling = session.get(Ruling, ruling_id, with_for_update=True) if ruling_id is not None else None
    if ruling is None or ruling.state is not RulingState.PROPOSED or ruling.region_code not in by.regions:
        return False
    if obstacle_type is not None and ruling.obstacle_type != obstacle_type:
        return False
    ruling.state = state
    return True
