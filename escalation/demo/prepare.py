"""Making the demonstration ready: schema, reference data, people and cases, and their mail in the mailbox.

What is done is not done again; a preparation that was cut short starts over on an empty database.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import inspect, text

from config import Config
from escalation.database import MIGRATIONS
from escalation.demo.seed import seed_demo
from escalation.extensions import db
from escalation.queries.ticks import find_last_tick
from escalation.services.messages.delivery import Dispatch, deliver_due
from escalation.services.reference import import_reference
from escalation.services.ticks import take_slot

Say = Callable[[str], None]

PREPARED = "demo.prepared"
DATABASE, MAILBOX = "escalation.db", "mailbox.db"
REVISION = re.compile(r"^(down_)?revision\b[^=]*=\s*(.+)$", re.MULTILINE)


def discard_unfinished(app: Flask) -> None:
    """Remove what a preparation that was cut short has left; only ever the demo's own two files.

    To be called before anything else has opened them.
    """
    config: Config = app.extensions["config"]
    with app.app_context():
        if _is_prepared():
            return
        db.session.remove()
        db.engine.dispose()
    if config.demo and config.database.url == f"sqlite:///{(config.var_dir / DATABASE).absolute()}":
        for name in (DATABASE, MAILBOX):
            for path in config.var_dir.glob(f"{name}*"):
                path.unlink()


def prepare_demo(app: Flask, say: Say) -> None:
    """Bring the demo to the state a visitor may see; a second start finds nothing to do and says nothing."""
    config: Config = app.extensions["config"]
    with app.app_context():
        if _is_prepared():
            upgrade_schema()
            return
        say("Preparing the demonstration (once):")
        upgrade_schema()
        say("  territory and taxonomy")
        import_reference()
        say("  people and cases")
        seed_demo(progress=_in_fifths(say))
        say("  their messages")
        say(f"    {_deliver(config)} delivered")
        take_slot(PREPARED, "1", datetime.now(UTC))
        db.session.remove()


def upgrade_schema() -> None:
    """Bring the database to the newest migration, unless it is there."""
    if _revision() != _newest_revision(MIGRATIONS / "versions"):
        # Alembic's own lines are for whoever runs `escalation db upgrade`.
        logging.getLogger("alembic").setLevel(logging.WARNING)
        flask_migrate.upgrade(directory=str(MIGRATIONS))


def _is_prepared() -> bool:
    has_ticks = inspect(db.engine).has_table("ticks")
    return has_ticks and find_last_tick(PREPARED) is not None


def _in_fifths(say: Say) -> Callable[[str, int, int], None]:
    """Speak of progress a few times only."""

    def tell(what: str, done: int, total: int) -> None:
        if done * 5 // total > (done - 1) * 5 // total:
            say(f"    {what}: {done} of {total}")

    return tell


def _deliver(config: Config) -> int:
    """Send everything the seeded cases owe, each message dated as its event."""
    how = Dispatch(connections=1, claim_for_s=300, sent_at=lambda claimed: claimed.event_at)
    return deliver_due(config, how)


def _revision() -> str | None:
    if not inspect(db.engine).has_table("alembic_version"):
        return None
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest_revision(versions: Path) -> str | None:
    """Read the head from the migrations' own lines: loading Alembic would take longer than a second start may."""
    revisions: dict[bool, set[str]] = {False: set(), True: set()}
    for path in versions.glob("*.py"):
        for is_down, value in REVISION.findall(path.read_text(encoding="utf-8")):
            revisions[bool(is_down)].add(value.strip().strip("\"'"))
    heads = revisions[False] - revisions[True]
    return heads.pop() if len(heads) == 1 else None
