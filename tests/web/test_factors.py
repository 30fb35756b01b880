"""What people add to prove themselves with: an app, passkeys, codes on paper; used, listed and taken away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from config import Config
from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.factors import AuthenticatorApp, Passkey, Proof, RecoveryCode
from escalation.models.people import SignInSession
from escalation.services.people.apps import get_begun_secret, reseal_apps
from escalation.services.people.sealing import Unsealable, seal, unseal
from escalation.services.transaction import transaction
from tests.factories import Town
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, parse
from tests.web.provers import (
    Device,
    add_passkey,
    ask_challenge,
    begun_app,
    enrol_app,
    enter,
    is_in,
    shown_at,
    wrong_for,
)
from tests.web.test_doors import letters, words_of
from tests.web.test_step_up import opened

pytestmark = pytest.mark.usefixtures("second_proof")

JUST_NOW = timedelta(0)


def replaced(config: Config, key: str, fallbacks: tuple[str, ...]) -> Config:
    """Return settings with other keys."""
    return replace(config, security=replace(config.security, secret_key=key, secret_key_fallbacks=fallbacks))


def count(town: Town, table: type) -> int:
    """Return how many rows a table has."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_an_app_counts_once_its_owner_wrote_one_of_its_codes(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    other = opened(town, town.member)
    assert member.submit("/account/app/begin").location == "/account/app"
    page = member.get("/account/app")
    assert faults_of(page, "en") == []
    totp = begun_app(town.app, town.member)
    (picture,) = (each for each in find_all(parse(page.text), "img"))
    assert str(picture.get("src")).startswith("data:image/svg+xml")
    assert "style" not in str(picture.get("src"))
    assert totp.secret in page.text.replace(" ", "")
    with town.app.app_context():
        assert totp.secret not in str(vars(db.session.scalars(select(AuthenticatorApp)).one()))
    refused = member.submit("/account/app", {"code": wrong_for(totp)})
    assert refused.status_code == 422
    assert member.submit("/account/app", {"code": ""}).status_code == 422
    assert "Add an app" in member.get("/account/factors").text
    assert member.submit("/account/app", {"code": shown_at(totp)}).location == "/account/recovery-codes"
    assert "Put another app in its place" in member.get("/account/factors").text
    assert [letter["Subject"] for letter in letters(town.app)] == ["A way to sign in was added to your account"]
    assert is_in(other), "the others are offered to be ended"
    assert "End all the others" in member.get("/account/factors").text
    assert member.get("/account/app").location == "/account/factors", "the secret is shown no more"


def test_another_app_takes_the_place_of_the_first_once_it_works(town: Town) -> None:
    first = enrol_app(town.app, town.member)
    member = opened(town, town.member, JUST_NOW)
    member.submit("/account/app/begin")
    second = begun_app(town.app, town.member)
    visitor = Visitor(town.app)
    enter(visitor, town.member)
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(first)}).status_code == 303
    added_with = shown_at(second)
    assert member.submit("/account/app", {"code": added_with}).status_code == 303
    visitor = Visitor(town.app)
    enter(visitor, town.member)
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(first, 1)}).status_code == 422
    assert visitor.submit("/sign-in/second", {"proof_code": added_with}).status_code == 422, "it was used to add it"
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(second, 1)}).status_code == 303


def test_codes_on_paper_are_shown_once_and_only_to_who_has_a_factor(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    assert member.get("/account/recovery-codes").location == "/account/factors"
    assert member.submit("/account/recovery-codes").location == "/account/factors"
    enrol_app(town.app, town.member)
    assert "You have none yet." in member.get("/account/recovery-codes").text
    page = member.submit("/account/recovery-codes")
    assert faults_of(page, "en") == []
    codes = ["".join(each.itertext()) for each in find_all(parse(page.text), "code")]
    assert len(codes) == 10
    assert not any(code in member.get("/account/recovery-codes").text for code in codes)
    assert [letter["Subject"] for letter in letters(town.app)] == ["Your recovery codes are new"]


def test_who_takes_their_app_away_ends_other_sessions_and_is_told(town: Town) -> None:
    enrol_app(town.app, town.member)
    member, other = opened(town, town.member, JUST_NOW), opened(town, town.member)
    member.submit("/account/recovery-codes")
    letters(town.app)
    assert member.submit("/account/app/remove").status_code == 303
    assert is_in(member)
    assert not is_in(other)
    assert [letter["Subject"] for letter in letters(town.app)] == ["A way to sign in was removed from your account"]
    assert (count(town, AuthenticatorApp), count(town, RecoveryCode)) == (0, 0)
    assert member.submit("/account/app/remove").status_code == 404


def test_a_secret_opens_under_the_key_before_and_is_sealed_anew(town: Town) -> None:
    config = town.app.extensions["config"]
    with town.app.app_context():
        sealed = seal("JBSWY3DPEHPK3PXP", "app of 1")
        assert "JBSWY3DPEHPK3PXP" not in sealed
        with pytest.raises(Unsealable):
            unseal(sealed, "app of 2")
    totp = enrol_app(town.app, town.member)
    renewed = replaced(config, "another-key-for-tests-31c9e0aa57", (config.security.secret_key,))
    town.app.extensions["config"] = renewed
    visitor = Visitor(town.app)
    enter(visitor, town.member)
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(totp)}).status_code == 303
    with town.app.app_context():
        assert reseal_apps() == 1
    town.app.extensions["config"] = replaced(config, "another-key-for-tests-31c9e0aa57", ())
    enter(visitor, town.member)
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(totp, 1)}).status_code == 303


def test_a_secret_whose_key_is_gone_opens_nothing_and_fails_nobody(town: Town) -> None:
    totp = enrol_app(town.app, town.member)
    town.app.extensions["config"] = replaced(town.app.extensions["config"], "another-key-for-tests-31c9e0aa57", ())
    visitor = Visitor(town.app)
    enter(visitor, town.member)
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(totp)}).status_code == 422
    with town.app.app_context(), pytest.raises(Unsealable):
        reseal_apps()


def test_a_passkey_is_added_named_used_and_removed(town: Town) -> None:
    member, device = opened(town, town.member, JUST_NOW), Device()
    assert faults_of(member.get("/account/passkeys/new"), "en") == []
    assert add_passkey(member, device, "") == 422
    assert add_passkey(member, device, "هاتفي <b>") == 303
    page = member.get("/account/factors").text
    assert "هاتفي &lt;b&gt;" in page
    visitor = Visitor(town.app)
    enter(visitor, town.member)
    options = ask_challenge(visitor)
    assert options["userVerification"] == "required"
    assert [each["id"] for each in options["allowCredentials"]] == [ids(town)]
    answer = visitor.submit("/sign-in/second", {"proof_passkey": device.show(options)})
    assert answer.status_code == 303
    assert is_in(visitor)
    with town.app.app_context():
        row = db.session.scalars(select(Passkey)).one()
        assert (row.sign_count, row.used_at is not None) == (1, True)
        number = row.id
    assert opened(town, town.president, JUST_NOW).submit(f"/account/passkeys/{number}/remove").status_code == 404
    assert member.submit(f"/account/passkeys/{number}/remove").status_code == 303
    assert not is_in(visitor), "the other sessions ended"
    assert count(town, Passkey) == 0


def ids(town: Town) -> str:
    """Return the name of the one passkey."""
    with town.app.app_context():
        return db.session.scalars(select(Passkey.credential_id)).one()


def test_a_passkey_alone_opens_the_session_of_its_owner(town: Town, client: Visitor) -> None:
    device = Device()
    add_passkey(opened(town, town.member, JUST_NOW), device)
    options = ask_challenge(client)
    assert not options.get("allowCredentials"), "nobody is told whose passkeys there are"
    answer = client.submit("/sign-in/passkey", {"proof_passkey": device.show(options), "next": "/inbox"})
    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert is_in(client)
    with town.app.app_context():
        codes = db.session.scalars(
            select(SecurityEvent.codes).where(SecurityEvent.kind == SecurityEventKind.SIGNED_IN)
        ).all()
    assert [each["by"] for each in codes] == ["passkey"]


def test_an_answer_of_a_passkey_is_taken_once_and_in_time(town: Town, client: Visitor) -> None:
    device = Device()
    add_passkey(opened(town, town.member, JUST_NOW), device)
    said = device.show(ask_challenge(client))
    cookie = client.get_cookie("__Host-session", domain="localhost")
    thief = Visitor(town.app)
    assert cookie is not None
    thief.set_cookie("__Host-session", cookie.value, domain="localhost", secure=True, path="/")
    assert client.submit("/sign-in/passkey", {"proof_passkey": said}).location == "/"
    assert thief.submit("/sign-in/passkey", {"proof_passkey": said}).location == "/sign-in"
    late = Visitor(town.app)
    said = device.show(ask_challenge(late))
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Proof).values(expires_at=datetime.now(UTC)))
    assert late.submit("/sign-in/passkey", {"proof_passkey": said}).location == "/sign-in"
    assert not is_in(late)


@pytest.mark.parametrize("fault", ["origin", "site", "owner", "counter", "challenge", "key", "nothing", "no json"])
def test_an_answer_that_is_not_sound_opens_nothing(town: Town, client: Visitor, fault: str) -> None:
    device = Device()
    add_passkey(opened(town, town.member, JUST_NOW), device)
    options = ask_challenge(client)
    if fault == "origin":
        device.origin = "https://localhost.evil.test"
    elif fault == "site":
        options["rpId"] = "evil.test"
    elif fault == "owner":
        device.verifies = False
    elif fault == "counter":
        with town.app.app_context(), transaction() as rows:
            rows.execute(update(Passkey).values(sign_count=7))
    elif fault == "challenge":
        options["challenge"] = "A" * 43
    elif fault == "key":
        device.key = Device().key
    said = {"nothing": "{}", "no json": "[1"}.get(fault) or device.show(options)
    assert client.submit("/sign-in/passkey", {"proof_passkey": said}).location == "/sign-in"
    assert not is_in(client)


def test_a_passkey_of_another_person_is_no_second_step(town: Town, client: Visitor) -> None:
    device = Device()
    add_passkey(opened(town, town.member, JUST_NOW), device)
    enter(client, town.president)
    said = device.show(ask_challenge(client))
    assert client.submit("/sign-in/second", {"proof_passkey": said}).status_code == 422
    assert not is_in(client)


def test_a_device_that_does_not_ask_its_owner_adds_no_passkey(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    assert add_passkey(member, Device(verifies=False)) == 422
    assert add_passkey(member, Device(origin="https://evil.test")) == 422
    assert (add_passkey(member, Device()), add_passkey(member, Device())) == (303, 422), "each is added once"


def test_a_challenge_to_add_serves_once(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    made = Device().make(ask_challenge(member, "/account/passkeys/challenge"))
    assert member.submit("/account/passkeys", {"name": "one", "passkey": made}).status_code == 303
    with town.app.app_context(), transaction() as rows:
        rows.query(Passkey).delete()
    assert member.submit("/account/passkeys", {"name": "two", "passkey": made}).status_code == 422


def test_where_the_address_is_a_number_there_are_no_passkeys(town: Town, client: Visitor) -> None:
    config = town.app.extensions["config"]
    numbered = replace(config.installation, base_url="http://127.0.0.1:8000")
    town.app.extensions["config"] = replace(config, installation=numbered)
    assert client.submit("/passkeys/challenge").status_code == 404
    assert "Sign in with a passkey" not in client.get("/sign-in?lang=en").text
    page = opened(town, town.member, JUST_NOW).get("/account/passkeys/new").text
    assert "Passkeys work only where the platform has a name as its address" in page


def test_a_passkey_proves_again_in_a_held_form(town: Town) -> None:
    member, device = opened(town, town.member, JUST_NOW), Device()
    add_passkey(member, device)
    late = opened(town, town.member)
    asked = late.submit("/account/sessions/end-others")
    assert asked.status_code == 401
    assert "Use my passkey" in asked.text
    said = device.show(ask_challenge(late))
    assert late.submit("/account/sessions/end-others", {"proof_passkey": said}).status_code == 303
    assert not is_in(member)


def test_begun_and_never_finished_gives_no_factor(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    member.submit("/account/app/begin")
    with town.app.app_context():
        first = get_begun_secret(town.member.id)
    member.submit("/account/app/begin")
    with town.app.app_context():
        assert get_begun_secret(town.member.id) != first
    assert count(town, AuthenticatorApp) == 1
    assert "Add an app" in member.get("/account/factors").text


def test_the_pages_of_factors_ask_the_database_a_fixed_number_of_times(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    for number in range(3):
        assert add_passkey(member, Device(credential_id=f"passkey-{number}".encode() * 2), f"n {number}") == 303
    with town.app.app_context():
        assert len(db.session.scalars(select(SignInSession)).all()) == 1
    member.get("/account/factors")
    with counting_queries(engine_of(town.app)) as queries:
        member.get("/account/factors")
    assert len(queries) <= 9, queries


def test_letters_say_what_was_added_and_removed(town: Town) -> None:
    member = opened(town, town.member, JUST_NOW)
    add_passkey(member, Device())
    (letter,) = letters(town.app)
    assert "A passkey was added to your account" in words_of(letter)
