"""The application as the tests of the house look at it: its routes and templates, no rows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.settings import settings_for


@pytest.fixture(scope="session")
def house(create_app: Callable[..., Flask], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application that nobody sends requests to."""
    home: Path = tmp_path_factory.mktemp("house")
    return create_app(settings_for(f"sqlite:///{home / 'house.db'}", home))
