"""``escalation files``: sweeping what nothing names, and erasing one file by law."""

import sys
from datetime import UTC, datetime

import click

from escalation.cli.application import in_application
from escalation.domain.errors import NotFound
from escalation.services.files.attaching import erase_file
from escalation.services.files.sweep import sweep_files


@click.group("files")
def files() -> None:
    """Look after the files beside cases."""


@files.command("sweep")
@click.option("--dry-run", is_flag=True, help="Say what would be dropped, and drop nothing.")
@in_application
def sweep(*, dry_run: bool) -> None:
    """Drop what nothing names; ends with 1 when files are missing that cases name."""
    swept = sweep_files(datetime.now(UTC), dry_run=dry_run)
    verb = "would be dropped" if dry_run else "dropped"
    click.echo(f"{len(swept.orphans)} stored files that no case names: {verb}.")
    click.echo(f"{swept.unsent} files chosen a month ago and never sent: {verb}.")
    if swept.lost:
        click.echo(f"Missing from the store, to be taken from a backup: case_files {', '.join(map(str, swept.lost))}.")
        sys.exit(1)


@files.command("erase")
@click.argument("public_id")
@click.confirmation_option(prompt="The content is gone for good. Go on?")
@in_application
def erase(public_id: str) -> None:
    """Erase by law the content and the name of one file; PUBLIC_ID is the last part of its address."""
    try:
        erase_file(public_id, datetime.now(UTC))
    except NotFound as error:
        raise click.ClickException("There is no such file, or it was erased before.") from error
    click.echo("Erased: that there was a file stays, and nothing of what it held.")
