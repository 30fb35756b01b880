"""How often signing in may fail: per account, per client address and in all, counted by minutes in the database.

The counts live where the people live, so they hold on every web process and whatever Redis does.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from escalation.domain.errors import DomainError
from escalation.models.people import SignInThrottle

WINDOW = timedelta(minutes=15)


class Door(StrEnum):
    """What is tried, each counted by itself."""

    SIGN_IN = "account"
    RESET = "reset"
    CODE = "code"
    CODE_MAIL = "mail"
    PASSKEY = "passkey"


LIMITS = {
    Door.SIGN_IN: (10, 50, 1000),
    Door.RESET: (3, 20, 300),
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
    """One try to sign in: for which account, from where, when."""

    email: str
    address: str
    at: datetime
    door: Door = Door.SIGN_IN

    @property
    def minute_ms(self) -> int:
        """Return the start of the minute it is counted in."""
        now_ms = int(self.at.timestamp() * 1000)
        return now_ms - now_ms % _MINUTE_MS

    @property
    def account_key(self) -> str:
        """Return the key of the account, known or not."""
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


def count_attempt(session: Session, attempt: Attempt) -> None:
    """Count a try as a failure until it is known to be none.

    Raises: TooManyTries, and the try that was refused is not counted.
    """
    for key, limit in attempt.limits():
        _add_one(session, key, attempt.minute_ms)
        counts = _counts(session, key, attempt)
        if sum(failures for _, failures in counts) > limit:
            raise TooManyTries(_free_again(counts, limit))
    session.execute(delete(SignInThrottle).where(SignInThrottle.window_starts_ms <= attempt.minute_ms - _WINDOW_MS))


def forget_attempt(session: Session, attempt: Attempt) -> None:
    """Take a try that succeeded off the counts, and all of its account's failures with it."""
    session.execute(delete(SignInThrottle).where(SignInThrottle.key == attempt.account_key))
    for key, _limit in attempt.limits()[1:]:
        session.execute(
            update(SignInThrottle)
            .where(SignInThrottle.key == key, SignInThrottle.window_starts_ms == attempt.minute_ms)
            .values(failures=case((SignInThrottle.failures > 0, SignInThrottle.failures - 1), else_=0))
        )


def _add_one(session: Session, key: str, minute_ms: int) -> None:
    """Add one to a count in one statement, so that tries at the same moment wait for each other here."""
    upsert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(SignInThrottle)
    session.execute(
        upsert.values(key=key, window_starts_ms=minute_ms, failures=1).on_conflict_do_update(
            index_elements=["key", "window_starts_ms"], set_={"failures": SignInThrottle.failures + 1}
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
