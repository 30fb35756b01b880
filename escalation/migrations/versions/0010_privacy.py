"""What the law on personal data asks for: notices shown, who read which case, names that went."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REASONS = ("person_asked", "authority_ordered", "no_longer_needed", "written_wrongly")
FATES = ("kept", "erased")
WAITS = sa.text("done_at IS NULL AND dropped_at IS NULL")


def upgrade() -> None:
    op.add_column("people", sa.Column("pseudonymised_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "notices_shown",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("person_id", "version"),
    )
    op.create_table(
        "case_reads",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("place_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("obstacle_id", "read_on", "person_id", "office", "place_code"),
    )
    op.create_index("ix_case_reads_person_id", "case_reads", ["person_id"])
    op.create_index("ix_case_reads_read_on", "case_reads", ["read_on"])
    op.create_table(
        "pseudonymisations",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("reason", _code(REASONS, "reason"), nullable=False),
        sa.Column("texts", _code(FATES, "texts"), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_pseudonymisations_done_at", "pseudonymisations", ["done_at"])
    op.create_index(
        "uq_pseudonymisations_one_waits",
        "pseudonymisations",
        ["person_id"],
        unique=True,
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )


def downgrade() -> None:
    for table in ("pseudonymisations", "case_reads", "notices_shown"):
        op.drop_table(table)
    op.drop_column("people", "pseudonymised_at")


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
