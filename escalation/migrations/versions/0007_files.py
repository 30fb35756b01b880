"""Files beside a case."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = ("jpg", "png", "webp", "pdf", "docx", "xlsx", "odt")


def upgrade() -> None:
    op.create_table(
        "case_files",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("stored_as", sa.String(32), nullable=False),
        sa.Column("commune_code", sa.String(20), sa.ForeignKey("places.code"), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("form_path", sa.String(200), nullable=False),
        sa.Column("obstacle_id", sa.Integer(), sa.ForeignKey("obstacles.id"), nullable=True),
        sa.Column("event_seq", sa.Integer(), nullable=True),
        sa.Column("note_id", sa.Integer(), sa.ForeignKey("notes.id"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_sha256", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("small_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attached_at IS NULL OR obstacle_id IS NOT NULL", name="attached_to_a_case"),
        sa.CheckConstraint("note_id IS NULL OR event_seq IS NULL", name="of_a_note_or_an_event"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("stored_as"),
    )
    op.create_index("ix_case_files_obstacle_id", "case_files", ["obstacle_id"])
    op.create_index("ix_case_files_person_id_form_path", "case_files", ["person_id", "form_path"])
    op.create_index("ix_case_files_commune_code", "case_files", ["commune_code"])
    op.create_index("ix_case_files_note_id", "case_files", ["note_id"])


def downgrade() -> None:
    op.drop_table("case_files")
