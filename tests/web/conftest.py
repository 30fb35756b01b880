"""Browsers of the town's people."""

from collections.abc import Callable

import pytest

from tests.factories import Town, sign_in
from tests.visitor import ORIGIN, Visitor

As = Callable[[str], Visitor]


@pytest.fixture
def as_person(town: Town) -> As:
    """Open a browser, in English, signed in as the person of this name; the same one when asked again."""
    browsers: dict[str, Visitor] = {}

    def open_browser(name: str) -> Visitor:
        if name not in browsers:
            browsers[name] = sign_in(Visitor(town.app), getattr(town, name))
            with browsers[name].session_transaction(base_url=ORIGIN) as cookie:
                cookie["language"] = "en"
        return browsers[name]

    return open_browser
