"""The application a command works in: settings from the environment, one app, one context."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from escalation.app import create_app
from escalation.cli.settings import read_config
from escalation.extensions import db

P = ParamSpec("P")
R = TypeVar("R")


def in_application(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the context of an application made from the environment."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with create_app(read_config()).app_context():
            try:
                return command(*args, **kwargs)
            finally:
                _close_connections()

    return run


def _close_connections() -> None:
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()
