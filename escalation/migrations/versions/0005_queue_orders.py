"""A queue in four orders: an index for each, which also holds what the queue is narrowed by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = "status NOT IN ('draft','closed','declined','withdrawn')"
OPEN_BEFORE = "status IN ('filed','in_review','information_requested','referred_out','resolved')"
NARROWED_BY = ("status", "assignee_id", "urgency", "obstacle_type", "sector", "province_code")
EXPRESSIONS = {
    "age": "(coalesce(filed_at, created_at))",
    "amount": "(-coalesce(amount_blocked_centimes, -1))",
    "people": "(-coalesce(people_affected, -1))",
}


def upgrade() -> None:
    op.drop_index("ix_obstacles_queue", "obstacles")
    op.drop_index("ix_obstacles_assignee_id_due_at_id", "obstacles")
    _create_index("queue_deadline", ("desk_code", "due_at", "id", *NARROWED_BY), OPEN)
    for order, key in EXPRESSIONS.items():
        _create_index(f"queue_{order}", ("desk_code", sa.text(key), "id", *NARROWED_BY, "due_at"), OPEN)
    _create_index("in_charge", ("assignee_id", "due_at", "id"), OPEN)


def downgrade() -> None:
    for name in ("in_charge", *(f"queue_{order}" for order in EXPRESSIONS), "queue_deadline"):
        op.drop_index(f"ix_obstacles_{name}", "obstacles")
    op.create_index("ix_obstacles_assignee_id_due_at_id", "obstacles", ["assignee_id", "due_at", "id"])
    _create_index("queue", ("desk_code", "due_at", "id"), OPEN_BEFORE)


def _create_index(name: str, columns: tuple[str | sa.TextClause, ...], rows: str) -> None:
    where = sa.text(rows)
    op.create_index(f"ix_obstacles_{name}", "obstacles", list(columns), sqlite_where=where, postgresql_where=where)
