"""A telephone number opens the account it is written in: given by its owner, an administrator or the server."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import PasswordReset, SecurityEvent
from escalation.models.people import Person, SignInThrottle
from escalation.services.people import throttle
from escalation.services.people.resets import answer_resets
from escalation.services.people.throttle import Door
from escalation.services.transaction import transaction
from tests.factories import PASSWORD, Inhabitant, Town
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of
from tests.web.conftest import As
from tests.web.forms import errors_of, fresh_form
from tests.web.test_admin import NEWCOMER
from tests.web.test_doors import asked_for_reset, letters, path_in

MINE = "+212612345678"
WAYS = ("0612345678", "+212 6 12 34 56 78", "٠٦١٢٣٤٥٦٧٨", "00212612345678")


@pytest.fixture
def town(town: Town) -> Town:
    """The town, whose president signs in by a number too."""
    give(town, town.president, MINE)
    return town


def give(town: Town, person: Inhabitant, phone: str | None) -> None:
    """Write a number in an account, unseen."""
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == person.id).values(phone=phone))


def phone_of(town: Town, person: Inhabitant) -> str | None:
    """Return the number of an account."""
    with town.app.app_context():
        return db.session.scalar(select(Person.phone).where(Person.id == person.id))


@pytest.mark.parametrize("typed", WAYS)
def test_a_number_opens_its_account_however_it_is_written(town: Town, client: Visitor, typed: str) -> None:
    assert client.submit("/sign-in", {"email": typed, "password": PASSWORD}).status_code == 303
    assert "president@example.test" in client.get("/account").text


def test_a_number_and_an_address_have_their_tries_together(
    town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.LIMITS, Door.SIGN_IN, (3, 50, 1000))
    for typed in ("0612345678", "president@example.test", "+212612345678"):
        assert client.submit("/sign-in", {"email": typed, "password": "wrong one"}).status_code == 422
    for typed in ("0612345678", "president@example.test"):
        answer = client.submit("/sign-in", {"email": typed, "password": PASSWORD})
        assert answer.status_code == 422, "the right one too, and nothing says why"
    with town.app.app_context(), transaction() as rows:
        past = int(throttle.WINDOW.total_seconds()) * 1000
        rows.execute(update(SignInThrottle).values(window_starts_ms=SignInThrottle.window_starts_ms - past))
    assert client.submit("/sign-in", {"email": "0612345678", "password": PASSWORD}).status_code == 303


def test_a_forgotten_password_is_asked_for_by_number_and_the_letter_goes_to_the_address(
    town: Town, client: Visitor
) -> None:
    (letter,) = asked_for_reset(town, client, "06 12 34 56 78")
    assert letter["To"] == "president@example.test"
    assert client.get(path_in(letter)).status_code == 200


def test_an_account_is_sent_no_more_links_by_two_names_than_by_one(town: Town, client: Visitor) -> None:
    for typed in ["president@example.test", "0612345678"] * 3:
        assert client.submit("/password", {"email": typed}).status_code == 303
    with town.app.app_context():
        answer_resets(datetime.now(UTC))
        assert len(db.session.scalars(select(PasswordReset)).all()) == throttle.LIMITS[Door.RESET][0]


def test_one_writes_changes_and_deletes_ones_own_number(town: Town, as_person: As) -> None:
    member = as_person("member")
    page = member.get("/account/phone?lang=en")
    assert faults_of(page, "en") == []
    assert "Nobody calls it" in page.text
    assert member.submit("/account/phone", {"phone": "٠٦ ٦٠ ٠٠ ٠٠ ٠١"}).location == "/account"
    assert phone_of(town, town.member) == "+212660000001"
    assert '<bdi dir="ltr">06 60 00 00 01</bdi>' in member.get("/account").text
    (letter,) = letters(town.app)
    assert letter["Subject"] == "The telephone number of your account has changed"
    assert fresh_form(member, "/account/phone") == {"phone": "06 60 00 00 01"}
    member.submit("/account/phone", {"phone": "0660000001"})
    assert letters(town.app) == [], "the same number is no change"
    member.submit("/account/phone", {"phone": ""})
    assert phone_of(town, town.member) is None
    with town.app.app_context():
        kinds = list(db.session.scalars(select(SecurityEvent.kind)))
    assert kinds == [SecurityEventKind.PHONE_CHANGED] * 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [("12", "write it like 0612345678"), ("0612345678", "another account signs in by it"), ("<b>", "write it like")],
)
def test_a_number_that_cannot_be_kept_is_named_and_stays_typed(
    town: Town, as_person: As, typed: str, said: str
) -> None:
    refused = as_person("member").submit("/account/phone", {"phone": typed})
    assert refused.status_code == 422
    assert faults_of(refused, "en") == []
    assert said in errors_of(refused.text)["phone"]
    assert phone_of(town, town.member) is None


def test_numbers_of_others_cannot_be_tried_out_for_long(
    town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.LIMITS, Door.PHONE, (2, 50, 300))
    member = as_person("member")
    for _ in range(2):
        assert member.submit("/account/phone", {"phone": "0612345678"}).status_code == 422
    assert "Too many tries" in errors_of(member.submit("/account/phone", {"phone": "0660000009"}).text)["phone"]


def test_a_number_comes_with_an_invitation_and_is_corrected_by_an_administrator(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    taken = admin.submit("/admin/invitations/new", NEWCOMER | {"phone": "0612345678"})
    assert errors_of(taken.text)["phone"] == "Another person here signs in by this number."
    person = admin.submit("/admin/invitations/new", NEWCOMER | {"phone": "0660 00 00 02"}).location
    assert "06 60 00 00 02" in admin.get(person).text
    names = {name: NEWCOMER[name] for name in ("email", "name_ar", "name_fr")}
    letters(town.app)
    assert admin.submit(person, names | {"phone": "0612345678"}).status_code == 422
    assert admin.submit(person, names | {"phone": "+33612345678"}).status_code == 303
    assert letters(town.app) == [], "who has no account yet is told of nothing"
    assert 'value="+33 6 12 34 56 78"' in admin.get(person).text
    found = admin.get("/admin?q=%2B33612345678&lang=en").text
    assert "khadija@example.test" in found
    assert "president@example.test" not in found


def test_only_administrators_and_its_owner_see_a_number(town: Town, as_person: As) -> None:
    pages = {"president": "/account", "admin": f"/admin/people/{town.president.id}"}
    for name, path in pages.items():
        assert "06 12 34 56 78" in as_person(name).get(path).text
    for name in ("member", "reviewer", "secretary", "staff"):
        for path in ("/", "/obstacles", "/account"):
            assert "612345678" not in as_person(name).get(path).text.replace(" ", "")


def test_the_page_of_ones_account_asks_the_database_a_bounded_number_of_times(
    town: Town, as_person: As, client: Visitor
) -> None:
    president = as_person("president")
    count: Callable[[], int] = lambda: len(statements)  # noqa: E731
    president.get("/account")  # what each process keeps is read once, before anything is counted
    with counting_queries(engine_of(town.app)) as statements:
        president.get("/account")
    assert count() <= 16
