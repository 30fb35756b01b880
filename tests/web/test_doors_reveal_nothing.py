"""What the doors say and how long they take is the same for a stranger as for a known account, however it is named."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from escalation.domain.codes import Language, Office
from escalation.models.doors import PasswordReset
from escalation.models.people import Person, SignInThrottle
from escalation.services.people import passwords, throttle
from escalation.services.people import sign_in as service
from escalation.services.people.invitations import Invited, invite
from escalation.services.people.passwords import hash_password, verify_password
from escalation.services.people.people import Term
from escalation.services.people.sessions import Browser
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, PASSWORD, Town
from tests.ranks import slower_of
from tests.visitor import Visitor
from tests.web.provers import enrol_app

MINE, SUSPENDED, INVITED, STRANGE = "+212612345678", "+212612345679", "+212612345670", "+212612345671"
WRONG = "not the pass-phrase"
KNOWN = ("president@example.test", "0612345678", "00212612345678")
CLOSED = ("member@example.test", "0612345679", "waits@example.test", "0612345670")
UNKNOWN = ("strange@example.test", "0612345671", "+212 612-345671", "06", "nobody at all")


@pytest.fixture
def people(town: Town) -> Town:
    """The town with three numbers: of somebody, of somebody suspended, of somebody invited."""
    now = datetime.now(UTC)
    term = Term(Office.COMMUNE_DELEGATE, COMMUNE, now.date())
    names = {"name_ar": "خديجة", "name_fr": "Khadija", "language": Language.FR}
    with town.app.app_context():
        invite(Invited(email="waits@example.test", phone=INVITED, term=term, **names), by_id=None, now=now)  # type: ignore[arg-type]
        with transaction() as rows:
            rows.execute(update(Person).where(Person.id == town.president.id).values(phone=MINE))
            closed = update(Person).where(Person.id == town.member.id)
            rows.execute(closed.values(phone=SUSPENDED, suspended_at=now))
    return town


def forget(town: Town) -> None:
    """Let what was tried before not count."""
    with town.app.app_context(), transaction() as rows:
        rows.execute(delete(SignInThrottle))
        rows.execute(delete(PasswordReset))


def told(answer: TestResponse, typed: str) -> tuple[object, ...]:
    """Return all that a visitor is told, but for what they typed themselves."""
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(f'value="{typed}"', ""))
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie")}
    return answer.status_code, answer.location, re.sub(r"\d+", "0", str(headers)), text


def test_a_wrong_pass_phrase_tells_nobody_whose_account_there_is(people: Town, client: Visitor) -> None:
    seen = set()
    for name in (*KNOWN, *CLOSED, *UNKNOWN):
        seen.add(told(client.submit("/sign-in", {"email": name, "password": WRONG}), name))
        forget(people)
    for name in (*CLOSED, *UNKNOWN[:2]):
        seen.add(told(client.submit("/sign-in", {"email": name, "password": PASSWORD}), name))
        forget(people)
    assert len(seen) == 1
    assert next(iter(seen))[0] == 422


def test_the_second_step_tells_nobody_without_the_pass_phrase_whose_account_there_is(people: Town) -> None:
    enrol_app(people.app, people.reviewer)
    seen = set()
    for name in (*KNOWN, people.reviewer.email, *CLOSED, *UNKNOWN):
        visitor = Visitor(people.app)
        visitor.submit("/sign-in", {"email": name, "password": WRONG})
        sent = {"proof_code": "123456", "proof_passkey": "{}", "trusts": "y"}
        posted = [visitor.submit(f"/sign-in/{path}", sent) for path in ("second", "second/code", "passkey")]
        answers = [visitor.get("/sign-in/second"), *posted]
        options = visitor.submit("/passkeys/challenge")
        assert options.get_json().pop("challenge")
        assert options.get_json()["allowCredentials"] == []
        seen.add(tuple(told(answer, name) for answer in answers))
        forget(people)
    assert len(seen) == 1


def test_asking_for_a_link_tells_nobody_whose_account_there_is(people: Town, client: Visitor) -> None:
    seen = set()
    for name in (*KNOWN, *CLOSED, *UNKNOWN):
        seen.add(told(client.submit("/password", {"email": name}), name))
        forget(people)
    assert [answer[:2] for answer in seen] == [(303, "/password/sent")]


def test_a_pause_tells_nobody_which_number_is_of_which_address(
    people: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account has had all its tries by its number; by its address it looks as a stranger's does."""
    limit = 2
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.SIGN_IN, (limit, 50, 1000))
    seen = []
    for number, address in (("0612345678", "president@example.test"), ("0612345671", "strange@example.test")):
        tried = [client.submit("/sign-in", {"email": name, "password": WRONG}) for name in [number] * (limit + 1)]
        tried += [client.submit("/sign-in", {"email": address, "password": WRONG}) for _ in range(limit + 1)]
        seen.append([answer.status_code for answer in tried])
        forget(people)
    assert seen[0] == seen[1] == ([422] * limit + [429]) * 2


@pytest.fixture
def unlimited(people: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town, where one may try as often as a measurement asks."""
    for door in throttle.Door:
        monkeypatch.setitem(throttle.LIMITS, door, (10_000, 10_000, 10_000))
    return people


@pytest.fixture
def quick(unlimited: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """That town, its pass-phrases checked in a moment: what else may differ is not lost beside that."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1))
    passwords._hash_of_nobody.cache_clear()
    with unlimited.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.password_hash != "").values(password_hash=hash_password(PASSWORD)))
    yield unlimited
    passwords._hash_of_nobody.cache_clear()


def trying(service_of: Town, names: tuple[str, ...]) -> list[Callable[[], object]]:
    """Return a try to sign in by each of these names, as the page makes it."""
    browser = Browser(now=datetime.now(UTC), minutes=5)

    def make(name: str) -> Callable[[], object]:
        def act() -> None:
            with service_of.app.app_context(), pytest.raises(service.WrongCredentials):
                service.sign_in(name, WRONG, address="192.0.2.1", browser=browser)

        return act

    return [make(name) for name in names]


TWO_STRANGERS = ("strange@example.test", "0612345671")


def test_signing_in_takes_as_long_for_a_stranger_as_for_a_known_account(quick: Town) -> None:
    known = ("president@example.test", "0612345678", "member@example.test", "waits@example.test")
    assert slower_of(trying(quick, known), trying(quick, TWO_STRANGERS), each=10) == ""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_door_that_spends_less_on_strangers_is_found(unlimited: Town) -> None:
    def hasty(password_hash: str | None, password: str) -> bool:
        return password_hash is not None and verify_password(password_hash, password)

    known = trying(unlimited, ("president@example.test", "0612345678"))
    with patch.object(service, "verify_password", hasty):
        assert slower_of(known, trying(unlimited, TWO_STRANGERS), each=4) == "one"


def test_asking_for_a_link_takes_as_long_for_a_stranger_as_for_a_known_account(quick: Town, client: Visitor) -> None:
    def asking(names: tuple[str, ...]) -> list[Callable[[], object]]:
        return [lambda name=name: client.submit("/password", {"email": name}) for name in names]  # type: ignore[misc]

    known = ("president@example.test", "0612345678", "member@example.test")
    assert slower_of(asking(known), asking((*TWO_STRANGERS, "other@example.test")), each=8) == ""
