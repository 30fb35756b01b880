"""Reading what one person writes for another: drafts prepared for who may file, cases filed in a president's name."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select

from escalation.domain.codes import COMMUNE_OFFICES, OPEN, Channel, Office, Status
from escalation.domain.policy import Actor, may_file
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.people import Person
from escalation.queries.case.obstacles import visible_to
from escalation.queries.lists.case_rows import Page, list_by_age, list_by_change
from escalation.queries.lists.territory import places_of

UNCONFIRMED = and_(Obstacle.status.in_(OPEN), Obstacle.channel != Channel.WEB, Obstacle.filing_confirmed_at.is_(None))


def list_prepared_for(actor: Actor, limit: int) -> Page:
    """Return the first drafts that others prepared and this actor may file in the name of their communes."""
    communes = [code for code in places_of(actor, COMMUNE_OFFICES) if may_file(actor, code)]
    return list_by_change(and_(_drafts_of(communes), Obstacle.author_id != actor.person_id), limit=limit)


def list_begun(actor: Actor, limit: int) -> Page:
    """Return the first drafts that an actor wrote, or may only go on with in their communes."""
    communes = [code for code in places_of(actor, COMMUNE_OFFICES) if not may_file(actor, code)]
    written = and_(Obstacle.author_id == actor.person_id, Obstacle.status == Status.DRAFT, _writes_there(actor))
    return list_by_change(written | _drafts_of(communes), limit=limit)


def list_to_confirm(actor: Actor, limit: int) -> Page:
    """Return the first open cases that were filed in the name of communes for which an actor may answer."""
    communes = [code for code in places_of(actor, COMMUNE_OFFICES) if may_file(actor, code)]
    return list_by_change(and_(UNCONFIRMED, Obstacle.commune_code.in_(communes)), limit=limit)


def list_filed_for_others(actor: Actor, limit: int) -> Page:
    """Return the first open cases that an actor filed as staff and that wait for their presidents' word."""
    regions = places_of(actor, {Office.SECRETARIAT_STAFF})
    mine = and_(Obstacle.author_id == actor.person_id, Obstacle.region_code.in_(regions))
    return list_by_change(and_(UNCONFIRMED, mine), limit=limit)


def list_mine(actor: Actor, obstacle_ids: Collection[int]) -> Page:
    """Return those of some obstacles that an actor may see, the first written first; one page of them at most."""
    page = list_by_age(and_(visible_to(actor), Obstacle.id.in_(obstacle_ids)))
    return Page(page.rows[::-1], page.next)


def list_authors(obstacle_ids: Collection[int]) -> dict[int, Person]:
    """Return who began each of these obstacles."""
    rows = db.session.execute(
        select(Obstacle.id, Person).join(Person, Person.id == Obstacle.author_id).where(Obstacle.id.in_(obstacle_ids))
    )
    return {row.id: row.Person for row in rows}


def _drafts_of(communes: Collection[str]) -> ColumnElement[bool]:
    return and_(Obstacle.commune_code.in_(communes), Obstacle.status == Status.DRAFT)


def _writes_there(actor: Actor) -> ColumnElement[bool]:
    regions = places_of(actor, {Office.SECRETARIAT_STAFF})
    return Obstacle.commune_code.in_(places_of(actor, COMMUNE_OFFICES)) | Obstacle.region_code.in_(regions)
