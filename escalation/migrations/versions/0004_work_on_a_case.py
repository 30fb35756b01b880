"""What people work with around the moves: approaches, notes, undo, kept forms, imports, and the app's own messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LEVELS = ("commune", "province", "region")
CHANNELS = ("web", "phone", "whatsapp", "meeting", "letter")
NOTE_KINDS = ("note", "contact")
IMPORT_STATUSES = ("checking", "ready", "refused", "accepted", "done", "failed")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")

AUDIENCES = ("commune", "desk", "assignee", "passed", "secretary")
OUTBOX_BEFORE = {"audience": AUDIENCES}
OUTBOX_AFTER = {"audience": (*AUDIENCES, "staff", "mentioned"), "channel": ("email", "app")}
TABLES = ("approaches", "notes", "undo_steps", "kept_forms", "backlog_imports")


def upgrade() -> None:
    op.add_column("obstacles", sa.Column("filing_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("obstacles", sa.Column("marked_for_meeting", sa.Boolean(), nullable=False, server_default=sa.false()))
    _create_approaches()
    _create_notes()
    _create_unfinished()
    _create_imports()
    _change_outbox(OUTBOX_BEFORE, OUTBOX_AFTER, sa.String(40))
    in_the_app, unread = sa.text("channel = 'app'"), sa.text("channel = 'app' AND read_at IS NULL")
    for name, rows in (("inbox", in_the_app), ("unread", unread)):
        op.create_index(
            f"ix_outbox_messages_{name}",
            "outbox_messages",
            ["recipient_id", "id"],
            sqlite_where=rows,
            postgresql_where=rows,
        )


def downgrade() -> None:
    for name in ("inbox", "unread"):
        op.drop_index(f"ix_outbox_messages_{name}", "outbox_messages")
    op.execute("DELETE FROM outbox_messages WHERE channel = 'app' OR audience IN ('staff', 'mentioned')")
    _change_outbox(OUTBOX_AFTER, OUTBOX_BEFORE, sa.String(10))
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("obstacles", "marked_for_meeting")
    op.drop_column("obstacles", "filing_confirmed_at")


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _change_outbox(before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]], channel: sa.String) -> None:
    """Let the outbox hold other codes; what the database checks is changed where its list differs."""
    with op.batch_alter_table("outbox_messages") as table:
        for name in (name for name, codes in before.items() if after.get(name) != codes):
            table.drop_constraint(op.f(f"ck_outbox_messages_{name}"), type_="check")
        for name in (name for name, codes in after.items() if before.get(name) != codes):
            table.create_check_constraint(op.f(f"ck_outbox_messages_{name}"), f"{name} IN {after[name]}")
        table.alter_column("channel", type_=channel, existing_nullable=False)
        if "channel" in after:
            table.add_column(sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
        else:
            table.drop_column("read_at")


def _create_approaches() -> None:
    op.create_table(
        "approaches",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body_code", sa.String(40), sa.ForeignKey("bodies.code"), nullable=True),
        sa.Column("session", _code(LEVELS, "session"), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_seq", sa.Integer(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("was_extended", sa.Boolean(), nullable=False),
        sa.Column("replied_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint("(body_code IS NULL) <> (session IS NULL)", name="a_body_or_a_session"),
        sa.UniqueConstraint("obstacle_id", "number"),
    )


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column("desk_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("kind", _code(NOTE_KINDS, "kind"), nullable=False),
        sa.Column("author_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("mandate_id", sa.Integer(), sa.ForeignKey("mandates.id"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", JSON, nullable=False),
        sa.Column("spoke_with", sa.String(200), nullable=False),
        sa.Column("channel", _code(CHANNELS, "channel"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_notes_obstacle_id_desk_code_id", "notes", ["obstacle_id", "desk_code", "id"])


def _create_unfinished() -> None:
    op.create_table(
        "undo_steps",
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("key", sa.String(64), nullable=True),
    )
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("person_id", "path"),
    )


def _create_imports() -> None:
    op.create_table(
        "backlog_imports",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("region_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", _code(IMPORT_STATUSES, "status"), nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("outcomes", JSON, nullable=False),
        sa.Column("unread", JSON, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_backlog_imports_status_id", "backlog_imports", ["status", "id"])
