"""The pages for readers (README and docs) name only what is there: files, pictures, commands, settings, tests."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from config import KNOWN_NAMES
from escalation.domain.settings import SETTING_RULES
from tests.house.commands import code_blocks, code_of, unknown_commands, unknown_targets
from tests.house.tree import ROOT, python_files, report, shown, tracked_files

LINK = re.compile(r"\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
NAME = re.compile(r"\bESCALATION_[A-Z_]*[A-Z]\b")
OWN_PATH = re.compile(r"`((?:escalation|workers|templates|tests|docs|deploy)/[\w./-]+)`")
TEST_NAME = re.compile(r"`(test_\w+)`")
FOR_TESTS_ONLY = "ESCALATION_TEST_"


def pages() -> list[Path]:
    """Return every page written for a reader."""
    return [path for path in tracked_files() if path.suffix == ".md"]


def faults_of(pattern: re.Pattern[str], is_there: object) -> list[str]:
    """Return what the pattern finds in the pages and `is_there(page, found)` does not know."""
    assert callable(is_there)
    return [
        f"{shown(page)}: {found}"
        for page in pages()
        for found in pattern.findall(page.read_text(encoding="utf-8"))
        if not is_there(page, found)
    ]


def test_every_link_leads_somewhere() -> None:
    def is_there(page: Path, target: str) -> bool:
        path, _, _ = target.partition("#")
        return "://" in target or not path or (page.parent / path).exists()

    faults = faults_of(LINK, is_there)
    assert not faults, report(faults, "Mend the link, or add the file (pictures are made from the running demo):")


def test_every_picture_says_what_it_shows() -> None:
    faults = faults_of(PICTURE, lambda _page, found: len(found[0]) > 20)
    assert not faults, report(
        faults, "Write between the brackets what somebody who cannot see the picture should know:"
    )


def test_every_path_is_there() -> None:
    faults = faults_of(OWN_PATH, lambda _page, path: (ROOT / path).exists())
    assert not faults, report(faults, "Name the file by its present path:")


def test_every_command_is_there() -> None:
    faults = [
        f"{shown(page)}: {fault}"
        for page in pages()
        for code in code_of(page.read_text(encoding="utf-8"))
        for fault in (*unknown_targets(code), *unknown_commands(code))
    ]
    assert not faults, report(faults, "Name only commands that `make help` and `escalation --help` list:")


def test_every_name_of_the_environment_is_known() -> None:
    faults = faults_of(NAME, lambda _page, name: name in KNOWN_NAMES or name.startswith(FOR_TESTS_ONLY))
    assert not faults, report(faults, "Name only what .env.example lists:")


def test_every_test_named_is_there() -> None:
    there = {
        name for path in python_files() for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    there |= {path.stem for path in python_files()}
    faults = faults_of(TEST_NAME, lambda _page, name: name in there)
    assert not faults, report(faults, "A page may rest only on tests that exist:")


def test_decisions_are_numbered_and_short() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in found] == [f"{number:04}" for number in range(1, len(found) + 1)]
    faults = [shown(path) for path in found if len(path.read_text(encoding="utf-8").splitlines()) > 40]
    assert not faults, report(faults, "One page each: forty lines at most.")


def test_the_readme_shows_the_two_commands_first() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.index("make run") < readme.index("make test"), "The README shows `make run`, then `make test`."
    assert "Haut-Commissariat au Plan (HCP), RGPH 2014 et 2024" in readme, "Credit the source of the territory."


@pytest.mark.parametrize("statement", code_blocks(ROOT / "docs" / "operations.md", "sql")[0].split(";\n"))
def test_the_statements_for_operators_run(app: Flask, statement: str) -> None:
    lines = [line for line in statement.splitlines() if not line.startswith("--")]
    key = re.search(r"VALUES \('(\w+_days)'", statement)
    assert key is None or key.group(1) in SETTING_RULES, "Name a delay that exists."
    with app.app_context(), app.extensions["sqlalchemy"].engine.connect() as connection:
        if any(lines):
            connection.execute(text("\n".join(lines)))
        connection.rollback()
