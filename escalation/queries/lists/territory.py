"""Which desks' cases an actor's queue holds: those where they decide, and those they read as a secretary."""

from collections.abc import Collection
from dataclasses import dataclass

from escalation.domain.codes import MEMBER_OFFICES, Office
from escalation.domain.policy import Actor
from escalation.models.places import Place
from escalation.queries.places import get_places, list_provinces

SECRETARIES = frozenset({Office.PROVINCIAL_SECRETARY, Office.REGIONAL_SECRETARY})
QUEUE_OFFICES = MEMBER_OFFICES | SECRETARIES


@dataclass(frozen=True)
class Span:
    """A territory by its codes alone, all that a query asks for."""

    desks: frozenset[str]
    """Where its actor decides."""
    all_desks: frozenset[str]
    """Every desk that can hold a case of the queue."""
    watched_provinces: frozenset[str]
    """Whose cases its actor reads as a secretary, whichever desk has them."""
    stood_in_for: frozenset[tuple[str, int]] = frozenset()
    """Desks, each with somebody away in whose place the actor sits there."""


@dataclass(frozen=True)
class Territory:
    """The desks whose cases an actor's queue holds, and the provinces by which it can be narrowed."""

    desks: frozenset[str]
    """The desks where this actor decides."""
    watched: frozenset[str]
    """The provinces or regions that this actor reads as their secretary."""
    provinces: tuple[Place, ...]
    """Those of the actor's regions, by their French name."""
    stood_in_for: frozenset[tuple[str, int]] = frozenset()

    @property
    def spans_provinces(self) -> bool:
        """Say whether the queue is that of a region, so that narrowing it to a province makes sense."""
        return any(place.region_code in self.desks | self.watched for place in self.provinces)

    def span(self) -> Span:
        """Return what the queue spans; a secretary's holds what is at any desk of the regions."""
        if not self.watched:
            return Span(self.desks, self.desks, frozenset(), self.stood_in_for)
        around = {code for place in self.provinces for code in (place.code, place.region_code)}
        watched = frozenset(place.code for place in self.provinces if {place.code, place.region_code} & self.watched)
        return Span(self.desks, self.desks | around, watched, self.stood_in_for)


def read_territory(actor: Actor) -> Territory:
    """Return the territory of an actor's queue."""
    regions = {place.region_code for place in get_places(places_of(actor, QUEUE_OFFICES)).values()}
    return Territory(
        desks=places_of(actor, MEMBER_OFFICES),
        watched=places_of(actor, SECRETARIES),
        provinces=tuple(list_provinces(regions)),
        stood_in_for=stood_in_for(actor),
    )


def stood_in_for(actor: Actor) -> frozenset[tuple[str, int]]:
    """Return the desks where an actor sits in the place of somebody who is away, each with whom."""
    return frozenset(
        (mandate.place_code, mandate.for_person_id) for mandate in actor.mandates if mandate.for_person_id is not None
    )


def places_of(actor: Actor, offices: Collection[Office]) -> frozenset[str]:
    """Return where an actor holds one of these offices."""
    return frozenset(mandate.place_code for mandate in actor.mandates if mandate.office in offices)
