"""The breaker of each way out, the pace at which messages leave, and an index of the messages that stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

STATES = ("closed", "open", "half_open")
STOPPED = sa.text("status IN ('failed', 'quarantined')")


def upgrade() -> None:
    op.create_table(
        "outbox_breakers",
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(80), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe_at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "outbox_paces",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("free_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_index(
        "ix_outbox_messages_stopped",
        "outbox_messages",
        ["status", "id"],
        sqlite_where=STOPPED,
        postgresql_where=STOPPED,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_messages_stopped", "outbox_messages")
    op.drop_table("outbox_paces")
    op.drop_table("outbox_breakers")
