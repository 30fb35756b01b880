"""Where the next page of a list begins, as an opaque word in an address."""

import base64
import binascii
from datetime import UTC, datetime

from escalation.queries.case_rows import Cursor

LONGEST = 200


def cursor_text(cursor: Cursor | None) -> str | None:
    """Return a cursor as a word for an address; None when there is no next page."""
    if cursor is None:
        return None
    plain = f"{cursor.rank}~{cursor.instant.isoformat()}~{cursor.id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """Return the cursor of a word; what is none of ours is as if it were not there: the first page."""
    if not text or len(text) > LONGEST:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        rank, instant, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").split("~")
        moment = datetime.fromisoformat(instant)
        cursor = Cursor(int(rank), moment.astimezone(UTC), int(number))
    except (ValueError, OverflowError, binascii.Error):
        return None
    fits = moment.tzinfo is not None and 0 <= cursor.rank <= 1 and 0 <= cursor.id < 2**31
    return cursor if fits else None
