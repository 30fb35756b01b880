"""Signing in and out: what opens a session, what does not, how often one may try, and how a session ends."""

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from escalation.extensions import db
from escalation.models.people import Person, SignInSession, SignInThrottle
from escalation.services.people import throttle
from escalation.services.transaction import transaction
from escalation.web.paths import own_path
from tests.factories import PASSWORD, Inhabitant, Town, end_mandates, sign_in
from tests.visitor import ORIGIN, Visitor

WRONG = {"email": "president@example.test", "password": "not the pass-phrase"}
ONE_ANSWER = "The address, the number or the password is not right."
PER_ACCOUNT = throttle.LIMITS[throttle.Door.SIGN_IN][0]


def right(person: Inhabitant, **more: str) -> dict[str, str]:
    """Return the form as this person sends it."""
    return {"email": person.email, "password": PASSWORD, **more}


def live_sessions(town: Town) -> int:
    """Return how many sessions are open."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).where(SignInSession.ended_at.is_(None))) or 0


def test_the_right_pass_phrase_opens_the_first_page(town: Town, client: Visitor) -> None:
    answer = client.submit("/sign-in", right(town.president))
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").status_code == 200
    assert live_sessions(town) == 1


def test_the_address_may_be_written_in_capitals_and_with_spaces(town: Town, client: Visitor) -> None:
    assert client.submit("/sign-in", {"email": " President@Example.TEST ", "password": PASSWORD}).status_code == 303


def test_the_cookie_is_for_this_host_only_and_out_of_reach_of_scripts(town: Town, client: Visitor) -> None:
    cookie = client.submit("/sign-in", right(town.president)).headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_wrong_unknown_and_suspended_look_the_same(town: Town, client: Visitor) -> None:
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.member.id).values(suspended_at=datetime.now(UTC)))
    pages = []
    for fields in (WRONG, {**WRONG, "email": "unknown@example.test"}, right(town.member)):
        answer = client.submit("/sign-in", fields)
        assert answer.status_code == 422
        assert fields["email"] in answer.text
        pages.append(re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(fields["email"], "")))
    assert ONE_ANSWER in pages[0]
    assert pages[0] == pages[1] == pages[2]
    assert live_sessions(town) == 0


def test_an_empty_form_says_what_is_missing(town: Town, client: Visitor) -> None:
    answer = client.submit("/sign-in", {"email": "", "password": ""})
    assert answer.status_code == 422
    assert "Write your e-mail address or your telephone number." in answer.text
    assert "Write your password." in answer.text


@pytest.mark.parametrize("email", ["a\x00b@example.test", "x" * 5000, "' OR 1=1 --", "\u202eevil@example.test"])
def test_hostile_addresses_are_only_wrong(town: Town, client: Visitor, email: str) -> None:
    assert client.submit("/sign-in", {"email": email, "password": PASSWORD}).status_code == 422


def test_an_account_is_paused_after_ten_failures_and_says_until_when(town: Town, client: Visitor) -> None:
    for _ in range(PER_ACCOUNT):
        assert client.submit("/sign-in", WRONG).status_code == 422
    answer = client.submit("/sign-in", right(town.president))
    assert answer.status_code == 429
    assert "Too many tries" in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert client.submit("/sign-in", right(town.president2)).status_code == 303


def test_the_pause_ends_when_the_failures_are_past(town: Town, client: Visitor) -> None:
    for _ in range(PER_ACCOUNT + 1):
        client.submit("/sign-in", WRONG)
    past = int(throttle.WINDOW.total_seconds()) * 1000
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(SignInThrottle).values(window_starts_ms=SignInThrottle.window_starts_ms - past))
    assert client.submit("/sign-in", right(town.president)).status_code == 303


def test_an_address_is_paused_whatever_account_it_tries(
    town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.SIGN_IN, (PER_ACCOUNT, 3, 1000))
    for number in range(3):
        assert client.submit("/sign-in", {**WRONG, "email": f"{number}@example.test"}).status_code == 422
    assert client.submit("/sign-in", right(town.president)).status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.submit("/sign-in", right(town.president), environ_overrides=elsewhere).status_code == 303


def test_a_forged_forwarded_address_does_not_pass_the_limit(
    town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.SIGN_IN, (PER_ACCOUNT, 1, 1000))
    client.submit("/sign-in", {**WRONG, "email": "one@example.test"})
    answer = client.submit("/sign-in", right(town.president), headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429


def test_all_sign_ins_together_have_a_limit(town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.SIGN_IN, (PER_ACCOUNT, 50, 1))
    client.submit("/sign-in", {**WRONG, "email": "one@example.test"})
    answer = client.submit("/sign-in", right(town.president), environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 429


def test_signing_in_takes_its_account_off_the_counts(town: Town, client: Visitor) -> None:
    for _ in range(PER_ACCOUNT - 1):
        client.submit("/sign-in", WRONG)
    assert client.submit("/sign-in", right(town.president)).status_code == 303
    with town.app.app_context():
        counts = list(db.session.scalars(select(SignInThrottle.failures).order_by(SignInThrottle.key)))
    assert sum(counts) == 2 * (PER_ACCOUNT - 1), "the address and the whole keep the failures only"


def test_signing_in_again_gives_another_token_and_ends_the_first_session(town: Town, client: Visitor) -> None:
    client.submit("/sign-in", right(town.president))
    with client.session_transaction(base_url=ORIGIN) as cookie:
        first = cookie["token"]
    client.submit("/sign-in", right(town.member))
    with client.session_transaction(base_url=ORIGIN) as cookie:
        assert cookie["token"] != first
    assert live_sessions(town) == 1


def test_the_token_itself_is_not_in_the_database(town: Town, client: Visitor) -> None:
    client.submit("/sign-in", right(town.president))
    with client.session_transaction(base_url=ORIGIN) as cookie:
        token = cookie["token"]
    with town.app.app_context():
        assert db.session.scalars(select(SignInSession.token_hash)).one() != token
    assert len(base64.urlsafe_b64decode(f"{token}=")) >= 32, "256 bits"


def test_the_chosen_language_outlives_the_sign_in(town: Town, client: Visitor) -> None:
    client.get("/sign-in?lang=fr")
    client.submit("/sign-in", right(town.president))
    assert '<html lang="fr" dir="ltr">' in client.get("/").text


def test_signing_out_ends_the_row_and_empties_the_browser(town: Town, client: Visitor) -> None:
    sign_in(client, town.president)
    thief = Visitor(town.app)
    stolen = client.get_cookie("__Host-session", domain="localhost")
    assert stolen is not None
    thief.set_cookie("__Host-session", stolen.value, domain="localhost")
    assert thief.get("/").status_code == 200
    answer = client.submit("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert live_sessions(town) == 0
    assert client.get("/").status_code == 302
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(
    "past",
    [
        {"ended_at": datetime.now(UTC)},
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"seen_at": datetime.now(UTC) - timedelta(minutes=61)},
    ],
    ids=["ended", "expired", "idle"],
)
def test_a_session_that_is_over_asks_to_sign_in(town: Town, client: Visitor, past: dict[str, datetime]) -> None:
    sign_in(client, town.president)
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(SignInSession).values(**past))
    answer = client.get("/obstacles?status=filed")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/obstacles?status%3Dfiled")


def test_suspending_a_person_ends_their_open_session(town: Town, client: Visitor) -> None:
    sign_in(client, town.president)
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.president.id).values(suspended_at=datetime.now(UTC)))
    assert client.get("/").status_code == 302


def test_a_session_in_use_is_noted_not_more_than_once_a_minute(town: Town, client: Visitor) -> None:
    sign_in(client, town.president)

    def seen_at() -> datetime:
        with town.app.app_context():
            return db.session.scalars(select(SignInSession.seen_at)).one()

    before = seen_at()
    client.get("/")
    assert seen_at() == before
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(SignInSession).values(seen_at=datetime.now(UTC) - timedelta(minutes=2)))
    client.get("/")
    assert datetime.now(UTC) - seen_at() < timedelta(seconds=30)


def test_a_mandate_that_ends_stops_access_at_once(town: Town, client: Visitor) -> None:
    sign_in(client, town.member)
    assert client.get("/queue").status_code == 200
    end_mandates(town.app, town.member, datetime.now(UTC).date() - timedelta(days=1))
    assert client.get("/queue").status_code == 403


def test_who_is_signed_in_is_sent_on(town: Town, client: Visitor) -> None:
    sign_in(client, town.president)
    assert client.get("/sign-in").location == "/"
    assert client.get("/sign-in?next=/obstacles").location == "/obstacles"


def test_the_page_asked_for_opens_after_signing_in(town: Town, client: Visitor) -> None:
    page = client.get("/sign-in?next=/obstacles%3Fstatus%3Dfiled").text
    assert 'value="/obstacles?status=filed"' in page
    answer = client.submit("/sign-in", right(town.president, next="/obstacles?status=filed"))
    assert answer.location == "/obstacles?status=filed"


def test_an_address_too_long_to_be_gone_back_to_makes_no_header_of_its_length(client: Visitor) -> None:
    assert client.get("/queue?view=" + "a" * 70_000).location == "/sign-in"


HOSTILE = [
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/%5cevil.test",
    "/%2f%2fevil.test",
    "/%2fevil.test",
    "https://evil.test/",
    "https:evil.test",
    "javascript:alert(1)",
    "/\t/evil.test",
    "/%09/evil.test",
    "/\r\nSet-Cookie: a=b",
    "/obstacles\x00",
    "/obstacles%00",
    "/obstacles\u202e",
    "evil.test",
    "@evil.test",
    "/@evil.test",
    "/nowhere",
    "/sign-in",
    "/sign-out",
    "",
    " /obstacles",
    "/obstacles" + "?" * 3000,
]


@pytest.mark.parametrize("asked", HOSTILE)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_hostile_next_leads_home(town: Town, client: Visitor, asked: str) -> None:
    with town.app.app_context():
        assert own_path(asked) is None
    assert client.submit("/sign-in", right(town.president, next=asked)).location == "/"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_signing_in_needs_the_form_of_our_own_page(town: Town, client: Visitor) -> None:
    assert client.post("/sign-in", data=right(town.president)).status_code == 400
    assert client.post("/sign-out").status_code == 400


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_accounts_of_the_demonstration_are_shown_nowhere_else(town: Town, client: Visitor) -> None:
    assert "@demo.test" not in client.get("/sign-in").text
