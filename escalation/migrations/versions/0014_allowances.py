"""Delays for some cases only, by level, urgency and type; and rehearsals of delays that are not in force."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SCOPE = ("level", "urgency", "obstacle_type")
STATUSES = ("draft", "waiting", "done", "failed")
EFFECTS = ("taken_late", "warned", "late", "escalated", "confirmed", "too_late")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")

SQLITE_TRIGGER = """CREATE TRIGGER settings_stamp_{change} AFTER {change} ON settings
    BEGIN UPDATE reference_stamp SET stamp = lower(hex(randomblob(16))); END"""
"""SQLite makes the table anew, and the triggers that renew the stamp of the reference go with the old one."""


def upgrade() -> None:
    with op.batch_alter_table("settings") as table:
        for name in SCOPE:
            table.add_column(sa.Column(name, sa.String(40), nullable=False, server_default=""))
        table.alter_column("value", existing_type=sa.Integer(), nullable=True)
        table.drop_constraint(op.f("uq_settings_key_effective_on"), type_="unique")
        unique = "uq_settings_key_level_urgency_obstacle_type_effective_on"
        table.create_unique_constraint(op.f(unique), ["key", *SCOPE, "effective_on"])
        has_value = "value IS NOT NULL OR level || urgency || obstacle_type <> ''"
        table.create_check_constraint(op.f("ck_settings_for_all_a_value"), has_value)
    _stamp_anew()
    _rehearsals()


def downgrade() -> None:
    op.drop_table("rehearsed_effects")
    op.drop_table("rehearsals")
    # Without these columns a value for some cases would become one for all.
    op.execute("DELETE FROM settings WHERE level || urgency || obstacle_type <> ''")
    with op.batch_alter_table("settings") as table:
        table.drop_constraint(op.f("ck_settings_for_all_a_value"), type_="check")
        table.drop_constraint(op.f("uq_settings_key_level_urgency_obstacle_type_effective_on"), type_="unique")
        table.create_unique_constraint(op.f("uq_settings_key_effective_on"), ["key", "effective_on"])
        table.alter_column("value", existing_type=sa.Integer(), nullable=False)
        for name in SCOPE:
            table.drop_column(name)
    _stamp_anew()


def _stamp_anew() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("insert", "update", "delete"):
            op.execute(SQLITE_TRIGGER.format(change=change))


def _rehearsals() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("region_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("status", _code(STATUSES, "status"), nullable=False),
        sa.Column("lines", _JSON, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reached_id", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("forced_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("forced_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_rehearsals_region_code_id", "rehearsals", ["region_code", "id"])
    waiting = sa.text("status = 'waiting'")
    op.create_index("ix_rehearsals_waiting", "rehearsals", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "rehearsed_effects",
        sa.Column("rehearsal_id", sa.Integer(), sa.ForeignKey("rehearsals.id"), primary_key=True),
        sa.Column("run", sa.Integer(), primary_key=True),
        sa.Column("kind", _code(EFFECTS, "kind"), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), primary_key=True),
        sa.Column("stay", sa.Integer(), primary_key=True),
        sa.Column("was_on", sa.Date(), nullable=True),
        sa.Column("would_on", sa.Date(), nullable=True),
    )


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
