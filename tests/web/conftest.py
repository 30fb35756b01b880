"""Browsers of the town's people, and the world in which everybody stands before every address."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import close_connections
from tests.databases import Databases
from tests.factories import Town, sign_in
from tests.settings import settings_for
from tests.visitor import ORIGIN, Visitor
from tests.web.world import World, new_world

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


@pytest.fixture(scope="session")
def worlds(
    create_app: Callable[..., Flask], databases: dict[str, Databases], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The one world of this process: it takes a second to make, and is put back after each request."""
    with databases["sqlite"].with_reference() as url:
        home: Path = tmp_path_factory.mktemp("world")
        app = create_app(settings_for(url, home))
        with new_world(app, url) as made:
            yield made
        close_connections(app)


@pytest.fixture
def world(worlds: World) -> Iterator[World]:
    """Everybody before every address, on SQLite, as it was when it was made."""
    worlds.put_back()
    yield worlds
    worlds.put_back()
