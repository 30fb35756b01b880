"""Competence by type and place, offices that rest, deputies for an absence, what was told of an office once."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LEVELS = ("commune", "province", "region")
DISPUTED = sa.text("opened_by IN ('obstacle_transferred', 'obstacle_contested')")
EMPTY = sa.text("kind = 'desk_empty' AND ended_at IS NULL")


def upgrade() -> None:
    _competence()
    op.create_index(
        "ix_referrals_disputed", "referrals", ["opened_at"], sqlite_where=DISPUTED, postgresql_where=DISPUTED
    )
    op.add_column("filing_permissions", sa.Column("taken_back_at", _moment(), nullable=True))
    with op.batch_alter_table("mandates") as table:
        table.add_column(sa.Column("interim_for_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_mandates_interim_for_id_mandates"), "mandates", ["interim_for_id"], ["id"])
    _suspensions()
    _deputyships()
    _notices()


def downgrade() -> None:
    op.drop_index("ix_referrals_disputed", "referrals")
    for table in ("office_notices", "deputyships", "suspensions", "rulings", "competence_rules"):
        op.drop_table(table)
    op.execute("DELETE FROM outbox_messages WHERE event LIKE 'office_%'")
    with op.batch_alter_table("mandates") as table:
        table.drop_constraint(op.f("fk_mandates_interim_for_id_mandates"), type_="foreignkey")
        table.drop_column("interim_for_id")
    op.drop_column("filing_permissions", "taken_back_at")


def _competence() -> None:
    op.create_table(
        "competence_rules",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("obstacle_type", "obstacle_types.code", sa.String(40)),
        _to("place_code", "places.code", sa.String(20)),
        sa.Column("first_desk", _code(LEVELS, "first_desk"), nullable=True),
        sa.Column("competent", _code((*LEVELS, "state"), "competent"), nullable=True),
        _to("reason", "routing_reasons.code", sa.String(40), nullable=True),
        sa.Column("law", sa.String(200), nullable=False),
        sa.Column("certainty", sa.String(1), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        _to("set_by_id", "people.id", nullable=True),
        sa.Column("created_at", _moment(), nullable=False),
        sa.UniqueConstraint("obstacle_type", "place_code", "effective_on"),
    )
    op.create_table(
        "rulings",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("region_code", "places.code", sa.String(20)),
        _to("obstacle_type", "obstacle_types.code", sa.String(40)),
        _to("place_code", "places.code", sa.String(20)),
        sa.Column("first_desk", _code(LEVELS, "first_desk"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", _code(("proposed", "adopted", "set_aside", "as_it_is"), "state"), nullable=False),
        _to("made_by_id", "people.id"),
        sa.Column("made_at", _moment(), nullable=False),
    )
    op.create_index("ix_rulings_region_code_obstacle_type_id", "rulings", ["region_code", "obstacle_type", "id"])


def _suspensions() -> None:
    op.create_table(
        "suspensions",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("mandate_id", "mandates.id"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _to("by_id", "people.id"),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("lifted_at", _moment(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
    )
    op.create_index("ix_suspensions_mandate_id", "suspensions", ["mandate_id"])


def _deputyships() -> None:
    op.create_table(
        "deputyships",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("mandate_id", "mandates.id"),
        _to("deputy_id", "people.id"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("taken_back_at", _moment(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )
    op.create_index("ix_deputyships_mandate_id", "deputyships", ["mandate_id"])
    op.create_index("ix_deputyships_deputy_id", "deputyships", ["deputy_id"])


def _notices() -> None:
    op.create_table(
        "office_notices",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", _code(("term_ends", "handover", "desk_empty"), "kind"), nullable=False),
        _to("mandate_id", "mandates.id", nullable=True),
        _to("place_code", "places.code", sa.String(20)),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.UniqueConstraint("kind", "mandate_id", "day"),
    )
    op.create_index(
        "uq_office_notices_empty_desk",
        "office_notices",
        ["place_code"],
        unique=True,
        sqlite_where=EMPTY,
        postgresql_where=EMPTY,
    )


def _to(name: str, target: str, kind: sa.String | None = None, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind or sa.Integer(), sa.ForeignKey(target), nullable=nullable)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
