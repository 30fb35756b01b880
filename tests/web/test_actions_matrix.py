"""Every move with a page, for every person of the town, at every point of the path: exactly what the policy allows."""

import pytest

from escalation.domain.codes import Action
from tests.factories import OFFICES, Town, obstacle_row
from tests.web.audit import find_all, main_of, parse
from tests.web.cases import CASES, FIELDS, address, answers, judged, sent, slug
from tests.web.conftest import As

MOVES = {slug(action) for action in FIELDS}

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

# What nobody may lose or gain without this file being changed on purpose: who may do what, by case.
COMMUNE, DESK, LEAD = {"president", "delegate"}, {"reviewer", "coordinator"}, {"coordinator"}
GROUP, CHAIR = {"member", "chair"}, {"chair"}
EXPECTED: dict[str, dict[Action, set[str]]] = {
    "filed": {
        Action.CLAIM: DESK,
        Action.ASSIGN: LEAD,
        Action.ESCALATE: DESK,
        Action.TRANSFER: LEAD,
        Action.WITHDRAW: COMMUNE,
    },
    "late": {
        Action.CLAIM: DESK,
        Action.ASSIGN: LEAD,
        Action.ESCALATE: DESK,
        Action.ESCALATE_OVERDUE: COMMUNE,
        Action.TRANSFER: LEAD,
        Action.WITHDRAW: COMMUNE,
    },
    "in_review": {
        Action.ASSIGN: LEAD,
        Action.RELEASE: DESK,
        Action.REQUEST_INFORMATION: DESK,
        Action.REFER_OUT: DESK,
        Action.ESCALATE: DESK,
        Action.TRANSFER: LEAD,
        Action.RESOLVE: DESK,
        Action.DECLINE: LEAD,
        Action.WITHDRAW: COMMUNE,
    },
    "asked": {Action.ANSWER: COMMUNE | DESK, Action.RESUME: DESK, Action.WITHDRAW: COMMUNE},
    "referred": {
        Action.REQUEST_INFORMATION: DESK,
        Action.REFER_OUT: DESK,
        Action.RECORD_REPLY: DESK,
        Action.RESUME: DESK,
        Action.ESCALATE: DESK,
        Action.RESOLVE: DESK,
        Action.WITHDRAW: COMMUNE,
    },
    "resolved": {
        Action.CONFIRM: COMMUNE,
        Action.CONTEST: COMMUNE,
        Action.WITHDRAW: COMMUNE,
        Action.REOPEN: LEAD,
    },
    "closed": {Action.REOPEN: COMMUNE},
    "withdrawn": {Action.REOPEN: COMMUNE},
    "declined": {Action.APPEAL: COMMUNE, Action.REOPEN: LEAD},
    "at_region": {
        Action.CLAIM: GROUP,
        Action.ASSIGN: CHAIR,
        Action.SEND_BACK: CHAIR,
        Action.TRANSFER: CHAIR,
        Action.WITHDRAW: COMMUNE,
    },
    "in_review_at_region": {
        Action.ASSIGN: CHAIR,
        Action.RELEASE: GROUP,
        Action.REQUEST_INFORMATION: GROUP,
        Action.REFER_OUT: GROUP,
        Action.SEND_BACK: CHAIR,
        Action.TRANSFER: CHAIR,
        Action.RESOLVE: GROUP,
        Action.DECLINE: CHAIR,
        Action.WITHDRAW: COMMUNE,
    },
    "asked_at_region": {Action.ANSWER: COMMUNE | GROUP, Action.RESUME: GROUP, Action.WITHDRAW: COMMUNE},
    "resolved_at_region": {
        Action.CONFIRM: COMMUNE,
        Action.CONTEST: COMMUNE,
        Action.WITHDRAW: COMMUNE,
        Action.REOPEN: CHAIR,
    },
    "declined_at_region": {Action.REOPEN: CHAIR},
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
            assert offered_on(page.text) & MOVES == {slug(action) for action in may_do}, name
        for action in FIELDS if may_see or point == "filed" else {min(FIELDS)}:
            got = visitor.get(address(case, action)).status_code
            assert got in _refusals(may_see) if action not in may_do else got == 200, (name, action, got)
            if action not in may_do:
                got = visitor.submit(address(case, action), sent(case, action)).status_code
                assert got in _refusals(may_see), (name, action, got)
        got = visitor.submit(address(case, min(set(FIELDS) - may_do)), {}).status_code
        assert got in _refusals(may_see), (name, got)
    assert obstacle_row(town.app, case) == before


@pytest.mark.parametrize("point", [point for point, allowed in EXPECTED.items() if allowed])
def test_each_move_is_made_by_each_of_those_who_may(town: Town, as_person: As, point: str) -> None:
    for action, names in EXPECTED[point].items():
        for name in sorted(names):
            case = CASES[point](town)
            given = sent(case, action, key=f"{name}-{case.id}") | answers(town, case, action)
            answer = as_person(name).submit(address(case, action), given)
            assert answer.status_code == 303, (name, action)
            assert obstacle_row(town.app, case)["version"] == case.version + 1


def offered_on(page: str) -> set[str]:
    """Return what a case page leads to or sends itself: the last word of each address under that of the case."""
    main = main_of(parse(page))
    links = [str(link.get("href")) for link in find_all(main, "a")]
    links += [str(form.get("action")) for form in find_all(main, "form")]
    paths = [link.partition("?")[0] for link in links]
    return {path.rsplit("/", 1)[1] for path in paths if path.startswith("/obstacles/") and path.count("/") == 3}


def _refusals(may_see: bool) -> set[int]:
    return {403, 409} if may_see else {404}
