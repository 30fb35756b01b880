"""What lets the clock act: when it looks at a case next, what it warned of, and days off of one province."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = "status NOT IN ('draft','closed','declined','withdrawn')"
FAR = "9999-12-31 00:00:00"
KINDS = ("deadline_near", "deadline_passed", "deadline_reminder", "confirmation_near")
TABLES = ("set_aside_cases", "case_warnings", "reminder_pauses", "closures")

SQLITE_STAMP = """CREATE TRIGGER closures_stamp_{change} AFTER {change} ON closures
    BEGIN UPDATE reference_stamp SET stamp = lower(hex(randomblob(16))); END"""

POSTGRESQL_STAMP = """CREATE TRIGGER closures_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON closures
    FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp()"""


def upgrade() -> None:
    far = FAR if op.get_bind().dialect.name == "sqlite" else f"{FAR}+00"
    for name in ("clock_at", "warn_at"):
        op.add_column("obstacles", sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=far))
    op.add_column("referrals", sa.Column("grace_days", sa.Integer(), nullable=False, server_default="3"))
    op.execute(
        "UPDATE referrals SET grace_days = COALESCE((SELECT value FROM settings WHERE key = 'grace_days'"
        " AND effective_on <= CURRENT_DATE ORDER BY effective_on DESC, id DESC LIMIT 1), 3)"
    )
    # The clock looks at every open case once, and writes down itself when it looks at it next.
    op.execute(
        "UPDATE obstacles SET clock_at = changed_at, warn_at = changed_at"
        " WHERE status NOT IN ('draft','closed','declined','withdrawn')"
    )
    where = sa.text(OPEN)
    for name, columns in (("clock", ["clock_at", "id"]), ("warnings", ["warn_at", "desk_code", "id"])):
        op.create_index(f"ix_obstacles_{name}", "obstacles", columns, sqlite_where=where, postgresql_where=where)
    _create_tables()
    _stamp_closures()


def downgrade() -> None:
    op.execute("DELETE FROM outbox_messages WHERE source_kind = 'warning'")
    for table_name in reversed(TABLES):
        op.drop_table(table_name)
    for name in ("warnings", "clock"):
        op.drop_index(f"ix_obstacles_{name}", "obstacles")
    op.drop_column("referrals", "grace_days")
    for name in ("warn_at", "clock_at"):
        op.drop_column("obstacles", name)


def _stamp_closures() -> None:
    """Let what every process keeps of the calendar be renewed with this table too; the triggers go with the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_STAMP)
        return
    for change in ("insert", "update", "delete"):
        op.execute(SQLITE_STAMP.format(change=change))


def _create_tables() -> None:
    of_case = sa.ForeignKey("obstacles.id")
    op.create_table(
        "set_aside_cases",
        sa.Column("obstacle_id", sa.Integer(), of_case, primary_key=True, autoincrement=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
    )
    op.create_table(
        "case_warnings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("obstacle_id", "kind", "mark"),
    )
    op.create_index("ix_case_warnings_given_at", "case_warnings", ["given_at"])
    op.create_table(
        "reminder_pauses",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )
    op.create_table(
        "closures",
        sa.Column("place_code", sa.String(20), sa.ForeignKey("places.code"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("name_ar", sa.String(120), nullable=False),
        sa.Column("name_fr", sa.String(120), nullable=False),
    )
