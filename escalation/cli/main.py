"""`escalation`: the groups of commands, one file each beside this one."""

import click

from escalation.cli.database import database
from escalation.cli.journal import journal
from escalation.cli.outbox import outbox
from escalation.cli.people import people
from escalation.cli.reference import reference
from escalation.cli.run import demo, serve, worker


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="escalation")
def main() -> None:
    """Follow the obstacles of Moroccan communes up to the province and region groups.

    The settings come from the environment; see .env.example.
    """


main.add_command(database)
main.add_command(reference)
main.add_command(people)
main.add_command(journal)
main.add_command(serve)
main.add_command(worker)
main.add_command(demo)
main.add_command(outbox)
