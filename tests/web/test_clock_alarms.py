"""Who looks after an installation is told when the clock does not do its work: monitors and administrators."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from escalation.models.clock import SetAside
from escalation.queries.case.due import CLOCK_CAPPED, CLOCK_DONE
from escalation.services.case.clock import run_clock
from escalation.services.ticks import note_alive
from escalation.services.transaction import transaction
from tests.factories import Town, file_obstacle, sign_in
from tests.visitor import Visitor

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=60)
NEVER = "The clock of deadlines has never run"


def noted(app: Flask, task: str, at: datetime) -> None:
    """Note that the clock, or its cap, was met at an instant."""
    with app.app_context():
        note_alive(task, at)


def ready(town: Town) -> dict[str, Any]:
    """Return what a monitor is told."""
    answer = Visitor(town.app).get("/healthz/ready")
    assert answer.status_code == 200, "mail leaves and pages work: it is no reason to take the installation away"
    told: dict[str, Any] = answer.get_json()
    return told


def admin_page(town: Town, language: str = "en") -> str:
    """Return the page of the administration in a language."""
    administrator = sign_in(Visitor(town.app), town.admin, proven_at=datetime.now(UTC))
    return administrator.get(f"/admin?lang={language}", follow_redirects=True).text


def test_a_clock_that_never_ran_or_stands_still_is_told_to_monitors_and_administrators(town: Town) -> None:
    file_obstacle(town.app, town.president, now=LONG_AGO)
    before = ready(town)
    assert (before["clock"], before["clock_ran_s_ago"], before["clock_due"]) == ("silent", None, 1)
    assert before["clock_due_since_s"] > 600
    assert NEVER in admin_page(town)
    noted(town.app, CLOCK_DONE, NOW - timedelta(minutes=6))
    assert ready(town)["clock"] == "silent"
    assert "The clock of deadlines has not run since" in admin_page(town)
    with town.app.app_context():
        run_clock(datetime.now(UTC))
    after = ready(town)
    assert (after["clock"], after["clock_due"], after["clock_due_since_s"]) == ("ok", 0, None)
    assert "The clock" not in admin_page(town)


def test_a_run_that_was_cut_and_a_case_that_was_set_aside_are_told_too(town: Town) -> None:
    case, now = file_obstacle(town.app, town.president, now=LONG_AGO), datetime.now(UTC)
    noted(town.app, CLOCK_DONE, now)
    noted(town.app, CLOCK_CAPPED, now + timedelta(seconds=1))
    assert ready(town)["clock"] == "cut"
    assert "The clock stopped at its cap: 1 case waits" in admin_page(town)
    noted(town.app, CLOCK_DONE, now + timedelta(seconds=2))
    with town.app.app_context(), transaction() as session:
        session.add(
            SetAside(obstacle_id=case.id, failures=1, failed_at=now, first_failed_at=now, reason="RuntimeError")
        )
    told = ready(town)
    assert (told["clock"], told["clock_set_aside"]) == ("set_aside", 1)
    assert "The clock failed on 1 case" in admin_page(town)


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "لم تشتغل معالجة الآجال قط"), ("fr", "Le suivi des échéances n’a jamais tourné")]
)
def test_it_is_told_in_the_administrator_s_language(town: Town, language: str, words: str) -> None:
    assert words in admin_page(town, language)


def test_who_administers_nothing_is_not_troubled_with_it(town: Town) -> None:
    assert NEVER not in sign_in(Visitor(town.app), town.reviewer).get("/?lang=en").text
