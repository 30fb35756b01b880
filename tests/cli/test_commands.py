"""The commands that prepare an installation, as an administrator runs them."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from escalation.cli.main import main
from tests.factories import Inhabitant
from tests.web.provers import enrol_app

SHIPPED = Path(__file__).parents[2] / "escalation" / "reference"
GHAFSAI = "03.531.01.01"


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


def run(environ: dict[str, str], *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, env=environ, input=typed)


def add_president(environ: dict[str, str], *more: str, typed: str = "escalation-demo\n") -> Result:
    names = ("--name-ar", "رئيس", "--name-fr", "Président")
    office = ("--office", "commune_president", "--place", GHAFSAI)
    return run(
        environ, "people", "add", "--email", "p@demo.test", *names, *office, "--password-stdin", *more, typed=typed
    )


def test_help_needs_no_settings() -> None:
    result = run({}, "--help")
    assert result.exit_code == 0
    assert {"db", "reference", "people"} <= set(result.output.split())


def test_unfit_settings_end_with_2_and_are_listed() -> None:
    result = run({"ESCALATION_ENV": "production"}, "reference", "import")
    assert result.exit_code == 2
    assert "ESCALATION_SECRET_KEY is missing." in result.stderr


def test_reference_import_reports_what_it_did(environ: dict[str, str]) -> None:
    first, second = (run(environ, "reference", "import") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert "places: 1590 added, 0 changed, 0 retired, 0 removed" in first.stdout
    assert "1707/1707 rows (obstacle_types)" in first.stderr
    assert "places: 0 added, 0 changed, 0 retired, 0 removed" in second.stdout


def test_a_broken_directory_ends_with_1_and_its_file_and_line(environ: dict[str, str], tmp_path: Path) -> None:
    for name in ("territory", "taxonomy"):
        shutil.copytree(SHIPPED / name, tmp_path / "own" / name)
    path = tmp_path / "own" / "taxonomy" / "sectors.csv"
    path.write_text(path.read_text(encoding="utf-8") + "half,a\n", encoding="utf-8")
    result = run(environ, "reference", "import", "--directory", str(tmp_path / "own"))
    assert result.exit_code == 1
    assert "taxonomy/sectors.csv, line 27: has 2 cells, the header has 5. Nothing was loaded." in result.stderr


def test_people_add_makes_a_person_then_another_mandate(environ: dict[str, str]) -> None:
    run(environ, "reference", "import")
    first = add_president(environ, "--starts-on", "2026-01-01", "--ends-on", "2026-06-30")
    assert first.exit_code == 0, first.output
    assert "person 1 (new), mandate 1: commune_president at 03.531.01.01" in first.stdout
    again = add_president(environ, "--starts-on", "2026-07-01", typed="")
    assert "person 1 (already known), mandate 2" in again.stdout


def test_people_add_names_the_field_that_is_wrong(environ: dict[str, str]) -> None:
    run(environ, "reference", "import")
    assert "place is not of the level of this office." in add_president(environ, "--place", "03.531").stderr
    short = add_president(environ, typed="short\n")
    assert short.exit_code == 1
    assert "password must have 8 to 256 characters." in short.stderr


def test_db_upgrade_makes_the_tables_and_downgrade_asks_first(environ: dict[str, str], empty_database_url: str) -> None:
    environ["ESCALATION_DATABASE_URL"] = empty_database_url
    assert run(environ, "db", "upgrade").exit_code == 0
    assert run(environ, "reference", "import").exit_code == 0
    refused = run(environ, "db", "downgrade", "--revision", "base", typed="n\n")
    assert (refused.exit_code, "Is there a backup" in refused.stderr) == (1, True)
    assert run(environ, "db", "downgrade", "--revision", "base", "--yes").exit_code == 0
    assert run(environ, "reference", "import").exit_code == 1


def test_a_person_comes_with_a_number_and_is_reached_at_another_address(environ: dict[str, str]) -> None:
    run(environ, "reference", "import")
    wrong = add_president(environ, "--phone", "12")
    assert "phone is not a telephone number." in wrong.stderr
    assert add_president(environ, "--phone", "06 12 34 56 78").exit_code == 0
    more = ("--email", "q@demo.test", "--phone", "+212612345678", "--office", "commune_president", "--place", GHAFSAI)
    taken = run(environ, "invite", *more, "--name-ar", "ا", "--name-fr", "A")
    assert "phone is that of another person." in taken.stderr
    moved = run(environ, "people", "readdress", "--email", "P@demo.test", "--to", "new@demo.test")
    assert (moved.exit_code, moved.stdout) == (0, "person 1: new@demo.test\n")
    gone = run(environ, "people", "readdress", "--email", "p@demo.test", "--to", "other@demo.test")
    assert "email is not known" in gone.stderr


def test_factors_that_were_lost_are_reset_for_who_is_named(environ: dict[str, str]) -> None:
    run(environ, "reference", "import")
    add_president(environ)
    done = run(environ, "people", "reset-factors", "P@demo.test")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("person 1: app, passkeys and recovery codes are removed")
    nobody = run(environ, "people", "reset-factors", "nobody@demo.test")
    assert (nobody.exit_code, "nobody here has this address" in nobody.stderr) == (1, True)


def test_secrets_are_sealed_with_the_present_key_or_nothing_changes(environ: dict[str, str], app: Flask) -> None:
    run(environ, "reference", "import")
    add_president(environ)
    enrol_app(app, Inhabitant(1, "p@demo.test"))
    assert run(environ, "people", "reseal").stdout == "1 sealed with the present key\n"
    gone = run(environ | {"ESCALATION_SECRET_KEY": "another-key-31c9e0aa57bb02"}, "people", "reseal")
    assert gone.exit_code == 1
    assert "is not among the settings: nothing changed" in gone.stderr
