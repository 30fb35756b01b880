"""``escalation outbox``: how many messages stand where, one more try for one of them, and the reconciliation."""

import sys
from datetime import UTC, datetime

import click

from escalation.cli.application import in_application
from escalation.domain.errors import NotFound
from escalation.queries.messages.outbox import counts_by_status, find_oldest_owed_age_s
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.messages.outbox import retry


@click.group("outbox")
def outbox() -> None:
    """Look after the messages owed."""


@outbox.command("status")
@in_application
def status() -> None:
    """Count the messages by status."""
    for name, count in counts_by_status().items():
        click.echo(f"{name:<12}{count:>10}")
    age = find_oldest_owed_age_s()
    click.echo("Nothing is owed." if age is None else f"The oldest unsent message has been due for {age} s.")


@outbox.command("retry")
@click.argument("message_id", type=int)
@in_application
def retry_message(message_id: int) -> None:
    """Queue one message again, for now."""
    try:
        retry(message_id)
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Message {message_id} is queued.")


@outbox.command("audit")
@in_application
def audit() -> None:
    """Hold the outbox against the journal; ends with 1 when a promise is broken."""
    violations = list_violations(datetime.now(UTC))
    for violation in violations:
        click.echo(str(violation))
    if violations:
        sys.exit(1)
    click.echo("The outbox keeps its promises.")
