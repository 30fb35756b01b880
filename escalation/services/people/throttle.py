"""How often signing in may fail: per account, per client address and in all, counted by minutes in the database.

The counts live where the people live, so they hold on every web process and whatever Redis does. What was typed is
counted for all to see. An account is also counted by itself, whether an address or a number named it: past its limit
nothing opens it, and nothing says so, else a pause would tell which number belongs to which address.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from escalation.domain.errors import DomainError
from escalation.models.people import SignInThrottle
from escalation.services.people.failed_tries import not_noted, note_failed, unsaid
from escalation.services.transaction import insert_or

WINDOW = timedelta(minutes=15)


class Door(StrEnum):
    """What is tried, each counted by itself."""

    SIGN_IN = "account"
    RESET = "reset"
    PHONE = "phone"
    """Who is signed in writes another number, and learns whether it is taken."""
    CODE = "code"
    CODE_MAIL = "mail"
    PASSKEY = "passkey"


LIMITS = {
    Door.SIGN_IN: (10, 50, 1000),
    Door.RESET: (3, 20, 300),
    Door.PHONE: (10, 50, 300),
    Door.CODE: (10, 50, 1000),
    Door.CODE_MAIL: (6, 60, 2000),
    Door.PASSKEY: (1000, 60, 1000),
}
"""How many tries within the window, for one account, from one address and in all."""

_MINUTE_MS = 60_000
_WINDOW_MS = int(WINDOW.total_seconds()) * 1000
_EVERYBODY = "everybody"


class TooManyTries(DomainError):
    """Signing in failed too often for this account, from this address or in all; ``until`` says when to try again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


@dataclass(frozen=True)
class Attempt:
    """One try to sign in: by which address or number, from where, when; and whose they are, once that is known."""

    email: str
    address: str
    at: datetime
    door: Door = Door.SIGN_IN
    person_id: int | None = None

    @property
    def minute_ms(self) -> int:
        """Return the start of the minute it is counted in."""
        now_ms = int(self.at.timestamp() * 1000)
        return now_ms - now_ms % _MINUTE_MS

    @property
    def account_key(self) -> str:
        """Return the key of what was typed, known or not."""
        return f"{self.door}:{_digest(self.email)}"

    def limits(self) -> Sequence[tuple[str, int]]:
        """Return what it counts against, in the order in which rows are locked."""
        per_account, per_address, in_all = LIMITS[self.door]
        before = "" if self.door is Door.SIGN_IN else f"{self.door}:"
        return (
            (self.account_key, per_account),
            (f"{before}address:{_digest(_network(self.address))}", per_address),
            (f"{before}{_EVERYBODY}", in_all),
        )


def count_attempt(session: Session, attempt: Attempt) -> bool:
    """Count a try as a failure until it is known to be none; return whether the account itself may still be opened.

    Raises: TooManyTries, and the try that was refused is not counted.
    """
    for key, limit in attempt.limits():
        _add_one(session, key, attempt)
        counts = _counts(session, key, attempt)
        if sum(failures for _, failures in counts) > limit:
            raise TooManyTries(_free_again(counts, limit))
    past = SignInThrottle.window_starts_ms <= attempt.minute_ms - _WINDOW_MS
    session.execute(delete(SignInThrottle).where(past, ~unsaid()))
    return _count_on_account(session, attempt) <= LIMITS[attempt.door][0]


def forget_attempt(session: Session, attempt: Attempt) -> None:
    """Take a try that succeeded off the counts, and all of its account's failures with it: its owner reads of them."""
    if attempt.person_id is not None:
        failed = not_noted(session, attempt.person_id) - 1
        note_failed(session, attempt.person_id, failed, attempt.at)
    session.execute(delete(SignInThrottle).where(or_(SignInThrottle.key == attempt.account_key, _is_of(attempt))))
    for key, _limit in attempt.limits()[1:]:
        session.execute(
            update(SignInThrottle)
            .where(SignInThrottle.key == key, SignInThrottle.window_starts_ms == attempt.minute_ms)
            .values(failures=case((SignInThrottle.failures > 0, SignInThrottle.failures - 1), else_=0))
        )


def _is_of(attempt: Attempt) -> ColumnElement[bool]:
    return and_(SignInThrottle.person_id == (attempt.person_id or 0), SignInThrottle.key.startswith(f"{attempt.door}:"))


def _count_on_account(session: Session, attempt: Attempt) -> int:
    """Return how many tries the account took, by all its names; for nobody's the same is asked."""
    recent = SignInThrottle.window_starts_ms > attempt.minute_ms - _WINDOW_MS
    count = select(func.coalesce(func.sum(SignInThrottle.failures), 0)).where(_is_of(attempt), recent)
    return int(session.scalars(count).one())


def forget_account(session: Session, person_id: int, *names: str) -> int:
    """Forget every failure of one account, by all its names and at every door; return how many rows that were."""
    keys = [f"{door}:{_digest(name)}" for door in Door for name in names if name]
    theirs = or_(SignInThrottle.key.in_(keys), SignInThrottle.person_id == person_id)
    return len(session.scalars(delete(SignInThrottle).where(theirs).returning(SignInThrottle.key)).all())


def _add_one(session: Session, key: str, attempt: Attempt) -> None:
    """Add one to a count in one statement, so that tries at the same moment wait for each other here."""
    upsert = insert_or(session, SignInThrottle)
    person_id = attempt.person_id if key == attempt.account_key else None
    session.execute(
        upsert.values(
            key=key, window_starts_ms=attempt.minute_ms, failures=1, person_id=person_id, noted=0
        ).on_conflict_do_update(
            index_elements=["key", "window_starts_ms"],
            set_={"failures": SignInThrottle.failures + 1, "person_id": person_id},
        )
    )


def _counts(session: Session, key: str, attempt: Attempt) -> list[tuple[int, int]]:
    rows = session.execute(
        select(SignInThrottle.window_starts_ms, SignInThrottle.failures)
        .where(SignInThrottle.key == key, SignInThrottle.window_starts_ms > attempt.minute_ms - _WINDOW_MS)
        .order_by(SignInThrottle.window_starts_ms)
    ).all()
    return [(minute_ms, failures) for minute_ms, failures in rows]


def _free_again(counts: list[tuple[int, int]], limit: int) -> datetime:
    """Return when enough failures are past for one more try."""
    left = sum(failures for _, failures in counts)
    for minute_ms, failures in counts:
        left -= failures
        if left < limit:
            return datetime.fromtimestamp((minute_ms + _WINDOW_MS) / 1000, UTC)
    raise AssertionError("a limit is at least one")


def _network(address: str) -> str:
    """Return what one client holds: an IPv4 address, or the /64 around an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
