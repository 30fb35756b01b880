"""`escalation db`: bringing the schema to the version of the program, and back."""

from pathlib import Path

import click
import flask_migrate

from escalation.cli.application import in_application

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@click.group("db")
def database() -> None:
    """Create and change the tables."""


@database.command()
@click.option("--revision", default="head", show_default=True, help="Where to stop.")
@in_application
def upgrade(revision: str) -> None:
    """Bring the tables to the newest version."""
    flask_migrate.upgrade(directory=str(MIGRATIONS), revision=revision)


@database.command()
@click.option("--revision", default="-1", show_default=True, help="Where to stop; -1 is one step back.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_application
def downgrade(revision: str, yes: bool) -> None:
    """Take the tables back to an older version. What only the newer version could hold is lost."""
    if not yes:
        click.confirm("Rows may be lost. Is there a backup, and shall the tables go back?", abort=True, err=True)
    flask_migrate.downgrade(directory=str(MIGRATIONS), revision=revision)
