"""What an address asks of the queue: a view, an order, what narrows it; read from any address that names a queue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from escalation.domain.codes import ENDED, OPEN, Status, Urgency
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType, Sector
from escalation.queries.lists.queue_lists import Narrowed, View
from escalation.queries.lists.queue_order import Order
from escalation.queries.lists.territory import Territory
from escalation.queries.taxonomy import list_obstacle_types, list_sectors

STATUSES = tuple(status for status in Status if status in OPEN | ENDED)
NAMES = ("view", "status", "province", "type", "urgency", "sector", "sort")
"""The parameters of a queue's address that say what it shows; ``after`` says from where."""

Code = TypeVar("Code", bound=StrEnum)


@dataclass(frozen=True)
class Choices:
    """What a queue can be narrowed to, beside what never changes."""

    provinces: Sequence[Place]
    types: Sequence[ObstacleType]
    sectors: Sequence[Sector]


@dataclass(frozen=True)
class Asked:
    """What an address asks of the queue; what it asks for in vain is as if it were not there."""

    narrowed: Narrowed
    order: Order

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the address that asks the same; what is not asked for is left out."""
        narrowed = self.narrowed
        given = {
            "view": narrowed.view,
            "status": narrowed.status,
            "province": narrowed.province_code,
            "type": narrowed.obstacle_type,
            "urgency": narrowed.urgency,
            "sector": narrowed.sector,
            "sort": "" if self.order is Order.DEADLINE else self.order,
        }
        return {name: str(value) for name, value in given.items() if value}


def read_choices(territory: Territory) -> Choices:
    """Return what the queue of a territory can be narrowed to."""
    return Choices(territory.provinces, list_obstacle_types(), list_sectors())


def read_asked(given: Mapping[str, str], choices: Choices) -> Asked:
    """Return what the parameters of an address ask for; what has ended stands in one order only."""
    status = _one_of(STATUSES, given.get("status"))
    narrowed = Narrowed(
        view=_one_of(View, given.get("view")) or View.ALL,
        status=status,
        province_code=_code_of(choices.provinces, given.get("province")),
        obstacle_type=_code_of(choices.types, given.get("type")),
        urgency=_one_of(Urgency, given.get("urgency")),
        sector=_code_of(choices.sectors, given.get("sector")),
    )
    asked = _one_of(Order, given.get("sort")) or Order.DEADLINE
    return Asked(narrowed, Order.DEADLINE if status in ENDED else asked)


def _one_of(codes: Iterable[Code], text: str | None) -> Code | None:
    return next((code for code in codes if code.value == text), None)


def _code_of(rows: Sequence[Place] | Sequence[ObstacleType] | Sequence[Sector], text: str | None) -> str | None:
    return text if text in {row.code for row in rows} else None
