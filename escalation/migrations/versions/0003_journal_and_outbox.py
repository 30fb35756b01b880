"""The journal, which the database itself keeps from being changed, and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AUDIENCES = ("commune", "desk", "assignee", "passed", "secretary")
LANES = ("interactive", "bulk")
LANGUAGES = ("ar", "fr", "en")
MESSAGE_STATUSES = ("queued", "sending", "sent", "bounced", "skipped", "failed", "quarantined")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")

TABLES = ("journal_events", "journal_seals", "outbox_messages")

SAME_ROW = {
    "journal_events": "id = NEW.id OR (obstacle_id = NEW.obstacle_id AND seq = NEW.seq)",
    "journal_seals": "id = NEW.id OR seq = NEW.seq",
}

# INSERT OR REPLACE deletes the row in its way without asking a DELETE trigger where recursive_triggers is off.
SQLITE_GUARDS = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, 'the journal is never shortened'); END""",
    """CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
    WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_row})
    BEGIN SELECT RAISE(ABORT, 'the journal is never overwritten'); END""",
)

REFUSE = """CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the journal is never changed: % on %', TG_OP, TG_TABLE_NAME; END $$"""

# ALWAYS: a session that plays a replica's part is refused too.
POSTGRESQL_GUARDS = (
    """CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()""",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
)


def upgrade() -> None:
    _create_journal()
    _guard_journal()
    _create_outbox()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if _on_postgresql():
        op.execute("DROP FUNCTION refuse_journal_change()")


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _create_journal() -> None:
    op.create_table(
        "journal_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("mandate_id", sa.Integer(), sa.ForeignKey("mandates.id"), nullable=True),
        sa.Column("acting_for_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("obstacle_id", "seq"),
    )
    op.create_index("ix_journal_events_occurred_at", "journal_events", ["occurred_at"])
    op.create_table(
        "journal_seals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("seq"),
    )


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _guard_journal() -> None:
    """Make the database refuse every change of a row that was written; only new rows may come."""
    if _on_postgresql():
        op.execute(REFUSE)
    for table, same_row in SAME_ROW.items():
        for statement in POSTGRESQL_GUARDS if _on_postgresql() else SQLITE_GUARDS:
            op.execute(statement.format(table=table, same_row=same_row))


def _create_outbox() -> None:
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("source_kind", sa.String(20), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("audience", _code(AUDIENCES, "audience"), nullable=False),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=True),
        sa.Column("recipient_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("language", _code(LANGUAGES, "language"), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("message_id", sa.String(120), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lane", _code(LANES, "lane"), nullable=False),
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", _code(MESSAGE_STATUSES, "status"), nullable=False),
        sa.Column("status_reason", sa.String(80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain_attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(32), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("first_tried_ms", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("source_kind", "source_id", "recipient_id", "channel"),
    )
    op.create_index(
        "ix_outbox_messages_obstacle_id_recipient_id_order_seq",
        "outbox_messages",
        ["obstacle_id", "recipient_id", "order_seq"],
    )
    op.create_index(
        "ix_outbox_messages_owed",
        "outbox_messages",
        ["lane", "not_before_ms", "id"],
        sqlite_where=sa.text("status IN ('queued', 'sending')"),
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
    )
