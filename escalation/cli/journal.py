"""`escalation journal`: proving that the journal holds, and sealing it before the hour does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from tqdm import tqdm

from escalation.cli.application import in_application
from escalation.domain.verification import Fault
from escalation.queries.journal import Broken, Progress, Verdict, verify_journal
from escalation.services.journal import seal_journal

SENTENCES = {
    Fault.MISSING: "is missing",
    Fault.OUT_OF_CHAIN: "does not follow the event before it",
    Fault.ALTERED: "was altered: its text no longer has its hash",
    Fault.NOT_CANONICAL: "holds a text that this program did not write",
    Fault.COLUMNS_DIFFER: "says one thing in its columns and another in its text",
    Fault.TEXT_ALTERED: "has a text beside it that was altered",
    Fault.TEXT_UNKNOWN: "has a text beside it that it does not know",
    Fault.HEAD_DIFFERS: "is not the end of the chain that its obstacle names",
    Fault.STATE_DIFFERS: "says another status, level or desk than its obstacle",
    Fault.ANSWERS_DIFFER: "is the last of a case whose answers are not those that were filed",
    Fault.SEALED_DIFFERS: "is not the event that was sealed",
    Fault.OBSTACLE_MISSING: "belongs to an obstacle that is gone",
    Fault.NEVER_SEALED: "is said to be sealed, and no seal holds it",
}


@click.group()
def journal() -> None:
    """Prove and seal the journal."""


@journal.command()
@in_application
def verify() -> None:
    """Read the whole journal; ends with 1 and names the first broken link when there is one.

    The hash of the last seal stands for all that it covers: keep it elsewhere, and compare.
    """
    with _progress() as progress:
        verdict = verify_journal(progress)
    _print(verdict)
    if verdict.broken:
        click.echo(f"BROKEN: {_sentence(verdict.broken)}.", err=True)
        sys.exit(1)
    click.echo("The journal holds.")


@journal.command()
@in_application
def seal() -> None:
    """Seal now every chain that grew since the last seal."""
    click.echo(f"{seal_journal(now=datetime.now(UTC))} chains sealed")


def _print(verdict: Verdict) -> None:
    click.echo(f"{verdict.events} events in {verdict.chains} chains")
    click.echo(f"{verdict.texts} texts, {verdict.erased_texts} erased")
    click.echo(f"{verdict.seals} seals, the last one {verdict.last_seal_hash}")


def _sentence(broken: Broken) -> str:
    noun = "link" if broken.chain == "seals" else "event"
    return f"{broken.chain}, {noun} {broken.seq} {SENTENCES[broken.fault]}"


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A counter on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    with tqdm(unit=" events", leave=False) as bar:

        def move(events: int) -> None:
            bar.update(events - bar.n)

        yield move
