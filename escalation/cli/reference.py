"""`escalation reference`: loading the territory and the taxonomy."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from tqdm import tqdm

from escalation.cli.application import in_application
from escalation.reference.rows import BrokenRow
from escalation.services.reference import Progress, TableReport, import_reference

CODES_SHOWN = 20


@click.group()
def reference() -> None:
    """Load places, sectors, bodies and obstacle types."""


@reference.command("import")
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A directory with territory/ and taxonomy/ to read instead of the files shipped.",
)
@in_application
def import_files(directory: Path | None) -> None:
    """Make the database say what the reference files say; safe to run again.

    A row that left the files is kept, retired, while anything refers to it.
    """
    try:
        with _progress() as progress:
            report = import_reference(directory, progress)
    except BrokenRow as error:
        raise click.ClickException(f"{error}. Nothing was loaded.") from error
    for table in report.tables:
        _print(table)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, a plain line per step elsewhere; both leave the output to the report."""
    if not sys.stderr.isatty():
        yield lambda table, done, total: click.echo(f"{done}/{total} rows ({table})", err=True)
        return
    with tqdm(unit=" rows", leave=False) as bar:

        def move(table: str, done: int, total: int) -> None:
            bar.total = total
            bar.set_description(table, refresh=False)
            bar.update(done - bar.n)

        yield move


def _print(table: TableReport) -> None:
    kinds = {"added": table.added, "changed": table.changed, "retired": table.retired, "removed": table.removed}
    click.echo(f"{table.table}: " + ", ".join(f"{len(codes)} {kind}" for kind, codes in kinds.items()))
    for kind in ("retired", "removed"):
        codes = kinds[kind]
        if codes:
            more = f" and {len(codes) - CODES_SHOWN} more" if len(codes) > CODES_SHOWN else ""
            click.echo(f"  {kind}: {', '.join(codes[:CODES_SHOWN])}{more}")
