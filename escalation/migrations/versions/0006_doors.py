"""What lets people in: invitations, new pass-phrases, the device of a session, letters about accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OFFICES = (
    "commune_president", "commune_delegate", "province_reviewer", "province_coordinator", "group_member",
    "group_president", "provincial_secretary", "regional_secretary", "secretariat_staff", "parliament_member",
    "administrator",
)  # fmt: skip
AUDIENCES = ("commune", "desk", "assignee", "passed", "secretary", "staff", "mentioned")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("device", sa.String(80), nullable=False, server_default=""))
    _change_audiences((*AUDIENCES, "account"))
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("office", _code(OFFICES, "office"), nullable=False),
        sa.Column("place_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_invitations_person_id", "invitations", ["person_id"])
    op.create_table(
        "password_resets",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_password_resets_person_id", "password_resets", ["person_id"])
    op.create_table(
        "security_events",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("codes", JSON, nullable=False),
    )
    op.create_index("ix_security_events_person_id_id", "security_events", ["person_id", "id"])
    op.create_index("ix_security_events_at", "security_events", ["at"])


def downgrade() -> None:
    for table in ("security_events", "password_resets", "invitations"):
        op.drop_table(table)
    op.execute("DELETE FROM outbox_messages WHERE audience = 'account'")
    _change_audiences(AUDIENCES)
    op.drop_column("sessions", "device")


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _change_audiences(codes: tuple[str, ...]) -> None:
    # SQLite rebuilds the table from what it reads of it; what it refers to need not be read.
    with op.batch_alter_table("outbox_messages", reflect_kwargs={"resolve_fks": False}) as table:
        table.drop_constraint(op.f("ck_outbox_messages_audience"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_messages_audience"), f"audience IN {codes}")
