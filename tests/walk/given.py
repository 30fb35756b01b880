"""What the walk says with each move: often enough what is possible, often enough what is not."""

from datetime import date, timedelta
from typing import Any

from escalation.domain.codes import Action, Channel, Ground, Level, Outcome
from tests.factories import COMMUNE, OTHER_PROVINCE, PROVINCE, REGION

DESKS = (PROVINCE, OTHER_PROVINCE, REGION, "01", COMMUNE, "nowhere")


def given_with(action: Action, luck: int, words: str, people: list[int], today: date) -> dict[str, Any]:
    """Return the facts that go with a move; ``words`` are its text, ``people`` whom it may be given to."""
    reason = {"reason": words}
    later = today + timedelta(days=1 + luck % 60)
    outside: dict[str, Any] = {"session": Level.PROVINCE} if luck % 3 else {"body": "ONEE"}
    if luck % 5 == 0:
        outside = {"session": Level.REGION}
    given: dict[Action, dict[str, Any]] = {
        Action.CLAIM: {},
        Action.RELEASE: {},
        Action.CONFIRM: {},
        Action.ESCALATE_OVERDUE: {},
        Action.ASSIGN: {"assignee": people[luck % len(people)]},
        Action.REQUEST_INFORMATION: {"question": words},
        Action.ANSWER: {"answer": words, "channel": Channel.PHONE},
        Action.REFER_OUT: {**outside, "expected_on": later, **reason},
        Action.RECORD_REPLY: {"approach": 1 + luck % 3, "reply": words},
        Action.TRANSFER: {"target": DESKS[luck % len(DESKS)], **reason},
        Action.RESOLVE: _solution(luck, words),
        Action.DECLINE: {"ground": list(Ground)[luck % len(Ground)], **reason},
    }
    return given.get(action, reason)


def _solution(luck: int, text: str) -> dict[str, Any]:
    outcome = list(Outcome)[luck % len(Outcome)]
    promise = {"commitment_who": "مجلس", "commitment_what": "توقيع", "commitment_by": date(2026, 12, 1)}
    return {"outcome": outcome, "resolution": text} | (promise if outcome is Outcome.COMMITMENT else {})
