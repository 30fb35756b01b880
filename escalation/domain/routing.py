"""Where a case goes first: the desk of its type, or the next one up when that desk has nobody to receive it."""

from collections.abc import Callable
from dataclasses import dataclass

from escalation.domain.codes import Level


@dataclass(frozen=True, slots=True)
class Route:
    """The desk a case goes to, and whether it is because the desk of its type has nobody."""

    desk_code: str
    level: Level
    passes_empty_desk: bool = False
    nobody_anywhere: bool = False


def first_desk(preferred: Level, province_code: str, region_code: str, is_staffed: Callable[[str], bool]) -> Route:
    """Return the desk that receives a new case: that of its type, the region's when it has nobody.

    When the region has nobody either, the case stands at the region and somebody must be alarmed.
    """
    if preferred is Level.PROVINCE and is_staffed(province_code):
        return Route(province_code, Level.PROVINCE)
    return Route(
        region_code,
        Level.REGION,
        passes_empty_desk=preferred is Level.PROVINCE,
        nobody_anywhere=not is_staffed(region_code),
    )
