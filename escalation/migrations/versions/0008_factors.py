"""Second factors: apps, passkeys, recovery codes, trusted devices, the proofs that are waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger()
NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sessions", sa.Column("proven_at", NOW, nullable=True))
    op.create_table(
        "authenticator_apps",
        *_of_a_person(),
        sa.Column("sealed_secret", sa.String(200), nullable=False),
        sa.Column("last_step", BIG, nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("confirmed_at", NOW, nullable=True),
        sa.Column("used_at", NOW, nullable=True),
    )
    op.create_table(
        "passkeys",
        *_of_a_person(),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("credential_hash", sa.String(64), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", BIG, nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("used_at", NOW, nullable=True),
        sa.CheckConstraint("sign_count >= 0", name="sign_count_positive"),
        sa.UniqueConstraint("credential_hash"),
    )
    op.create_table(
        "recovery_codes",
        *_of_a_person(),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("used_at", NOW, nullable=True),
    )
    op.create_table(
        "trusted_devices",
        *_of_a_person(),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("used_at", NOW, nullable=False),
        sa.Column("expires_at", NOW, nullable=False),
        sa.UniqueConstraint("token_hash"),
    )
    _create_proofs()
    for table in ("authenticator_apps", "passkeys", "recovery_codes", "trusted_devices", "proofs"):
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])


def _create_proofs() -> None:
    op.create_table(
        "proofs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("sessions.id"), nullable=True),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("expires_at", NOW, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("code_nonce", sa.String(64), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("code_until", NOW, nullable=True),
        sa.Column("challenge", sa.String(64), nullable=False),
        sa.Column("ended_at", NOW, nullable=True),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_proofs_expires_at", "proofs", ["expires_at"])


def downgrade() -> None:
    for table in ("proofs", "trusted_devices", "recovery_codes", "passkeys", "authenticator_apps"):
        op.drop_table(table)
    op.drop_column("sessions", "proven_at")


def _of_a_person() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
    )
