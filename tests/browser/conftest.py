"""Fixtures of the tests that look: one demonstration, one Chromium, and pages that tell on what they do.

Each pytest process has its own of both, so that they may run side by side. Without a Chromium on PATH everything
here is skipped, and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.stage import ANSWER_TIMEOUT_MS, Stage
from tests.processes import bring_mail, running_demo
from tests.servers import free_port

START_TIMEOUT_S = 240
NO_CHROMIUM = "no chromium, chromium-browser or google-chrome on PATH, so no page was looked at"
HERE = Path(__file__).parent
expect.set_options(timeout=ANSWER_TIMEOUT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this directory its mark and time for the demonstration's start; skip all without a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(START_TIMEOUT_S + 120))
            if find_chromium() is None:
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_report_header() -> str:
    """Name the browser, or say that there is none."""
    return f"browser: {find_chromium() or NO_CHROMIUM}"


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demonstration of this process keeps what it has."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo_url(var_dir: Path) -> Iterator[str]:
    """The address of a demonstration of this process's own; it is killed at the end."""
    with running_demo(var_dir, free_port()) as process:
        killer = threading.Timer(START_TIMEOUT_S, process.kill)
        killer.start()
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Ready: "):
                break
        else:
            pytest.fail(f"the demonstration did not start:\n{(var_dir / 'demo.log').read_text()[-4000:]}")
        killer.cancel()
        bring_mail(var_dir)
        yield line.removeprefix("Ready: ").strip()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium, which talks to nobody but the pages."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def house(chromium: Browser, demo_url: str, var_dir: Path) -> Iterator[Stage]:
    """The stage shared by all tests of this process; ask for `stage` instead."""
    stage = Stage(chromium, demo_url, var_dir)
    yield stage
    stage.close()


@pytest.fixture
def stage(house: Stage) -> Iterator[Stage]:
    """The demonstration as one test sees it: at its end, no page may have told of a fault."""
    house.faults.clear()
    yield house
    house.end_test()
    assert not house.faults, "\n".join(house.faults)
