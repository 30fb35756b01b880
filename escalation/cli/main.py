"""`escalation`: its commands, one file each beside this one, loaded when they are called."""

import os
import pkgutil

import click

COMMANDS = {
    "clock": "escalation.cli.clock:clock",
    "db": "escalation.cli.database:database",
    "demo": "escalation.cli.run:demo",
    "files": "escalation.cli.files:files",
    "intake": "escalation.cli.intake:intake",
    "invite": "escalation.cli.people:invite",
    "journal": "escalation.cli.journal:journal",
    "obstacle": "escalation.cli.privacy:obstacle",
    "outbox": "escalation.cli.outbox:outbox",
    "people": "escalation.cli.people:people",
    "privacy": "escalation.cli.privacy:privacy",
    "reference": "escalation.cli.reference:reference",
    "serve": "escalation.cli.run:serve",
    "worker": "escalation.cli.run:worker",
}
"""Where each command is; loading them all would double the time of a start."""


class NotLoaded(click.ClickException):
    """The program is not whole, as in the middle of being renewed; a relay that hands over a mail keeps it."""

    exit_code = os.EX_TEMPFAIL


class Commands(click.Group):
    """A group that loads a command when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name."""
        if cmd_name not in COMMANDS:
            return None
        try:
            command: click.Command = pkgutil.resolve_name(COMMANDS[cmd_name])
        except ImportError as error:
            raise NotLoaded(f"{cmd_name} cannot be loaded now: {error}") from error
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="escalation")
def main() -> None:
    """Follow the obstacles of Moroccan communes up to the province and region groups.

    The settings come from the environment; see .env.example.
    """
