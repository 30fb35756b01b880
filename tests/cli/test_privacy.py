"""The commands of personal data: what a dry run prints, what goes, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from escalation.cli.main import main
from escalation.services.case.kept import keep_form
from tests.factories import Town, end_mandates, file_obstacle


@pytest.fixture
def environ(town: Town, database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of an installation on this test's database, in which the town lives."""
    return {
        "ESCALATION_ENV": "test",
        "ESCALATION_DATABASE_URL": database_url,
        "ESCALATION_ALLOW_SQLITE": "1",
        "ESCALATION_SECRET_KEY": "for-tests-only-7d1f0c6b9a2e48d3",
        "ESCALATION_BASE_URL": "https://localhost",
        "ESCALATION_MAIL_HOST": "127.0.0.1",
        "ESCALATION_MAIL_SENDER": "no-reply@example.test",
        "ESCALATION_NAME": "متابعة",
        "ESCALATION_VAR": str(tmp_path),
    }


def run(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


def test_a_name_goes_at_the_command_line_after_a_dry_run(town: Town, environ: dict[str, str]) -> None:
    because = ("--reason", "person_asked")
    assert "holds an office" in run(environ, "people", "pseudonymise", town.president.email, *because).output
    end_mandates(town.app, town.scribe, datetime.now(UTC).date() - timedelta(days=2))
    counted = run(environ, "people", "pseudonymise", town.scribe.email, *because, "--dry-run")
    assert "named in people.email: 1" in counted.output
    assert "Nothing was changed." in counted.output
    done = run(environ, "people", "pseudonymise", town.scribe.email, *because)
    assert f"Person {town.scribe.id} is a former member." in done.output
    assert "still named" not in done.output
    assert "Nobody here" in run(environ, "people", "pseudonymise", town.scribe.email, *because).output
    assert "The journal holds." in run(environ, "journal", "verify").output


def test_one_text_of_a_case_is_listed_and_erased(town: Town, environ: dict[str, str]) -> None:
    case = file_obstacle(town.app, town.president)
    listed = run(environ, "obstacle", "texts", str(case.reference))
    assert listed.output.startswith("event 1: answers (")
    because = ("--reason", "authority_ordered", "--yes")
    erased = run(environ, "obstacle", "erase", str(case.reference), "1", "answers", *because)
    assert erased.output.startswith("1 texts erased")
    assert run(environ, "obstacle", "erase", str(case.reference), "1", "answers", *because).exit_code == 1
    assert "1 erased" in run(environ, "journal", "verify").output


def test_what_is_past_its_time_is_counted_then_forgotten(town: Town, environ: dict[str, str]) -> None:
    with town.app.app_context():
        keep_form(town.president.id, "/obstacles/new", {}, datetime.now(UTC) - timedelta(days=31))
    counted = run(environ, "privacy", "retention", "--dry-run")
    assert "sessions: 0" in counted.output
    assert counted.output.endswith("Nothing was changed.\n")
    assert "kept_forms: 1" in counted.output
    assert "kept_forms: 1" in run(environ, "privacy", "retention").output
    assert "kept_forms: 0" in run(environ, "privacy", "retention").output
