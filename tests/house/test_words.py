"""No file names this machine, a package registry or a job left undone."""

import json
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, python_files, report, shown, tracked_files

# Written in pieces, so that this file does not hold what it looks for.
HOSTS = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "npm" + "js.com",
    "unpkg" + ".com",
    "jsdelivr" + ".net",
)
HOMES = ("/" + "root/", "/" + "home/", "/" + "Users/", "/" + "work/")
LEFT_UNDONE = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
BAD_NAMES = ("util", "utils", "helper", "helpers", "misc", "dao", "common", "manager", "handlers")


def places_of(pattern: re.Pattern[str], paths: tuple[Path, ...]) -> list[str]:
    """Return where the pattern stands in these files; files that are not text are passed over."""
    faults = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        hits = ((number, pattern.search(line)) for number, line in enumerate(lines, 1))
        faults += [f"{shown(path, number)}: {hit.group()}" for number, hit in hits if hit]
    return faults


def test_no_file_names_a_registry() -> None:
    pattern = re.compile("|".join(map(re.escape, HOSTS)), re.IGNORECASE)
    faults = places_of(pattern, tracked_files())
    assert not faults, report(
        faults, "Write no registry host: every installation has its own. For the locks: make lock."
    )


def test_the_lock_of_the_engines_names_no_host_and_proves_every_package() -> None:
    lock = ROOT / "tests" / "browser" / "engines" / "package-lock.json"
    packages = {name: one for name, one in json.loads(lock.read_text(encoding="utf-8"))["packages"].items() if name}
    assert packages
    faults = [name for name, one in packages.items() if "resolved" in one or "integrity" not in one]
    faults += places_of(re.compile("://"), (lock,))
    assert not faults, report(faults, "Make the lock again where its .npmrc stands: `npm install --package-lock-only`:")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_locked_to_one_version_and_proven(name: str) -> None:
    words = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    packages = [line for line in words if line.strip() and not line.lstrip().startswith("#")]
    assert len(packages) > 10
    faults = [line.split()[0] for line in packages if "==" not in line.split()[0] or "--hash=sha256:" not in line]
    assert not faults, report(faults, "Make the locks again: `make lock`.")


def test_no_file_names_a_home_directory() -> None:
    pattern = re.compile(r"(?<![\w.\-/])(?:" + "|".join(map(re.escape, HOMES)) + r")\w")
    faults = places_of(pattern, tracked_files())
    assert not faults, report(faults, "Use a path relative to the project, or one from the settings:")


def test_no_file_names_this_checkout() -> None:
    if len(ROOT.parts) < 3:
        pytest.skip(f"{ROOT} is too plain a name to look for")
    elsewhere = tuple(path for path in tracked_files() if path.relative_to(ROOT).parts[0] not in ("deploy", "docs"))
    faults = places_of(re.compile(re.escape(str(ROOT)) + r"\b"), elsewhere)
    assert not faults, report(faults, "Use a path relative to the project:")


def test_nothing_is_left_undone() -> None:
    faults = places_of(re.compile(r"\b(?:" + "|".join(LEFT_UNDONE) + r")\b"), tuple(python_files()))
    assert not faults, report(faults, "Do it, or write down why not; a mark in the code is read by nobody:")


def test_every_file_has_a_telling_name() -> None:
    faults = [
        shown(path) for path in python_files() if {path.stem, *path.relative_to(ROOT).parts[:-1]} & set(BAD_NAMES)
    ]
    assert not faults, report(faults, "Name the file for what lives there:")
