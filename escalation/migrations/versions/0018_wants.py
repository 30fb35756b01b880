"""How people want to be told, cases followed or muted, and letters that gather several messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AUDIENCES = ("commune", "desk", "assignee", "passed", "secretary", "staff", "mentioned", "account")
STATUSES = ("queued", "sending", "sent", "bounced", "skipped", "failed", "quarantined")
WAYS = ("at_once", "daily", "weekly", "app_only", "together")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = {
    "waiting": (["not_before_ms", "recipient_id"], "status = 'waiting'"),
    "not_sent": (["id"], "status NOT IN ('sent', 'skipped')"),
    "mailed": (["recipient_id", "id"], "channel = 'email'"),
    "digest_id": (["digest_id"], "digest_id IS NOT NULL"),
}


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("outbox_messages", reflect_kwargs={"resolve_fks": False}) as table:
        table.add_column(sa.Column("due_ms", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("way", sa.String(40), nullable=True))
        table.add_column(sa.Column("digest_id", BIG, nullable=True))
        table.create_foreign_key(op.f("fk_outbox_messages_digest_id_digests"), "digests", ["digest_id"], ["id"])
        table.create_check_constraint(op.f("ck_outbox_messages_way"), f"way IN {WAYS}")
        _check(table, "audience", (*AUDIENCES, "follower", "digest"))
        _check(table, "status", ("waiting", *STATUSES))
    op.execute("UPDATE outbox_messages SET due_ms = not_before_ms")
    for name, (columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(
            f"ix_outbox_messages_{name}", "outbox_messages", columns, sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_outbox_messages_{name}", "outbox_messages")
    # What was gathered, or waits to be, would be owed anew by a program that knows no such letters.
    op.execute("DELETE FROM outbox_messages WHERE source_kind IN ('digest', 'outbox') OR audience = 'follower'")
    op.execute(
        "UPDATE outbox_messages SET status = 'skipped', status_reason = 'gathered'"
        " WHERE status = 'waiting' OR digest_id IS NOT NULL"
    )
    with op.batch_alter_table("outbox_messages", reflect_kwargs={"resolve_fks": False}) as table:
        _check(table, "status", STATUSES)
        _check(table, "audience", AUDIENCES)
        table.drop_constraint(op.f("ck_outbox_messages_way"), type_="check")
        table.drop_constraint(op.f("fk_outbox_messages_digest_id_digests"), type_="foreignkey")
        for name in ("digest_id", "way", "due_ms"):
            table.drop_column(name)
    for name in ("digests", "case_attentions", "message_wants"):
        op.drop_table(name)


def _check(table: object, column: str, codes: tuple[str, ...]) -> None:
    name = op.f(f"ck_outbox_messages_{column}")
    table.drop_constraint(name, type_="check")  # type: ignore[attr-defined]
    table.create_check_constraint(name, f"{column} IN {codes}")  # type: ignore[attr-defined]


def _create_tables() -> None:
    op.create_table(
        "message_wants",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
        sa.Column("ways", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_whole"),
        sa.CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_to BETWEEN 0 AND 23", name="quiet_hours"),
    )
    op.create_table(
        "case_attentions",
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
        sa.Column("attention", _code(("followed", "muted"), "attention"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_case_attentions_person_id", "case_attentions", ["person_id"])
    op.create_table(
        "digests",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("way", _code(WAYS, "way"), nullable=False),
        sa.Column("slot", sa.String(40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("person_id", "way", "slot", "part"),
    )


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
