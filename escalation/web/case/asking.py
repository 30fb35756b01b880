"""Who asks for a move, on which case: what the forms of the moves and the words before them are made from."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from escalation.domain.codes import Level
from escalation.domain.policy import Actor, may_file
from escalation.models.places import Place
from escalation.queries.case.cases import Dossier
from escalation.queries.places import get_places


@dataclass(frozen=True)
class Asking:
    """One person before one case, at one moment."""

    dossier: Dossier
    actor: Actor

    @property
    def today(self) -> date:
        """Return the day that dates are compared with."""
        return self.dossier.today

    @property
    def is_commune(self) -> bool:
        """Say whether this person speaks for the commune of the case."""
        return may_file(self.actor, self.dossier.obstacle.commune_code)

    @cached_property
    def places(self) -> dict[str, Place]:
        """Return the province, the region and the present desk of the case, by code."""
        obstacle = self.dossier.obstacle
        return get_places({obstacle.province_code, obstacle.region_code, obstacle.desk_code or obstacle.province_code})

    @property
    def province(self) -> Place:
        """Return the prefecture or province of the case."""
        return self.places[self.dossier.obstacle.province_code]

    @property
    def desk_at_hand(self) -> Place:
        """Return the place whose desk has the case, or had it last."""
        return self.places[self.dossier.obstacle.desk_code or self.dossier.obstacle.province_code]

    def desk_place(self, level: Level) -> Place:
        """Return the place whose desk would have the case at a level."""
        obstacle = self.dossier.obstacle
        return self.places[obstacle.region_code if level is Level.REGION else obstacle.province_code]
