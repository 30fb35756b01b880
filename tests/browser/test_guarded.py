"""The pages of the second proof are read as all others are, and a refused one is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.asking import asking
from tests.browser.guarded import GUARDED, Guarded
from tests.browser.readers import WALKED, all_faults
from tests.browser.stage import Stage
from tests.databases import Databases
from tests.factories import settle


@pytest.fixture(scope="module")
def shared(
    create_app: Callable[..., Flask],
    databases: dict[str, Databases],
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    """One installation for all pages: reading them changes little."""
    with (
        databases["sqlite"].with_reference() as url,
        asking(create_app, url, tmp_path_factory.mktemp("asks")) as served,
    ):
        stage = Stage(chromium, served[1])
        yield Guarded(stage, settle(served[0]))
        stage.close()


@pytest.fixture
def guarded(shared: Guarded) -> Iterator[Guarded]:
    """The installation as one test sees it: at its end no page may have told of a fault."""
    shared.stage.faults.clear()
    yield shared
    shared.stage.end_test()
    assert not shared.stage.faults, "\n".join(shared.stage.faults)


@pytest.mark.parametrize("language", WALKED)
@pytest.mark.parametrize("name", GUARDED)
def test_each_page_of_the_second_proof_reads_well(name: str, language: str, guarded: Guarded) -> None:
    page = GUARDED[name](guarded, language)
    if name.endswith(" refused"):
        summary = page.locator("[data-error-summary]")
        assert summary.evaluate("(one) => one === document.activeElement"), "what is wrong is heard first"
        for line in summary.locator("a").all():
            assert page.locator(line.get_attribute("href") or "").is_visible()
    faults = all_faults(page, language)
    assert not faults, "\n".join(faults)
