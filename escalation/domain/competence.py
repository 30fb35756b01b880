"""Whose a type is, and which desk has it first: the table's word for the narrowest place that it speaks of on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from escalation.domain.codes import Competent, Level


@dataclass(frozen=True, slots=True)
class Competence:
    """Who is competent for a type somewhere, which desk has it first, why, and by which law."""

    first_desk: Level
    competent: Competent
    reason: str
    law: str = ""
    """Empty: the law of the reason."""
    certainty: str = ""
    place_code: str | None = None
    """For which place the table says so; None where nobody changed what the types say."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the table says of a type for one place from a day on; None takes back what was said for it."""

    place_code: str
    effective_on: date
    competence: Competence | None


def competence_on(
    day: date, default: Competence, said: Iterable[Said], province_code: str, region_code: str
) -> Competence:
    """Return what holds on a day in a province: its own word, else that of its region, else the default.

    Of one place, the newest word begun by then holds.
    """
    newest: dict[str, Said] = {}
    for one in sorted(said, key=lambda one: one.effective_on):
        if one.effective_on <= day:
            newest[one.place_code] = one
    for place_code in (province_code, region_code):
        if place_code in newest and (found := newest[place_code].competence) is not None:
            return found
    return default
