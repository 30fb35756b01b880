"""The first tables: the territory, the taxonomy, people and their mandates, settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LANGUAGES = ("ar", "fr", "en")
LEVELS = ("commune", "province", "region")
OFFICES = (
    "commune_president",
    "commune_delegate",
    "province_reviewer",
    "province_coordinator",
    "group_member",
    "group_president",
    "provincial_secretary",
    "regional_secretary",
    "secretariat_staff",
    "parliament_member",
    "administrator",
)
PLACE_KINDS = ("region", "prefecture", "province", "commune")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")

TABLES = (
    "places",
    "sectors",
    "bodies",
    "routing_reasons",
    "obstacle_types",
    "people",
    "mandates",
    "filing_permissions",
    "sessions",
    "sign_in_throttles",
    "settings",
    "holiday_corrections",
    "ticks",
)


def upgrade() -> None:
    _create_places()
    _create_taxonomy()
    _create_people()
    _create_sign_in()
    _create_settings()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _create_places() -> None:
    op.create_table(
        "places",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("level", _code(LEVELS, "level"), nullable=False),
        sa.Column("kind", _code(PLACE_KINDS, "kind"), nullable=False),
        sa.Column("parent_code", sa.String(20), sa.ForeignKey("places.code"), nullable=True),
        sa.Column("province_code", sa.String(20), nullable=True),
        sa.Column("region_code", sa.String(20), nullable=False),
        sa.Column("name_ar", sa.String(120), nullable=False),
        sa.Column("name_fr", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("names_alt", sa.Text(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_places_parent_code_name_fr", "places", ["parent_code", "name_fr"])
    op.create_index("ix_places_region_code_level", "places", ["region_code", "level"])


def _create_taxonomy() -> None:
    op.create_table(
        "sectors",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_ar", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("synonyms", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "bodies",
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_ar", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("synonyms", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "routing_reasons",
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(1), nullable=False),
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_ar", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("synonyms", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "obstacle_types",
        sa.Column("group", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("competent_council", sa.String(20), nullable=False),
        sa.Column("first_desk", _code(LEVELS, "first_desk"), nullable=False),
        sa.Column("reason", sa.String(40), sa.ForeignKey("routing_reasons.code"), nullable=False),
        sa.Column("bodies", JSON, nullable=False),
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_ar", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("synonyms", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name_ar", sa.String(120), nullable=False),
        sa.Column("name_fr", sa.String(120), nullable=False),
        sa.Column("language", _code(LANGUAGES, "language"), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("office", _code(OFFICES, "office"), nullable=False),
        sa.Column("place_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
    )
    op.create_index("ix_mandates_person_id", "mandates", ["person_id"])
    op.create_index("ix_mandates_place_code_office", "mandates", ["place_code", "office"])
    op.create_table(
        "filing_permissions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mandate_id", sa.Integer(), sa.ForeignKey("mandates.id"), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )
    op.create_index("ix_filing_permissions_mandate_id", "filing_permissions", ["mandate_id"])


def _create_sign_in() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "sign_in_throttles",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("window_starts_ms", sa.BigInteger(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
    )


def _create_settings() -> None:
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("key", "effective_on"),
    )
    op.create_table(
        "holiday_corrections",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("name_ar", sa.String(120), nullable=False),
        sa.Column("name_fr", sa.String(120), nullable=False),
    )
    op.create_table(
        "ticks",
        sa.Column("task", sa.String(40), primary_key=True),
        sa.Column("slot", sa.String(40), primary_key=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    )
