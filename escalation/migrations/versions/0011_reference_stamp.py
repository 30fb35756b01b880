"""A word that changes whenever a row of the reference, a setting or the calendar does; the database sees to it.

And an index of unread messages that SQLite prefers to that of the whole inbox: it also holds from when they are shown.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STAMPED = (
    "places", "sectors", "bodies", "routing_reasons", "obstacle_types", "settings", "holiday_corrections",
)  # fmt: skip
CHANGES = ("INSERT", "UPDATE", "DELETE")

UNREAD = sa.text("channel = 'app' AND read_at IS NULL")

SQLITE_TRIGGER = """CREATE TRIGGER {table}_stamp_{change} AFTER {change} ON {table}
    BEGIN UPDATE reference_stamp SET stamp = lower(hex(randomblob(16))); END"""

RENEW = """CREATE FUNCTION renew_reference_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE reference_stamp SET stamp = replace(gen_random_uuid()::text, '-', ''); RETURN NULL; END $$"""

POSTGRESQL_TRIGGER = """CREATE TRIGGER {table}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp()"""


def upgrade() -> None:
    stamps = op.create_table(
        "reference_stamp",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("stamp", sa.String(32), nullable=False),
    )
    op.bulk_insert(stamps, [{"id": 1, "stamp": uuid.uuid4().hex}])
    if _on_postgresql():
        op.execute(RENEW)
    for table in STAMPED:
        for statement in _triggers(table):
            op.execute(statement)
    _index_unread(["recipient_id", "not_before_ms", "id"])


def downgrade() -> None:
    _index_unread(["recipient_id", "id"])
    for table in STAMPED:
        if _on_postgresql():
            op.execute(f"DROP TRIGGER {table}_stamp ON {table}")
        else:
            for change in CHANGES:
                op.execute(f"DROP TRIGGER {table}_stamp_{change.lower()}")
    if _on_postgresql():
        op.execute("DROP FUNCTION renew_reference_stamp()")
    op.drop_table("reference_stamp")


def _index_unread(columns: list[str]) -> None:
    name, table = "ix_outbox_messages_unread", "outbox_messages"
    op.drop_index(name, table)
    op.create_index(name, table, columns, sqlite_where=UNREAD, postgresql_where=UNREAD)


def _triggers(table: str) -> list[str]:
    if _on_postgresql():
        return [POSTGRESQL_TRIGGER.format(table=table)]
    return [SQLITE_TRIGGER.format(table=table, change=change.lower()) for change in CHANGES]


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
