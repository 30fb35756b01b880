"""`escalation privacy` and `escalation obstacle`: forgetting what is past its time, and erasing a text by law."""

from datetime import UTC, datetime

import click

from escalation.cli.application import in_application
from escalation.domain.account_codes import ErasureReason
from escalation.domain.errors import NotFound
from escalation.services.privacy.retention import count_old, forget_old, list_long_gone
from escalation.services.privacy.texts import erase_text as erase_text_of
from escalation.services.privacy.texts import list_texts

REASON = click.option(
    "--reason", type=click.Choice([code.value for code in ErasureReason]), required=True, help="Why; a closed list."
)


@click.group()
def privacy() -> None:
    """Forget what is past its time."""


@privacy.command()
@click.option("--dry-run", is_flag=True, help="Count only, and change nothing.")
@in_application
def retention(*, dry_run: bool) -> None:
    """Forget what is past its time, and print how much of each kind; a worker does the same once a day."""
    now = datetime.now(UTC)
    for kind, count in (count_old if dry_run else forget_old)(now).items():
        click.echo(f"{kind}: {count}")
    if proposed := list_long_gone(now):
        click.echo(f"names that might go (nothing is done): people {', '.join(map(str, proposed))}")
    if dry_run:
        click.echo("Nothing was changed.")


@click.group()
def obstacle() -> None:
    """Erase by law what was written on a case."""


@obstacle.command()
@click.argument("reference")
@in_application
def texts(*, reference: str) -> None:
    """List the texts of a case by event and kind, without their words."""
    try:
        for seq, kind, length in list_texts(reference.upper()):
            click.echo(f"event {seq}: {kind} ({length} characters)")
    except NotFound as error:
        raise click.ClickException(f"There is no case {reference}.") from error


@obstacle.command()
@click.argument("reference")
@click.argument("seq", type=click.IntRange(min=1))
@click.argument("kind")
@REASON
@click.confirmation_option(prompt="The text goes for good. Erase it?")
@in_application
def erase(*, reference: str, seq: int, kind: str, reason: str) -> None:
    """Erase one text of one event of a case; `texts` lists them. The journal holds before and after.

    KIND is answer, question, reason, comment, resolution and the like. With `answers` all that the case says in
    words of its own goes, and its corrections; its title and its project's name stay.
    """
    why, now = ErasureReason(reason), datetime.now(UTC)
    try:
        erased = erase_text_of(reference.upper(), seq, kind, why, by_id=None, now=now)
    except NotFound as error:
        raise click.ClickException(f"{reference} has no such text: it may be erased already.") from error
    click.echo(f"{erased} texts erased. Prove the journal: escalation journal verify")
