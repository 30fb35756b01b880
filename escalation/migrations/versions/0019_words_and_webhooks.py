"""The words that administrators give to mails, in versions."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LANGUAGES = ("ar", "fr", "en")

AUDIENCES = (
    "commune", "desk", "assignee", "passed", "secretary", "staff", "mentioned", "account", "follower", "digest",
)  # fmt: skip
CHANNELS = ("email", "app")
STATES = ("active", "paused", "removed")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TO_ENDPOINTS = sa.text("endpoint_id IS NOT NULL")
INDEXES = {
    "uq_outbox_messages_endpoint": ["source_kind", "source_id", "endpoint_id"],
    "ix_outbox_messages_endpoint_id_id": ["endpoint_id", "id"],
    "ix_outbox_messages_obstacle_id_endpoint_id_order_seq": ["obstacle_id", "endpoint_id", "order_seq"],
}

SQLITE_STAMP = """CREATE TRIGGER {table}_stamp_{change} AFTER {change} ON {table}
    BEGIN UPDATE reference_stamp SET stamp = lower(hex(randomblob(16))); END"""

POSTGRESQL_STAMP = """CREATE TRIGGER {table}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp()"""


def upgrade() -> None:
    op.create_table(
        "mail_wordings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("language", _code(LANGUAGES, "language"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(120), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("set_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("event", "audience", "language", "version"),
    )
    _create_endpoints()
    for table in ("mail_wordings", "webhook_endpoints"):
        _stamp(table)


def downgrade() -> None:
    op.execute("DELETE FROM outbox_messages WHERE channel IN ('webhook', 'sms')")
    for name in INDEXES:
        op.drop_index(name, "outbox_messages")
    with op.batch_alter_table("outbox_messages", reflect_kwargs={"resolve_fks": False}) as table:
        _check(table, "channel", CHANNELS)
        _check(table, "audience", AUDIENCES)
        table.drop_constraint(op.f("ck_outbox_messages_a_person_or_an_endpoint"), type_="check")
        table.drop_constraint(op.f("fk_outbox_messages_endpoint_id_webhook_endpoints"), type_="foreignkey")
        table.drop_column("endpoint_id")
        table.alter_column("recipient_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("webhook_endpoints")
    # What was owed in words that go says the usual ones; no earlier attempt is held against it.
    op.execute("UPDATE outbox_messages SET template_version = 1, body_sha256 = '' WHERE template_version > 1")
    op.drop_table("mail_wordings")


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.String(250), nullable=False),
        sa.Column("region_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("state", _code(STATES, "state"), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("previous_sealed", sa.Text(), nullable=False),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_webhook_endpoints_region_code_id", "webhook_endpoints", ["region_code", "id"])
    with op.batch_alter_table("outbox_messages", reflect_kwargs={"resolve_fks": False}) as table:
        table.add_column(sa.Column("endpoint_id", sa.Integer(), nullable=True))
        table.alter_column("recipient_id", existing_type=sa.Integer(), nullable=True)
        table.create_foreign_key(
            op.f("fk_outbox_messages_endpoint_id_webhook_endpoints"), "webhook_endpoints", ["endpoint_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_outbox_messages_a_person_or_an_endpoint"), "(recipient_id IS NULL) <> (endpoint_id IS NULL)"
        )
        _check(table, "channel", (*CHANNELS, "webhook", "sms"))
        _check(table, "audience", (*AUDIENCES, "endpoint"))
    for name, columns in INDEXES.items():
        op.create_index(
            name, "outbox_messages", columns, unique=name.startswith("uq"),
            sqlite_where=TO_ENDPOINTS, postgresql_where=TO_ENDPOINTS,
        )  # fmt: skip


def _check(table: BatchOperations, column: str, codes: tuple[str, ...]) -> None:
    name = op.f(f"ck_outbox_messages_{column}")
    table.drop_constraint(name, type_="check")
    table.create_check_constraint(name, f"{column} IN {codes}")


def _stamp(table: str) -> None:
    """Let what every process keeps be renewed with this table too; the triggers go with the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_STAMP.format(table=table))
        return
    for change in ("insert", "update", "delete"):
        op.execute(SQLITE_STAMP.format(table=table, change=change))


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
