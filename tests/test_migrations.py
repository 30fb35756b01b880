"""The migrations make the schema the models describe, and can be taken back, on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect

from tests.conftest import MIGRATIONS, close_connections
from tests.settings import settings_for


@pytest.fixture
def empty_app(create_app: Callable[..., Flask], empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a schema."""
    app = create_app(settings_for(empty_database_url, tmp_path))
    yield app
    close_connections(app)


def alembic_config(app: Flask) -> alembic.config.Config:
    """Return Alembic's settings as the application gives them."""
    made: alembic.config.Config = app.extensions["migrate"].migrate.get_config(str(MIGRATIONS))
    return made


def tables(app: Flask) -> set[str]:
    """Return the names of the tables, Alembic's own aside."""
    engine = app.extensions["sqlalchemy"].engine
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_the_newest_migration_is_what_the_models_say(app: Flask) -> None:
    with app.app_context():
        alembic.command.check(alembic_config(app))


def test_up_down_and_up_again(empty_app: Flask) -> None:
    with empty_app.app_context():
        config = alembic_config(empty_app)
        alembic.command.upgrade(config, "head")
        made = tables(empty_app)
        alembic.command.downgrade(config, "base")
        assert tables(empty_app) == set()
        alembic.command.upgrade(config, "head")
        assert tables(empty_app) == made


def test_there_is_one_head_and_names_are_numbered() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1, "Two migrations follow the same one: renumber the newer."
    names = [Path(script.path).stem for script in scripts.walk_revisions()]
    assert all(name[:4].isdigit() and name[4] == "_" for name in names), f"Name migrations NNNN_slug: {names}"
