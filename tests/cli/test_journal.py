"""`escalation journal` says that the journal holds, or which link is broken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from escalation.cli.main import main
from escalation.extensions import db
from tests.factories import Town, file_obstacle


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of an installation on this test's database."""
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
    return CliRunner().invoke(main, ("journal", *arguments), env=environ)


def test_seal_then_verify(town: Town, environ: dict[str, str]) -> None:
    file_obstacle(town.app, town.president, now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert run(environ, "seal").output == "1 chains sealed\n"
    assert run(environ, "seal").output == "0 chains sealed\n"
    result = run(environ, "verify")
    assert result.exit_code == 0, result.output
    assert "1 events in 1 chains" in result.stdout
    assert "1 seals, the last one " in result.stdout


def test_verify_ends_with_1_and_names_the_break(town: Town, environ: dict[str, str]) -> None:
    filed = file_obstacle(town.app, town.president, now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    with town.app.app_context():
        db.session.execute(text("UPDATE obstacles SET journal_seq = 2"))
        db.session.commit()
    result = run(environ, "verify")
    assert result.exit_code == 1
    assert f"BROKEN: {filed.reference}, event 2 is missing." in result.stderr
