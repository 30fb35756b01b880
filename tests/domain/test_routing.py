"""The first desk is that of the type; where it has nobody, the next one up."""

import pytest

from escalation.domain.codes import Level
from escalation.domain.routing import Route, first_desk

P, R = "03.531", "03"
AT_PROVINCE, AT_REGION = (P, Level.PROVINCE), (R, Level.REGION)


@pytest.mark.parametrize(
    ("preferred", "staffed", "route"),
    [
        (Level.PROVINCE, {P, R}, Route(*AT_PROVINCE)),
        (Level.PROVINCE, {P}, Route(*AT_PROVINCE)),
        (Level.PROVINCE, {R}, Route(*AT_REGION, passes_empty_desk=True)),
        (Level.PROVINCE, set(), Route(*AT_REGION, passes_empty_desk=True, nobody_anywhere=True)),
        (Level.REGION, {P, R}, Route(*AT_REGION)),
        (Level.REGION, {R}, Route(*AT_REGION)),
        (Level.REGION, {P}, Route(*AT_REGION, nobody_anywhere=True)),
        (Level.REGION, set(), Route(*AT_REGION, nobody_anywhere=True)),
    ],
)
def test_the_route_of_a_new_case(preferred: Level, staffed: set[str], route: Route) -> None:
    assert first_desk(preferred, P, R, staffed.__contains__) == route
