"""Adding people and mandates: clear refusals, no half-made person, and permissions only from who may give them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from escalation.domain.codes import Language, Office
from escalation.models.people import FilingPermission, Mandate, Person
from escalation.services.people.passwords import hash_password, needs_rehash, verify_password
from escalation.services.people.people import (
    Added,
    Term,
    WrongField,
    add_mandate,
    add_person,
)
from escalation.services.people.permissions import grant_filing_permission
from escalation.services.reference import import_reference

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GHAFSAI, TAOUNATE, REGION = "03.531.01.01", "03.531", "03"
PRESIDENT = Term(Office.COMMUNE_PRESIDENT, GHAFSAI, TODAY)
DELEGATE = Term(Office.COMMUNE_DELEGATE, GHAFSAI, TODAY)


@pytest.fixture
def session(db_session: scoped_session[Session]) -> scoped_session[Session]:
    """A session on a database that knows the country."""
    import_reference()
    return db_session


def add(term: Term = PRESIDENT, **given: Any) -> Added:
    facts: dict[str, Any] = {
        "email": "president@demo.test",
        "name_ar": "رئيسة",
        "name_fr": "Présidente",
        "password": "كلمة سر طويلة",
    }
    return add_person(**(facts | given), language=Language.AR, term=term, now=NOW)


def count(session: scoped_session[Session], model: type[Person] | type[Mandate]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_new_person_comes_with_a_mandate(session: scoped_session[Session]) -> None:
    added = add(email="  President@Demo.TEST ", name_fr="  Amina   B. ")
    person = session.get_one(Person, added.person_id)
    assert (person.email, person.name_fr, person.language) == ("president@demo.test", "Amina B.", Language.AR)
    assert added.is_new
    assert verify_password(person.password_hash, "كلمة سر طويلة")
    mandate = session.get_one(Mandate, added.mandate_id)
    assert (mandate.office, mandate.place_code, mandate.ends_on) == (Office.COMMUNE_PRESIDENT, GHAFSAI, None)


def test_somebody_known_gets_another_mandate_and_keeps_the_rest(session: scoped_session[Session]) -> None:
    first = add()
    term = Term(Office.GROUP_MEMBER, REGION, TODAY)
    second = add(term, email="PRESIDENT@demo.test", name_fr="Other", name_ar="", password=None)
    assert (second.person_id, second.is_new) == (first.person_id, False)
    assert session.get_one(Person, first.person_id).name_fr == "Présidente"
    assert count(session, Mandate) == 2


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"email": "nobody"}, "email", "not_an_email"),
        ({"email": "é@demo.test"}, "email", "not_an_email"),
        ({"name_ar": " "}, "name_ar", "missing"),
        ({"name_fr": "x" * 121}, "name_fr", "too_long"),
        ({"password": None}, "password", "missing"),
        ({"password": "seven77"}, "password", "wrong_length"),
        ({"password": "x" * 257}, "password", "wrong_length"),
        ({"term": Term(Office.COMMUNE_PRESIDENT, "99", TODAY)}, "place", "unknown"),
        ({"term": Term(Office.COMMUNE_PRESIDENT, TAOUNATE, TODAY)}, "place", "wrong_level"),
        ({"term": Term(Office.GROUP_PRESIDENT, TAOUNATE, TODAY)}, "place", "wrong_level"),
        ({"term": Term(Office.COMMUNE_PRESIDENT, GHAFSAI, TODAY, date(2026, 11, 22))}, "ends_on", "before_its_start"),
    ],
)
def test_a_wrong_field_is_named_and_nobody_is_added(
    session: scoped_session[Session], given: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(WrongField) as caught:
        add(**given)
    assert (caught.value.field, caught.value.reason) == (field, reason)
    assert count(session, Person) == 0


def test_the_same_office_is_not_held_twice_at_once(session: scoped_session[Session]) -> None:
    person_id = add(Term(Office.COMMUNE_PRESIDENT, GHAFSAI, TODAY, date(2027, 9, 30))).person_id
    with pytest.raises(WrongField, match="office: already_held"):
        add_mandate(person_id=person_id, term=Term(Office.COMMUNE_PRESIDENT, GHAFSAI, date(2027, 9, 30)), now=NOW)
    add_mandate(person_id=person_id, term=Term(Office.COMMUNE_PRESIDENT, GHAFSAI, date(2027, 10, 1)), now=NOW)
    assert count(session, Mandate) == 2


@pytest.mark.usefixtures("session")
def test_a_mandate_needs_somebody() -> None:
    with pytest.raises(WrongField, match="person_id: unknown"):
        add_mandate(person_id=7, term=PRESIDENT, now=NOW)


def test_a_president_lets_a_delegate_file(session: scoped_session[Session]) -> None:
    president, delegate = add(), add(DELEGATE, email="delegate@demo.test")
    permission_id = grant_filing_permission(
        mandate_id=delegate.mandate_id,
        starts_on=TODAY,
        ends_on=date(2026, 12, 31),
        granted_by_id=president.person_id,
        now=NOW,
    )
    permission = session.get_one(FilingPermission, permission_id)
    assert (permission.mandate_id, permission.granted_by_id) == (delegate.mandate_id, president.person_id)


@pytest.mark.usefixtures("session")
def test_only_a_delegate_is_given_it_only_by_their_president_and_in_order() -> None:
    president, delegate = add(), add(DELEGATE, email="delegate@demo.test")
    elsewhere = add(Term(Office.COMMUNE_PRESIDENT, "03.531.01.03", TODAY), email="other@demo.test")

    def grant(mandate_id: int, granted_by_id: int | None, ends_on: date = TODAY) -> None:
        grant_filing_permission(
            mandate_id=mandate_id, starts_on=TODAY, ends_on=ends_on, granted_by_id=granted_by_id, now=NOW
        )

    with pytest.raises(WrongField, match="mandate_id: not_a_delegate"):
        grant(president.mandate_id, president.person_id)
    with pytest.raises(WrongField, match="granted_by_id: not_the_president"):
        grant(delegate.mandate_id, elsewhere.person_id)
    with pytest.raises(WrongField, match="ends_on: before_its_start"):
        grant(delegate.mandate_id, president.person_id, date(2026, 11, 22))
    grant(delegate.mandate_id, None)


def test_a_pass_phrase_is_the_same_however_it_is_typed() -> None:
    composed, decomposed = "mot de passé", "mot de passe\u0301"
    assert verify_password(hash_password(composed), decomposed)
    assert not verify_password(hash_password(composed), "mot de passe")


def test_the_end_of_a_long_pass_phrase_counts() -> None:
    long = "جملة طويلة لا يعرفها غيري " * 8
    assert 64 < len(long) < 256
    kept = hash_password(f"{long}أ")
    assert kept.startswith("$argon2id$")
    assert verify_password(kept, f"{long}أ")
    assert not verify_password(kept, f"{long}ب")
    assert not verify_password(kept, long.upper() + "A")


def test_nobody_has_no_pass_phrase() -> None:
    for password in ("", "escalation-demo", "x" * 300):
        assert not verify_password(None, password)
    assert not verify_password("not a hash", "escalation-demo")


def test_only_an_old_hash_is_made_again() -> None:
    assert not needs_rehash(hash_password("escalation-demo"))
    assert needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$3k0JBQm6Xk4Pk6Uu2N1tWw")
