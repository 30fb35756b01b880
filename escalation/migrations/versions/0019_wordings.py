"""The words that administrators give to mails, in versions."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0013"
branch_labels = None
depends_on = None

LANGUAGES = ("ar", "fr", "en")

SQLITE_STAMP = """CREATE TRIGGER mail_wordings_stamp_{change} AFTER {change} ON mail_wordings
    BEGIN UPDATE reference_stamp SET stamp = lower(hex(randomblob(16))); END"""

POSTGRESQL_STAMP = """CREATE TRIGGER mail_wordings_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mail_wordings
    FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp()"""


def upgrade() -> None:
    op.create_table(
        "mail_wordings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column(
            "language",
            sa.Enum(*LANGUAGES, name="language", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(120), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("set_by_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("event", "audience", "language", "version"),
    )
    _stamp()


def downgrade() -> None:
    # What was owed in words that go says the usual ones; no earlier attempt is held against it.
    op.execute("UPDATE outbox_messages SET template_version = 1, body_sha256 = '' WHERE template_version > 1")
    op.drop_table("mail_wordings")


def _stamp() -> None:
    """Let what every process keeps of the versions be renewed with this table too; the triggers go with the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_STAMP)
        return
    for change in ("insert", "update", "delete"):
        op.execute(SQLITE_STAMP.format(change=change))
