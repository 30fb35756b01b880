"""``escalation outbox``: how the messages fare, one more try or no more for some of them, and the reconciliation."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from escalation.cli.application import in_application
from escalation.domain.codes import MessageStatus
from escalation.domain.delivery import BreakerState
from escalation.domain.errors import NotFound
from escalation.models.outbox import Breaker
from escalation.queries.messages.outbox import count_stopped, get_now_ms, list_breakers, list_stopped
from escalation.queries.messages.outbox_audit import list_violations
from escalation.queries.messages.outbox_state import read_metrics
from escalation.services.messages.operating import cancel_message, retry_message

STOPPED = [MessageStatus.FAILED.value, MessageStatus.QUARANTINED.value]


@click.group("outbox")
def outbox() -> None:
    """Look after the messages owed."""


@outbox.command("status")
@click.option("--json", "as_json", is_flag=True, help="Every number by its name, for a program that watches.")
@click.option("--prometheus", is_flag=True, help="The same numbers as Prometheus reads them from a file.")
@in_application
def status(*, as_json: bool, prometheus: bool) -> None:
    """Count the messages by status, and say how late they are; with --json, end with 1 when they are late."""
    metrics = read_metrics()
    if prometheus:
        click.echo("\n".join(_series_of(metrics)))
        return
    if as_json:
        click.echo(json.dumps(metrics, indent=2))
        sys.exit(1 if metrics["state"] == "late" else 0)
    for name, count in metrics["mails"].items():
        click.echo(f"{name:<12}{count:>10}")
    for name, count in metrics["owed"].items():
        click.echo(f"{'owed, ' + name:<22}{count:>10}")
    age, digest = metrics["oldest_unsent_s"], metrics["oldest_digest_s"]
    click.echo("Nothing is due." if age is None else f"The oldest unsent message has been due for {age} s.")
    if digest is not None:
        click.echo(f"The oldest digest has been due for {digest} s.")
    now_ms = get_now_ms()
    for breaker in list_breakers():
        click.echo(_line_of(breaker, now_ms))
    for name, count in count_stopped().items():
        if count:
            click.echo(f"{count} {name}, for no fault of their address: see the log, then `escalation outbox retry`.")


def _series_of(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Yield the numbers in the text format of Prometheus; an age of nothing is 0."""
    for name in ("oldest_unsent", "oldest_digest"):
        yield f"# TYPE escalation_outbox_{name}_seconds gauge"
        yield f"escalation_outbox_{name}_seconds {metrics[name + '_s'] or 0}"
    for name, label in (("mails", "status"), ("owed", "lane"), ("shut", "channel")):
        yield f"# TYPE escalation_outbox_{name} gauge"
        for value, number in metrics[name].items():
            yield f'escalation_outbox_{name}{{{label}="{value}"}} {int(number)}'


def _line_of(breaker: Breaker, now_ms: int) -> str:
    since_s = max(0, now_ms - breaker.since_ms) // 1000
    if breaker.state is BreakerState.CLOSED:
        return f"Messages leave by {breaker.channel}, since {since_s} s again."
    tries = "one letter is trying now" if breaker.state is BreakerState.HALF_OPEN else f"{breaker.probes} tried since"
    return f"Nothing leaves by {breaker.channel} since {since_s} s: {breaker.cause}; {tries}."


@outbox.command("retry")
@click.argument("message_id", type=int, required=False)
@click.option("--all", "stopped", type=click.Choice(STOPPED), help="Every message that stands so, instead of one.")
@in_application
def retry_messages(*, message_id: int | None, stopped: str | None) -> None:
    """Queue one message again, for now; or all that failed or were put aside."""
    if (message_id is None) == (stopped is None):
        raise click.UsageError("Name one message, or --all with how they stand.")
    if message_id is None:
        assert stopped is not None
        ids = list_stopped(MessageStatus(stopped))
        for each in ids:
            retry_message(each, by_id=None, now=datetime.now(UTC))
        click.echo(f"{len(ids)} messages are queued.")
        return
    try:
        retry_message(message_id, by_id=None, now=datetime.now(UTC))
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Message {message_id} is queued.")


@outbox.command("cancel")
@click.argument("message_id", type=int)
@in_application
def cancel(message_id: int) -> None:
    """Let one message never leave."""
    try:
        cancel_message(message_id, by_id=None, now=datetime.now(UTC))
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Message {message_id} is cancelled.")


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
