"""``escalation clock``: how the clock stands, a run of it by hand, and the demonstration's way to see tomorrow."""

import sys
from datetime import datetime

import click
from flask import current_app

from escalation.cli.application import in_application
from escalation.demo.travel import IntoThePast, travel_to
from escalation.queries.case.due import get_clock_state, list_set_aside
from escalation.queries.present import get_shared_present
from escalation.services.case.clock import run_clock


@click.group("clock")
def clock() -> None:
    """Look after the deadlines: what climbs, goes on or closes by itself."""


@clock.command("status")
@in_application
def status() -> None:
    """Say what is due, what was set aside and when the clock last ran; ends with 1 when it has not run for minutes."""
    now = get_shared_present()
    state = get_clock_state(now)
    click.echo(
        f"{state.due} cases are due" + (f", the oldest since {_instant(state.due_since)}." if state.due else ".")
    )
    for row, reference in list_set_aside():
        click.echo(
            f"{reference}: set aside after {row.failures} failures, the last one {row.reason}"
            f" at {_instant(row.failed_at)}; in the log by its number, {row.obstacle_id}."
        )
    if state.was_cut:
        click.echo("The last run stopped at its cap: what is left follows, a run a minute.")
    click.echo(f"The clock last ran at {_instant(state.ran_at)}." if state.ran_at else "The clock has never run.")
    if state.is_silent(now):
        sys.exit(1)


@clock.command("run")
@in_application
def run() -> None:
    """Make now what is due, as the workers do every minute; harmless beside them."""
    made = run_clock(get_shared_present())
    click.echo(f"{made.moves} moves made, {made.warnings} warnings given, {made.set_aside} cases set aside.")
    if made.was_cut:
        click.echo("It stopped at its cap: run it again, or let the workers go on.")


@clock.command("travel")
@click.option("--to", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day to see, like 2026-12-24.")
@in_application
def travel(day: datetime) -> None:
    """In the demonstration alone: let its present be a day to come, for its pages, its clock and its mails."""
    if not current_app.extensions["config"].demo:
        raise click.ClickException("Only the demonstration travels: ESCALATION_ENV=demo escalation clock travel ...")
    try:
        travel_to(day.date())
    except IntoThePast as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The demonstration is at {day.date()}; sign in again. Its clock runs within seconds.")


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"
