"""The application a command works in: settings from the environment, one app, one context."""

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from config import Config, ConfigError
from escalation.app import create_app
from escalation.extensions import db

P = ParamSpec("P")
R = TypeVar("R")


class UnfitSettings(click.ClickException):
    """The environment does not describe an installation that may start."""

    exit_code = 2


def read_config() -> Config:
    """Return the settings of the environment. Raises: UnfitSettings, which ends the command with 2."""
    try:
        return Config.from_env(os.environ)
    except ConfigError as error:
        raise UnfitSettings(str(error)) from error


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
