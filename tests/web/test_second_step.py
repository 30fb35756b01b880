"""The second step of signing in: a code by mail, an app, a code on paper; each once, few times, for its own sign-in."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import String, func, select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.factors import Proof, RecoveryCode, TrustedDevice
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person, SignInSession, SignInThrottle
from escalation.services.people import throttle
from escalation.services.people.recovery import renew_codes
from escalation.services.people.resets import answer_resets
from escalation.services.transaction import transaction
from tests.factories import PASSWORD, Town, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import ORIGIN, Visitor
from tests.web.provers import enrol_app, enter, is_in, mailed_code, shown_at, wrong_for
from tests.web.test_doors import NEW, letters, path_in, words_of

pytestmark = pytest.mark.usefixtures("second_proof")

STEP = "/sign-in/second"
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def send(visitor: Visitor, code: str, **more: str) -> int:
    """Send the second step with a code; return the status."""
    return visitor.submit(STEP, {"proof_code": code, **more}).status_code


def kinds(town: Town) -> list[SecurityEventKind]:
    """Return what happened at the doors, in order."""
    with town.app.app_context():
        return list(db.session.scalars(select(SecurityEvent.kind).order_by(SecurityEvent.id)))


def paper(town: Town) -> list[str]:
    """Give the member ten codes on paper."""
    with town.app.app_context():
        return renew_codes(town.member.id, datetime.now(UTC))


def test_a_pass_phrase_alone_opens_nothing_and_the_mailed_code_opens_the_page_asked_for(
    town: Town, client: Visitor
) -> None:
    assert enter(client, town.president, next="/obstacles") == f"{STEP}?next=/obstacles"
    assert not is_in(client)
    page = client.get(f"{STEP}?next=/obstacles&lang=en")
    assert "sent to the e-mail address of your account" in page.text
    assert re.search(
        r'autocomplete="one-time-code"[^>]*inputmode="numeric"|inputmode="numeric"[^>]*autocomplete="one-time-code"',
        page.text,
    )
    code = mailed_code(town.app)
    answer = client.submit(STEP, {"proof_code": f" {code[:3]} {code[3:]} ".translate(ARABIC), "next": "/obstacles"})
    assert (answer.status_code, answer.location) == (303, "/obstacles")
    assert is_in(client)
    assert kinds(town) == [SecurityEventKind.CODE_SENT, SecurityEventKind.SIGNED_IN]


def test_the_code_stands_in_no_row_and_its_letter_leads_nowhere(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    with town.app.app_context():
        rows = [str(vars(row)) for table in (Proof, OutboxMessage) for row in db.session.scalars(select(table))]
    (letter,) = letters(town.app)
    code = re.findall(r"\b\d{6}\b", words_of(letter))[0]
    assert code not in "".join(rows)
    assert "http" not in words_of(letter)
    assert letter["To"] == town.president.email
    assert send(client, code) == 303


def test_a_code_serves_its_own_sign_in_only_once_and_for_ten_minutes(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    first, other = mailed_code(town.app), Visitor(town.app)
    enter(other, town.president)
    assert send(other, first) == 422, "it was sent for another sign-in"
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Proof).values(code_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert send(client, first) == 422, "its time is over"
    assert client.submit(f"{STEP}/code").location == STEP
    second = mailed_code(town.app)
    assert send(client, first) == 422, "a newer one took its place"
    assert send(client, second) == 303
    client.submit("/sign-out")
    assert client.submit(STEP, {"proof_code": second}).location == "/sign-in", "nothing is waited for any more"


def test_after_five_wrong_codes_a_sign_in_begins_again(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    code = mailed_code(town.app)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(4):
        assert send(client, wrong) == 422
    answer = client.submit(STEP, {"proof_code": wrong})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert send(client, code) == 303
    assert not is_in(client), "the right one comes too late"
    assert kinds(town).count(SecurityEventKind.PROOF_REFUSED) == 5


def test_codes_are_counted_for_an_account_whatever_sign_in_and_whatever_redis_does(
    town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.CODE, (3, 50, 1000))
    for number in range(3):
        visitor = Visitor(town.app)
        enter(visitor, town.president)
        assert send(visitor, "00000x", next=str(number)) == 422
    enter(client, town.president)
    assert send(client, mailed_code(town.app)) == 429
    enter(client, town.member)
    assert send(client, mailed_code(town.app)) == 303


@pytest.mark.parametrize("limits", [(9, 1, 9), (9, 9, 1)], ids=["address", "all"])
def test_codes_are_counted_for_an_address_and_in_all(
    town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int, int]
) -> None:
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.CODE, limits)
    enter(client, town.president)
    assert send(client, "00000x") == 422
    enter(client, town.member)
    assert send(client, mailed_code(town.app)) == 429


def test_letters_with_codes_are_slowed(town: Town, client: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.LIMITS, throttle.Door.CODE_MAIL, (2, 50, 1000))
    enter(client, town.president)
    assert client.submit(f"{STEP}/code").status_code == 303
    assert client.submit(f"{STEP}/code").status_code == 429
    assert client.submit("/sign-in", {"email": town.president.email, "password": PASSWORD}).status_code == 429


def test_a_wrong_pass_phrase_does_not_tell_whether_there_is_a_factor(town: Town, client: Visitor) -> None:
    enrol_app(town.app, town.member)
    pages = []
    for address in (town.member.email, town.president.email, "unknown@example.test"):
        answer = client.submit("/sign-in", {"email": address, "password": "not the pass-phrase"})
        assert answer.status_code == 422
        pages.append(re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(address, "")))
    assert pages[0] == pages[1] == pages[2]
    assert not letters(town.app)


def test_an_app_is_asked_in_place_of_mail_and_each_of_its_codes_is_taken_once(town: Town, client: Visitor) -> None:
    totp = enrol_app(town.app, town.member)
    assert enter(client, town.member) == STEP
    assert not letters(town.app), "who has an app is sent no code"
    assert "authenticator app shows now" in client.get(f"{STEP}?lang=en").text
    assert send(client, wrong_for(totp)) == 422
    code = shown_at(totp)
    assert send(client, code) == 303
    again = Visitor(town.app)
    enter(again, town.member)
    assert send(again, code) == 422, "it was used"
    assert send(again, shown_at(totp, -1)) == 422, "it is older than the one used"
    assert send(again, shown_at(totp, 1)) == 303, "a clock one step ahead is understood"
    late = Visitor(town.app)
    enter(late, town.member)
    assert send(late, shown_at(totp, 3)) == 422


@pytest.mark.parametrize("way", ["mail", "app", "paper"])
def test_of_two_who_send_the_same_code_at_once_one_enters(town: Town, way: str) -> None:
    person = town.president if way == "mail" else town.member
    totp = None if way == "mail" else enrol_app(town.app, town.member)
    codes = paper(town) if way == "paper" else []
    visitors = [Visitor(town.app), Visitor(town.app)]
    enter(visitors[0], person)
    if totp is None:
        code = mailed_code(town.app)
        cookie = visitors[0].get_cookie("__Host-session", domain="localhost")
        assert cookie is not None
        visitors[1].set_cookie("__Host-session", cookie.value, domain="localhost", secure=True, path="/")
    else:
        code = codes[0] if codes else shown_at(totp)
        enter(visitors[1], person)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda visitor: send(visitor, code), visitors))
    with town.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignInSession)) == 1


def test_a_code_on_paper_opens_once_is_hashed_and_its_owner_is_told(town: Town, client: Visitor) -> None:
    enrol_app(town.app, town.member)
    codes = paper(town)
    assert len(set(codes)) == 10
    letters(town.app)
    with town.app.app_context():
        kept = [str(vars(row)) for row in db.session.scalars(select(RecoveryCode))]
    assert not any(code.replace("-", "") in row for code in codes for row in kept)
    enter(client, town.member)
    assert 'inputmode="text"' in client.get(f"{STEP}?with=paper").text
    answer = client.submit(f"{STEP}?with=paper", {"proof_code": f" {codes[3].upper().replace('-', ' ')} "})
    assert (answer.status_code, answer.location) == (303, "/account/factors")
    told = [words_of(letter) for letter in letters(town.app)]
    assert any(
        "A recovery code of your account was used" in words and "Codes that remain: 9." in words for words in told
    )
    assert "9 codes are left." in client.get("/account/factors?lang=en").text
    again = Visitor(town.app)
    enter(again, town.member)
    assert send(again, codes[3]) == 422
    assert send(again, codes[4]) == 303


def test_new_codes_end_those_before(town: Town, client: Visitor) -> None:
    enrol_app(town.app, town.member)
    old, new = paper(town), paper(town)
    enter(client, town.member)
    assert send(client, old[0]) == 422
    assert send(client, new[0]) == 303


def test_a_device_is_trusted_only_if_its_owner_says_so_and_for_thirty_days(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    assert 'name="trusts"' in client.get(STEP).text
    assert not re.search(r'name="trusts"[^>]*checked', client.get(STEP).text)
    assert send(client, mailed_code(town.app)) == 303
    assert client.get_cookie("__Host-device", domain="localhost") is None
    client.submit("/sign-out")
    enter(client, town.president)
    answer = client.submit(STEP, {"proof_code": mailed_code(town.app), "trusts": "y"})
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("__Host-device="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=2592000"} <= set(cookie.split("; "))
    with town.app.app_context():
        assert cookie.split("=")[1].split(";")[0] not in str(vars(db.session.scalars(select(TrustedDevice)).one()))
    client.submit("/sign-out")
    assert enter(client, town.president) == "/", "no code is asked for"
    client.submit("/sign-out")
    assert enter(client, town.member) == STEP, "another person is not trusted with it"
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(TrustedDevice).values(expires_at=datetime.now(UTC)))
    assert enter(client, town.president) == STEP


@pytest.fixture
def trusting(town: Town, client: Visitor) -> Visitor:
    """A browser that the president trusts, and in which they are signed in."""
    enter(client, town.president)
    assert send(client, mailed_code(town.app), trusts="y") == 303
    return client


def is_trusted(trusting: Visitor, town: Town, password: str = PASSWORD) -> bool:
    """Say whether the president is let in without a code."""
    trusting.submit("/sign-out")
    answer = trusting.submit("/sign-in", {"email": town.president.email, "password": password})
    return str(answer.location) == "/"


def test_trust_ends_device_by_device_or_for_all(town: Town, trusting: Visitor) -> None:
    page = trusting.get("/account/factors?lang=en").text
    assert "Devices where no code is asked for" in page
    with town.app.app_context():
        row = db.session.scalars(select(TrustedDevice.id)).one()
    other = sign_in(Visitor(town.app), town.member)
    assert other.submit(f"/account/devices/{row}/forget").status_code == 404
    assert is_trusted(trusting, town), "nobody ends another person's"
    assert trusting.submit(f"/account/devices/{row}/forget").status_code == 303
    assert not is_trusted(trusting, town)
    assert send(trusting, mailed_code(town.app), trusts="y") == 303
    assert trusting.submit("/account/devices/forget-all").status_code == 303
    assert not is_trusted(trusting, town)


def test_trust_ends_with_another_pass_phrase(town: Town, trusting: Visitor) -> None:
    assert trusting.submit("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 303
    assert not is_trusted(trusting, town, NEW)


def test_trust_ends_with_a_forgotten_pass_phrase_and_the_factors_stay(town: Town, trusting: Visitor) -> None:
    totp = enrol_app(town.app, town.president)
    trusting.submit("/password", {"email": town.president.email})
    with town.app.app_context():
        answer_resets(datetime.now(UTC))
    reset = next(letter for letter in letters(town.app) if "/password/" in words_of(letter))
    assert trusting.submit(path_in(reset), {"password": NEW}).status_code == 303
    assert not is_trusted(trusting, town, NEW)
    assert send(trusting, shown_at(totp)) == 303


def test_trust_ends_with_a_suspension(town: Town, trusting: Visitor) -> None:
    admin = sign_in(Visitor(town.app), town.admin, proven_at=datetime.now(UTC))
    enrol_app(town.app, town.admin)
    for act in ("suspend", "restore"):
        assert admin.submit(f"/admin/people/{town.president.id}/{act}").status_code == 303
    assert not is_trusted(trusting, town)


def test_trust_ends_with_another_address_that_an_administrator_writes(town: Town, trusting: Visitor) -> None:
    admin = sign_in(Visitor(town.app), town.admin, proven_at=datetime.now(UTC))
    enrol_app(town.app, town.admin)
    path, names = f"/admin/people/{town.president.id}", {"name_ar": "محمد التازي", "name_fr": "Mohamed Tazi"}
    assert admin.submit(path, names | {"email": "new@example.test"}).status_code == 303
    assert admin.submit(path, names | {"email": town.president.email}).status_code == 303
    assert not is_trusted(trusting, town)


@pytest.mark.parametrize("change", ["pass-phrase", "address"])
def test_a_sign_in_that_waits_ends_with_what_it_was_begun_with(town: Town, client: Visitor, change: str) -> None:
    enter(client, town.president)
    code = mailed_code(town.app)
    both = (town.president, town.admin)
    owner, admin = (sign_in(Visitor(town.app), who, proven_at=datetime.now(UTC)) for who in both)
    enrol_app(town.app, town.admin)
    if change == "pass-phrase":
        assert owner.submit("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 303
    else:
        right = {"email": "new@example.test", "name_ar": "محمد التازي", "name_fr": "Mohamed Tazi"}
        assert admin.submit(f"/admin/people/{town.president.id}", right).status_code == 303
    assert client.get("/sign-in/second").location == "/sign-in"
    assert client.submit("/sign-in/second", {"proof_code": code}).location == "/sign-in"
    assert not is_in(client)


def test_a_person_suspended_between_the_steps_does_not_enter(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    code = mailed_code(town.app)
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.president.id).values(suspended_at=datetime.now(UTC)))
    assert send(client, code) == 422
    assert not is_in(client)


def test_the_second_step_gives_another_token_than_the_first(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    with client.session_transaction(base_url=ORIGIN) as cookie:
        waiting = cookie["proof"]
        assert "token" not in cookie
    send(client, mailed_code(town.app))
    with client.session_transaction(base_url=ORIGIN) as cookie:
        assert cookie["token"] != waiting
        assert "proof" not in cookie


def test_the_page_of_the_second_step_asks_the_database_six_times(town: Town, client: Visitor) -> None:
    enter(client, town.president)
    with counting_queries(engine_of(town.app)) as queries:
        client.get(STEP)
    assert len(queries) <= 6, queries


def test_the_key_of_every_count_fits_its_column() -> None:
    column = SignInThrottle.__table__.c.key.type
    assert isinstance(column, String)
    room = column.length or 0
    for door in throttle.Door:
        attempt = throttle.Attempt(email="a@b.test", address="2001:db8::1", at=datetime.now(UTC), door=door)
        assert all(len(key) <= room for key, _limit in attempt.limits()), door
