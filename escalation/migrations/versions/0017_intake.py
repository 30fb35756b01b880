"""Mail that comes in, and the addresses at which letters do not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NEW, HELD, LIVE = (sa.text(words) for words in ("status = 'new'", "status = 'held'", "lifted_at IS NULL"))


def upgrade() -> None:
    _mails()
    _failures()


def downgrade() -> None:
    op.drop_table("address_failures")
    op.drop_table("incoming_mails")
    told = "('address_failed', 'reply_held', 'reply_without_files')"
    op.execute(f"DELETE FROM outbox_messages WHERE event IN {told}")  # noqa: S608  # nosec B608 - words of ours


def _mails() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "incoming_mails",
        sa.Column("id", big, primary_key=True),
        sa.Column("received_at", _moment(), nullable=False),
        sa.Column("way", _code(("pipe", "imap"), "way"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("envelope_sender", sa.String(320), nullable=True),
        sa.Column("envelope_recipient", sa.String(320), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("status", _code(("new", "done", "held"), "status"), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("sender", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("letter_id", sa.BigInteger(), nullable=True),
        sa.Column("is_hint", sa.Boolean(), nullable=False),
        _to("person_id", "people.id", nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", _moment(), nullable=True),
        _to("settled_by_id", "people.id", nullable=True),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_incoming_mails_new", "incoming_mails", ["id"], sqlite_where=NEW, postgresql_where=NEW)
    op.create_index("ix_incoming_mails_held", "incoming_mails", ["id"], sqlite_where=HELD, postgresql_where=HELD)
    op.create_index("ix_incoming_mails_person_id_settled_at", "incoming_mails", ["person_id", "settled_at"])
    op.create_index("ix_incoming_mails_sender_received_at", "incoming_mails", ["sender", "received_at"])
    op.create_index("ix_incoming_mails_received_at", "incoming_mails", ["received_at"])


def _failures() -> None:
    op.create_table(
        "address_failures",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("person_id", "people.id"),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        _to("obstacle_id", "obstacles.id", nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("noted_at", _moment(), nullable=False),
        sa.Column("lifted_at", _moment(), nullable=True),
        _to("lifted_by_id", "people.id", nullable=True),
        sa.UniqueConstraint("letter_id"),
    )
    op.create_index(
        "ix_address_failures_live", "address_failures", ["person_id"], sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_index("ix_address_failures_person_id", "address_failures", ["person_id"])


def _to(name: str, target: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(target), nullable=nullable)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _code(codes: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
