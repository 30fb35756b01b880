"""Every move with a page, for every person of the town, at every point of the path: exactly what the policy allows."""

import pytest

from escalation.domain.codes import Action
from tests.factories import OFFICES, Town, obstacle_row
from tests.web.audit import find_all, main_of, parse
from tests.web.cases import CASES, FIELDS, address, judged, sent, slug
from tests.web.conftest import As

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

# What nobody may lose or gain without this file being changed on purpose: who may do what, by case.
EXPECTED: dict[str, dict[Action, set[str]]] = {
    "filed": {
        Action.CLAIM: {"reviewer", "coordinator"},
        Action.ESCALATE: {"reviewer", "coordinator"},
        Action.WITHDRAW: {"president", "delegate"},
    },
    "in_review": {
        Action.ESCALATE: {"reviewer", "coordinator"},
        Action.REQUEST_INFORMATION: {"reviewer", "coordinator"},
        Action.RESOLVE: {"reviewer", "coordinator"},
        Action.WITHDRAW: {"president", "delegate"},
    },
    "asked": {
        Action.ANSWER: {"president", "delegate", "reviewer", "coordinator"},
        Action.WITHDRAW: {"president", "delegate"},
    },
    "resolved": {Action.CONFIRM: {"president", "delegate"}, Action.WITHDRAW: {"president", "delegate"}},
    "closed": {},
    "withdrawn": {},
    "at_region": {Action.CLAIM: {"member", "chair"}, Action.WITHDRAW: {"president", "delegate"}},
    "in_review_at_region": {
        Action.REQUEST_INFORMATION: {"member", "chair"},
        Action.RESOLVE: {"member", "chair"},
        Action.WITHDRAW: {"president", "delegate"},
    },
    "asked_at_region": {
        Action.ANSWER: {"president", "delegate", "member", "chair"},
        Action.WITHDRAW: {"president", "delegate"},
    },
}
SEES_AT_REGION = {
    "president",
    "delegate",
    "scribe",
    "reviewer",
    "coordinator",
    "member",
    "chair",
    "secretary",
    "provincial",
}
SEES_AT_PROVINCE = SEES_AT_REGION - {"member", "chair"}


@pytest.mark.parametrize("point", CASES)
def test_each_page_opens_for_exactly_those_who_may(town: Town, as_person: As, point: str) -> None:
    case = CASES[point](town)
    before = obstacle_row(town.app, case)
    sees = SEES_AT_REGION if "region" in point else SEES_AT_PROVINCE
    for name in OFFICES:
        may_see, may_do = judged(town, case, getattr(town, name))
        assert may_see is (name in sees), name
        assert may_do == {action for action, names in EXPECTED[point].items() if name in names}, name
        visitor = as_person(name)
        page = visitor.get(address(case))
        assert page.status_code == (200 if may_see else 404), name
        if may_see:
            assert offered_on(page.text) == {slug(action) for action in may_do}, name
        for action in FIELDS:
            got = visitor.get(address(case, action)).status_code
            assert got in _refusals(may_see) if action not in may_do else got == 200, (name, action, got)
            if action not in may_do:
                got = visitor.submit(address(case, action), sent(case, action)).status_code
                assert got in _refusals(may_see), (name, action, got)
                got = visitor.submit(address(case, action), {}).status_code
                assert got in _refusals(may_see), (name, action, got)
    assert obstacle_row(town.app, case) == before


@pytest.mark.parametrize("point", [point for point, allowed in EXPECTED.items() if allowed])
def test_each_move_is_made_by_each_of_those_who_may(town: Town, as_person: As, point: str) -> None:
    for action, names in EXPECTED[point].items():
        for name in sorted(names):
            case = CASES[point](town)
            answer = as_person(name).submit(address(case, action), sent(case, action, key=f"{name}-{case.id}"))
            assert answer.status_code == 303, (name, action)
            assert obstacle_row(town.app, case)["version"] == case.version + 1


def offered_on(page: str) -> set[str]:
    """Return the moves that a case page leads to."""
    links = [str(link.get("href")) for link in find_all(main_of(parse(page)), "a")]
    return {link.rsplit("/", 1)[1] for link in links if link.count("/") == 3 and not link.endswith("/receipt")}


def _refusals(may_see: bool) -> set[int]:
    return {403, 409} if may_see else {404}
