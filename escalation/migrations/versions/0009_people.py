"""Telephone numbers by which people sign in, tries that failed, and tables of people."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = ("obstacles", "people")


def upgrade() -> None:
    with op.batch_alter_table("people") as table:
        table.add_column(sa.Column("phone", sa.String(16), nullable=True))
        table.create_unique_constraint(op.f("uq_people_phone"), ["phone"])
    op.add_column("sign_in_throttles", sa.Column("person_id", sa.Integer(), nullable=True))
    op.add_column("sign_in_throttles", sa.Column("noted", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_sign_in_throttles_person_id", "sign_in_throttles", ["person_id"])
    kind = sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40)
    with op.batch_alter_table("backlog_imports") as table:
        table.add_column(sa.Column("kind", kind, nullable=False, server_default="obstacles"))
    op.create_index("ix_security_events_kind_id", "security_events", ["kind", "id"])


def downgrade() -> None:
    op.drop_index("ix_security_events_kind_id", "security_events")
    op.execute("DELETE FROM backlog_imports WHERE kind = 'people'")
    with op.batch_alter_table("backlog_imports") as table:
        table.drop_constraint(op.f("ck_backlog_imports_kind"), type_="check")
        table.drop_column("kind")
    op.execute("DELETE FROM outbox_messages WHERE event = 'account_phone_changed'")
    op.execute("DELETE FROM security_events WHERE kind IN ('phone_changed', 'sign_in_failed', 'people_imported')")
    op.drop_index("ix_sign_in_throttles_person_id", "sign_in_throttles")
    op.drop_column("sign_in_throttles", "noted")
    op.drop_column("sign_in_throttles", "person_id")
    with op.batch_alter_table("people") as table:
        table.drop_constraint(op.f("uq_people_phone"), type_="unique")
        table.drop_column("phone")
