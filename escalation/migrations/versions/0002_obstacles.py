"""Obstacles, their stays at desks, what was written about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CAUSES = ("decision", "clock", "commune")
CHANNELS = ("web", "phone", "whatsapp", "meeting", "letter")
CONFIRMED_BYS = ("commune", "silence")
EVENTS = (
    "obstacle_filed",
    "obstacle_claimed",
    "obstacle_assigned",
    "obstacle_released",
    "information_requested",
    "information_provided",
    "obstacle_referred_out",
    "outside_reply_recorded",
    "wait_ended",
    "obstacle_escalated",
    "obstacle_sent_back",
    "obstacle_transferred",
    "obstacle_resolved",
    "obstacle_closed",
    "obstacle_contested",
    "obstacle_declined",
    "obstacle_appealed",
    "obstacle_withdrawn",
    "obstacle_reopened",
)
LEVELS = ("commune", "province", "region")
OUTCOMES = ("removed", "partly_removed", "commitment", "no_solution_now")
PAUSE_REASONS = ("commune", "outside")
STATUSES = (
    "draft",
    "filed",
    "in_review",
    "information_requested",
    "referred_out",
    "resolved",
    "closed",
    "declined",
    "withdrawn",
)
URGENCIES = ("normal", "urgent", "critical")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")

TABLES = ("obstacles", "referrals", "pauses", "statements", "submissions", "reference_counters")


def upgrade() -> None:
    _create_obstacles()
    _create_stays()
    _create_writings()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _create_obstacles() -> None:
    op.create_table(
        "obstacles",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reference", sa.String(20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", _code(STATUSES, "status"), nullable=False),
        sa.Column("level", _code(LEVELS, "level"), nullable=False),
        sa.Column("commune_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("province_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("region_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("desk_code", sa.String(20), sa.ForeignKey("places.code"), nullable=True),
        sa.Column("author_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("assignee_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("channel", _code(CHANNELS, "channel"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("project_name", sa.String(200), nullable=False),
        sa.Column("project_owner", sa.String(40), sa.ForeignKey("bodies.code"), nullable=True),
        sa.Column("obstacle_type", sa.String(40), sa.ForeignKey("obstacle_types.code"), nullable=True),
        sa.Column("sector", sa.String(40), sa.ForeignKey("sectors.code"), nullable=True),
        sa.Column("blocked_since", sa.Date(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("programme", sa.String(200), nullable=False),
        sa.Column("budget_centimes", sa.BigInteger(), nullable=True),
        sa.Column("amount_blocked_centimes", sa.BigInteger(), nullable=True),
        sa.Column("people_affected", sa.Integer(), nullable=True),
        sa.Column("asked_of", JSON, nullable=False),
        sa.Column("tried_already", sa.Text(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("urgency", _code(URGENCIES, "urgency"), nullable=False),
        sa.Column("urgency_reason", sa.Text(), nullable=False),
        sa.Column("callback_phone", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("confirm_by", sa.Date(), nullable=True),
        sa.Column("outcome", _code(OUTCOMES, "outcome"), nullable=True),
        sa.Column("commitment_by", sa.Date(), nullable=True),
        sa.Column("confirmed_by", _code(CONFIRMED_BYS, "confirmed_by"), nullable=True),
        sa.Column("journal_seq", sa.Integer(), nullable=False),
        sa.Column("journal_hash", sa.String(64), nullable=False),
        sa.Column("sealed_seq", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'draft') = (desk_code IS NULL)", name="a_draft_has_no_desk"),
        sa.CheckConstraint("(status = 'draft') = (reference IS NULL)", name="a_draft_has_no_reference"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_obstacles_assignee_id_due_at_id", "obstacles", ["assignee_id", "due_at", "id"])
    op.create_index("ix_obstacles_author_id_id", "obstacles", ["author_id", "id"])
    op.create_index("ix_obstacles_commune_code_id", "obstacles", ["commune_code", "id"])
    op.create_index("ix_obstacles_commune_code_status_id", "obstacles", ["commune_code", "status", "id"])
    op.create_index("ix_obstacles_province_code_id", "obstacles", ["province_code", "id"])
    op.create_index(
        "ix_obstacles_queue",
        "obstacles",
        ["desk_code", "due_at", "id"],
        sqlite_where=sa.text("status IN ('filed','in_review','information_requested','referred_out','resolved')"),
        postgresql_where=sa.text("status IN ('filed','in_review','information_requested','referred_out','resolved')"),
    )
    op.create_index("ix_obstacles_queue_status", "obstacles", ["desk_code", "status", "due_at", "id"])
    op.create_index("ix_obstacles_region_code_id", "obstacles", ["region_code", "id"])
    op.create_index(
        "ix_obstacles_unsealed",
        "obstacles",
        ["id"],
        sqlite_where=sa.text("journal_seq > sealed_seq"),
        postgresql_where=sa.text("journal_seq > sealed_seq"),
    )


def _create_stays() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("desk_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("level", _code(LEVELS, "level"), nullable=False),
        sa.Column("opened_by", _code(EVENTS, "opened_by"), nullable=False),
        sa.Column("cause", _code(CAUSES, "cause"), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowance_days", sa.Integer(), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", _code(EVENTS, "closed_by"), nullable=True),
        sa.UniqueConstraint("obstacle_id", "seq"),
    )
    op.create_index("ix_referrals_desk_code_obstacle_id", "referrals", ["desk_code", "obstacle_id"])
    op.create_index(
        "uq_referrals_one_open",
        "referrals",
        ["obstacle_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "pauses",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("referral_id", sa.Integer(), sa.ForeignKey("referrals.id"), nullable=False),
        sa.Column("reason", _code(PAUSE_REASONS, "reason"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_pauses_referral_id", "pauses", ["referral_id"])


def _create_writings() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.UniqueConstraint("obstacle_id", "event_seq", "kind"),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("person_id", "key"),
    )
    op.create_table(
        "reference_counters",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
    )
