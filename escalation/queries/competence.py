"""Reading the table of competence: what it says of a type somewhere on a day, its history, what a change would move."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select

from escalation.domain.codes import Competent, Level
from escalation.domain.competence import Competence, Said, competence_on
from escalation.extensions import db
from escalation.models.competence import CompetenceRule
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType, RoutingReason


@dataclass(frozen=True)
class Why:
    """Who is competent for a type somewhere and which desk has it first, with the reason in words and its law."""

    competence: Competence
    reason: RoutingReason

    @property
    def law(self) -> str:
        """Return the law that is named."""
        return self.competence.law or self.reason.law

    @property
    def certainty(self) -> str:
        """Return how sure we are of the article: A, B or C."""
        return (self.competence.certainty if self.competence.law else "") or self.reason.certainty

    @property
    def is_the_states(self) -> bool:
        """Say whether no council decides, but the State."""
        return self.competence.competent is Competent.STATE


@dataclass(frozen=True)
class Somewhere:
    """What holds in one prefecture or province, now and under a change that is looked at."""

    place: Place
    before: Competence
    after: Competence

    @property
    def goes_elsewhere(self) -> bool:
        """Say whether what is filed there will begin at another desk."""
        return self.before.first_desk is not self.after.first_desk


def default_of(obstacle_type: ObstacleType) -> Competence:
    """Return what a type itself says, where the table says nothing."""
    competent = Competent(obstacle_type.competent_council)
    return Competence(obstacle_type.first_desk, competent, obstacle_type.reason)


def find_competence(obstacle_type: ObstacleType, province_code: str, region_code: str, day: date) -> Competence:
    """Return what holds for a type in a province on a day, in one query."""
    said = list_said(obstacle_type.code, [province_code, region_code])
    return competence_on(day, default_of(obstacle_type), said, province_code, region_code)


def list_said(obstacle_type: str, places: Collection[str]) -> list[Said]:
    """Return what the table says of a type for these places, from whatever day on."""
    here = (CompetenceRule.obstacle_type == obstacle_type, CompetenceRule.place_code.in_(places))
    return [said_by(rule) for rule in db.session.scalars(select(CompetenceRule).where(*here))]


def read_why(obstacle_type: ObstacleType, province_code: str, region_code: str, day: date) -> Why:
    """Return what holds for a type in a province on a day, with its reason in words, in one query."""
    default, places = default_of(obstacle_type), [province_code, region_code]
    here = and_(
        func.coalesce(CompetenceRule.reason, default.reason) == RoutingReason.code,
        CompetenceRule.obstacle_type == obstacle_type.code,
        CompetenceRule.place_code.in_(places),
    )
    query = select(RoutingReason, CompetenceRule).outerjoin(CompetenceRule, here)
    asked = or_(RoutingReason.code == default.reason, CompetenceRule.id.is_not(None))
    rows = db.session.execute(query.where(asked)).all()
    found = competence_on(day, default, [said_by(rule) for _reason, rule in rows if rule], province_code, region_code)
    return Why(found, next(reason for reason, _rule in rows if reason.code == found.reason))


def said_by(rule: CompetenceRule) -> Said:
    """Return a row of the table as the domain reads it."""
    if rule.first_desk is None or rule.competent is None or rule.reason is None:
        return Said(rule.place_code, rule.effective_on, None)
    competence = Competence(
        rule.first_desk, rule.competent, rule.reason, rule.law, rule.certainty, place_code=rule.place_code
    )
    return Said(rule.place_code, rule.effective_on, competence)


def count_rules(regions: Collection[str]) -> dict[str, int]:
    """Return how many rows of the table there are of each type in these regions."""
    query = (
        select(CompetenceRule.obstacle_type, func.count())
        .join(Place, Place.code == CompetenceRule.place_code)
        .where(Place.region_code.in_(regions))
        .group_by(CompetenceRule.obstacle_type)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def list_rules(obstacle_type: str, regions: Collection[str]) -> Sequence[tuple[CompetenceRule, Place, Person | None]]:
    """Return the whole history of a type in these regions, with place and author, the newest first."""
    rows = db.session.execute(
        select(CompetenceRule, Place, Person)
        .join(Place, Place.code == CompetenceRule.place_code)
        .outerjoin(Person, Person.id == CompetenceRule.set_by_id)
        .where(CompetenceRule.obstacle_type == obstacle_type, Place.region_code.in_(regions))
        .order_by(CompetenceRule.effective_on.desc(), CompetenceRule.id.desc())
    ).all()
    return [(rule, place, person) for rule, place, person in rows]


def list_provinces(regions: Collection[str]) -> list[Place]:
    """Return the prefectures and provinces of regions by their French name."""
    here = (Place.region_code.in_(regions), Place.level == Level.PROVINCE, Place.retired.is_(False))
    return list(db.session.scalars(select(Place).where(*here).order_by(Place.region_code, Place.name_fr)))


def compare(
    obstacle_type: ObstacleType, said: Sequence[Said], change: Said | None, provinces: Sequence[Place], day: date
) -> list[Somewhere]:
    """Return for each province what holds on a day, and what would hold with one more word in the table."""
    default = default_of(obstacle_type)
    same_day = (change.place_code, change.effective_on) if change else None
    others = [one for one in said if (one.place_code, one.effective_on) != same_day]
    after = [*others, *([change] if change else [])]
    return [
        Somewhere(
            place,
            competence_on(day, default, said, place.code, place.region_code),
            competence_on(day, default, after, place.code, place.region_code),
        )
        for place in provinces
    ]
