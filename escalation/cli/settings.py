"""The settings a command works with, read once from the environment; without them it ends and says what is wrong."""

import os

import click

from config import Config, ConfigError


class UnfitSettings(click.ClickException):
    """The environment does not describe an installation that may start."""

    exit_code = 2


def read_config() -> Config:
    """Return the settings of the environment. Raises: UnfitSettings, which ends the command with 2."""
    try:
        return Config.from_env(os.environ)
    except ConfigError as error:
        raise UnfitSettings(str(error)) from error
