"""Tries that failed are told to the owner of an account and to administrators, many as one, and to nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.people import Person, SignInThrottle
from escalation.services.people.failed_tries import note_failed_tries
from escalation.services.people.sessions import Browser
from escalation.services.people.sign_in import WrongCredentials, sign_in
from escalation.services.people.throttle import TooManyTries
from escalation.services.transaction import transaction
from tests.factories import PASSWORD, Town
from tests.visitor import Visitor

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = timedelta(minutes=3)


@pytest.fixture
def town(town: Town) -> Town:
    """The town, whose president signs in by a number too."""
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.president.id).values(phone="+212612345678"))
    return town


def attempt(town: Town, name: str = "president@example.test", at: datetime = NOW, password: str = "wrong one") -> bool:
    """Try to sign in, and say whether it was let in."""
    with town.app.app_context():
        try:
            sign_in(name, password, address="192.0.2.1", browser=Browser(now=at, minutes=60))
        except (WrongCredentials, TooManyTries):
            return False
        return True


def note(town: Town, at: datetime) -> int:
    """Let a worker write down what failed."""
    with town.app.app_context():
        return note_failed_tries(at)


def noted(town: Town) -> list[tuple[int | None, int]]:
    """Return the events of failed tries: whose account, how many."""
    with town.app.app_context():
        kind = SecurityEvent.kind == SecurityEventKind.SIGN_IN_FAILED
        rows = db.session.scalars(select(SecurityEvent).where(kind).order_by(SecurityEvent.id))
        return [(row.person_id, row.codes["count"]) for row in rows]


def test_many_tries_are_one_event_of_a_quarter_of_an_hour(town: Town) -> None:
    for name in ("president@example.test", "0612345678", "president@example.test"):
        attempt(town, name)
    assert note(town, NOW + timedelta(minutes=1)) == 0, "their minute is not over"
    assert note(town, NOW + LATER) == 1
    assert note(town, NOW + LATER) == 0, "what is written is written once"
    attempt(town, at=NOW + timedelta(minutes=5))
    note(town, NOW + timedelta(minutes=8))
    assert noted(town) == [(town.president.id, 4)]
    attempt(town, at=NOW + timedelta(minutes=20))
    note(town, NOW + timedelta(minutes=25))
    assert noted(town) == [(town.president.id, 4), (town.president.id, 1)]


def test_a_flood_is_one_event_and_what_is_refused_unread_is_not_counted(town: Town) -> None:
    with town.app.app_context(), transaction() as rows:
        rows.add(
            SignInThrottle(
                key="account:x", window_starts_ms=int(NOW.timestamp() * 1000), failures=500, person_id=town.member.id
            )
        )
    note(town, NOW + LATER)
    assert noted(town) == [(town.member.id, 500)]


def test_of_strangers_and_of_the_suspended_nothing_is_written(town: Town) -> None:
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.member.id).values(suspended_at=NOW))
    for name in ("strange@example.test", "0699999999", "member@example.test"):
        attempt(town, name)
    assert note(town, NOW + LATER) == 0
    assert noted(town) == []


def test_who_gets_in_finds_the_tries_before_at_once_and_not_their_own(town: Town) -> None:
    for _ in range(2):
        attempt(town)
    assert attempt(town, password=PASSWORD)
    assert noted(town) == [(town.president.id, 2)]
    note(town, NOW + LATER)
    assert noted(town) == [(town.president.id, 2)]
    attempt(town, at=NOW + timedelta(minutes=4))
    note(town, NOW + timedelta(minutes=8))
    assert noted(town) == [(town.president.id, 2), (town.president.id, 1)], "what came after is not lost"


def test_a_count_stays_until_it_is_written_down(town: Town) -> None:
    """However long no worker runs."""
    attempt(town)
    attempt(town, "strange@example.test", at=NOW + timedelta(hours=5))
    note(town, NOW + timedelta(hours=6))
    assert noted(town) == [(town.president.id, 1)]
    attempt(town, "strange@example.test", at=NOW + timedelta(hours=7))
    with town.app.app_context():
        assert db.session.scalars(select(SignInThrottle).where(SignInThrottle.person_id.is_not(None))).all() == []


def test_the_owner_reads_of_it_on_their_account_until_they_come_again(town: Town, client: Visitor) -> None:
    right = {"email": "president@example.test", "password": PASSWORD}
    assert client.submit("/sign-in", right).status_code == 303
    assert "since you were last here" not in client.get("/account?lang=en").text
    other = Visitor(town.app)
    for _ in range(3):
        other.submit("/sign-in", right | {"password": "wrong one"})
    assert client.submit("/sign-out").status_code == 303
    assert client.submit("/sign-in", right).status_code == 303
    assert "3 tries failed since you were last here" in client.get("/account?lang=en").text
    client.submit("/sign-out")
    client.submit("/sign-in", right)
    assert "since you were last here" not in client.get("/account?lang=en").text
