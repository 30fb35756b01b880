"""``escalation outbox``: how many messages stand where, one more try for one of them, and the reconciliation."""

import sys
from datetime import UTC, datetime

import click

from escalation.cli.application import in_application
from escalation.domain.delivery import BreakerState
from escalation.domain.errors import NotFound
from escalation.models.outbox import Breaker
from escalation.queries.messages.outbox import (
    count_stopped,
    counts_by_status,
    find_oldest_owed_age_s,
    get_now_ms,
    list_breakers,
)
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.messages.outbox import retry


@click.group("outbox")
def outbox() -> None:
    """Look after the messages owed."""


@outbox.command("status")
@in_application
def status() -> None:
    """Count the messages by status, and say what stands in their way."""
    for name, count in counts_by_status().items():
        click.echo(f"{name:<12}{count:>10}")
    age = find_oldest_owed_age_s()
    click.echo("Nothing is due." if age is None else f"The oldest unsent message has been due for {age} s.")
    now_ms = get_now_ms()
    for breaker in list_breakers():
        click.echo(_line_of(breaker, now_ms))
    for name, count in count_stopped().items():
        if count:
            click.echo(f"{count} {name}, for no fault of their address: see the log, then `escalation outbox retry`.")


def _line_of(breaker: Breaker, now_ms: int) -> str:
    since_s = max(0, now_ms - breaker.since_ms) // 1000
    if breaker.state is BreakerState.CLOSED:
        return f"Messages leave by {breaker.channel}, since {since_s} s again."
    tries = "one letter is trying now" if breaker.state is BreakerState.HALF_OPEN else f"{breaker.probes} tried since"
    return f"Nothing leaves by {breaker.channel} since {since_s} s: {breaker.cause}; {tries}."


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
