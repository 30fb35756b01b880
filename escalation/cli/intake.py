"""``escalation intake``: taking one mail from the relay, reading what came in, and counting what waits."""

import os
import sys
import traceback
from datetime import UTC, datetime

import click
from sqlalchemy import func, select

from escalation.app import create_app
from escalation.cli.application import in_application
from escalation.cli.settings import read_config
from escalation.domain.intake import Way
from escalation.extensions import db
from escalation.mail.incoming.reading import MOST_BYTES
from escalation.models.intake import IncomingMail
from escalation.services.files.stores import has_room
from escalation.services.messages.incoming import BEGINNING_BYTES, Arrived, store_mail
from escalation.services.messages.intake import read_new_mail

TRY_AGAIN = 75
"""What tells a relay to keep a mail and bring it again (EX_TEMPFAIL of sysexits.h)."""
PIECE_BYTES = 1 << 20


@click.group("intake")
def intake() -> None:
    """Look after mail that comes in."""


@intake.command("pipe", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option("--sender", default=None, help="The envelope sender, as the relay knows it; empty for a report.")
@click.option("--recipient", default="", help="The envelope recipient.")
def pipe(sender: str | None, recipient: str) -> None:
    """Keep one mail from the standard input.

    Ends with 0 once it is safely in the database, and with 75 whatever went wrong, so that the relay keeps it and
    brings it again.
    """
    try:
        raw, size = _read_input()
        _keep(raw, size, Arrived(way=Way.PIPE, envelope_sender=sender, envelope_recipient=recipient))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the relay keeps the mail
        if not isinstance(error, click.ClickException):
            traceback.print_exc(limit=-2)
        click.echo(f"The mail is not taken now: {type(error).__name__}", err=True)
        _end(TRY_AGAIN)
    _end(0)


@intake.command("read")
@in_application
def read() -> None:
    """Read what came in, as the workers do."""
    count = read_new_mail(lambda: datetime.now(UTC))
    click.echo(f"{count} mails read.")


@intake.command("status")
@in_application
def status() -> None:
    """Count the mails by where they are and what became of them."""
    counted = select(IncomingMail.status, IncomingMail.reason, func.count())
    for where, reason, count in db.session.execute(
        counted.group_by(IncomingMail.status, IncomingMail.reason).order_by(IncomingMail.status, IncomingMail.reason)
    ):
        click.echo(f"{where:<8}{reason:<20}{count:>10}")


def _read_input() -> tuple[bytes, int]:
    """Return the mail and its size; of one that is too large the beginning, all read for the relay."""
    kept, size = bytearray(), 0
    while piece := sys.stdin.buffer.read(PIECE_BYTES):
        size += len(piece)
        if len(kept) <= MOST_BYTES:
            kept += piece
    return (bytes(kept), size) if size <= MOST_BYTES else (bytes(kept[:BEGINNING_BYTES]), size)


def _keep(raw: bytes, size: int, arrived: Arrived) -> None:
    config = read_config()
    if not has_room(config.var_dir):
        raise OSError("too little room is left on the disk")
    app = create_app(config)
    with app.app_context():
        store_mail(raw, arrived, datetime.now(UTC), size)
        db.session.remove()


def _end(code: int) -> None:
    """End at once with this code: nothing that runs at the end of a program may change it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
