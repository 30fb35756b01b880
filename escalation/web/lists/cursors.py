"""Where the next page of a list begins, as an opaque word in an address."""

import base64
from datetime import UTC, datetime

from escalation.queries.lists.case_rows import Cursor
from escalation.queries.lists.queue_order import BY_TIME, Order, Position

LONGEST = 200
MOST_ID, MOST_KEY = 2**31 - 1, 2**63 - 1


def cursor_text(cursor: Cursor | None) -> str | None:
    """Return a cursor as a word for an address; None when there is no next page."""
    if cursor is None:
        return None
    return _word(f"{cursor.rank}~{cursor.instant.isoformat()}~{cursor.id}")


def read_cursor(text: str | None) -> Cursor | None:
    """Return the cursor of a word; what is none of ours is as if it were not there: the first page."""
    try:
        rank, instant, number = _parts(text)
        cursor = Cursor(int(rank), _moment(instant), int(number))
    except (ValueError, OverflowError):
        return None
    return cursor if 0 <= cursor.rank <= 1 and 0 <= cursor.id <= MOST_ID else None


def position_text(position: Position | None) -> str | None:
    """Return a position in an order of the queue as a word for an address; None when there is none."""
    if position is None:
        return None
    key = position.key.isoformat() if isinstance(position.key, datetime) else position.key
    return _word(f"{position.order}~{key}~{position.id}")


def read_position(text: str | None, order: Order) -> Position | None:
    """Return the position of a word in this order; what is none, or one in another order, is the first page."""
    try:
        named, key, number = _parts(text)
        position = Position(Order(named), _moment(key) if order in BY_TIME else int(key), int(number))
    except (ValueError, OverflowError):
        return None
    fits = isinstance(position.key, datetime) or -MOST_KEY <= position.key <= MOST_KEY
    return position if position.order is order and fits and 0 <= position.id <= MOST_ID else None


def _word(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _parts(text: str | None) -> list[str]:
    """Return what a word was made of. Raises: ValueError."""
    if not text or len(text) > LONGEST:
        raise ValueError("no word of ours")
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").split("~")


def _moment(text: str) -> datetime:
    """Return a moment in UTC. Raises: ValueError, OverflowError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
