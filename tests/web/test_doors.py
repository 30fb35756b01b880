"""The doors: an invitation, a forgotten pass-phrase, another one, and the sessions a person has open."""

import email
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Office
from escalation.domain.errors import LinkClosed
from escalation.extensions import db
from escalation.models.doors import Invitation, PasswordReset, SecurityEvent
from escalation.models.people import Mandate, Person, SignInSession
from escalation.services.messages.claims import claim_due
from escalation.services.messages.letters import envelope_of, letterhead_of, write_letter
from escalation.services.people.invitations import Invited, invite, resend, revoke
from escalation.services.people.people import Term, WrongField
from escalation.services.people.resets import answer_resets
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, PASSWORD, Town, sign_in
from tests.visitor import ORIGIN, Visitor
from tests.web.conftest import As
from tests.web.forms import errors_of

NEW = "حديقة الزيتون قرب الوادي"
LINK = re.compile(r"https?://\S+/(?:invitation|password)/[A-Za-z0-9_-]{43}")
TODAY = local_day(datetime.now(UTC))


def invited(address: str = "New.President@example.test", **given: Any) -> Invited:
    """Return somebody new, invited to preside over a commune."""
    facts: dict[str, Any] = {
        "email": address,
        "name_ar": "خديجة التازي",
        "name_fr": "Khadija Tazi",
        "language": Language.FR,
        "term": Term(Office.COMMUNE_PRESIDENT, COMMUNE, TODAY),
    }
    return Invited(**(facts | given))


def letters(app: Flask) -> list[EmailMessage]:
    """Return the letters that are due, as they leave."""
    with app.app_context():
        config = app.extensions["config"]
        letterhead = letterhead_of(config.mail, config.installation)
        written = [write_letter(claimed, letterhead, envelope_of(claimed, config)) for claimed in claim_due(50)]
    return [email.message_from_bytes(each, policy=default) for each in written]


def words_of(letter: EmailMessage) -> str:
    """Return the text part of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def path_in(letter: EmailMessage) -> str:
    """Return the path of the one link of a letter."""
    (link,) = LINK.findall(words_of(letter))
    return "/" + link.split("/", 3)[3]


def invite_new(town: Town, now: datetime | None = None) -> str:
    """Invite somebody new, and return the path of their link."""
    with town.app.app_context():
        invite(invited(), by_id=town.admin.id, now=now or datetime.now(UTC))
    (letter,) = letters(town.app)
    return path_in(letter)


def asked_for_reset(town: Town, client: Visitor, address: str) -> list[EmailMessage]:
    """Ask for another pass-phrase, and return the letters that leave."""
    assert client.submit("/password", {"email": address}).location == "/password/sent"
    with town.app.app_context():
        answer_resets(datetime.now(UTC))
    return letters(town.app)


def test_who_is_invited_opens_an_account_and_holds_the_office(town: Town, client: Visitor) -> None:
    with town.app.app_context():
        invite(invited(), by_id=town.admin.id, now=datetime.now(UTC))
    (letter,) = letters(town.app)
    assert letter["To"] == "new.president@example.test"
    assert letter["Subject"] == "Invitation à l’espace de suivi des obstacles"
    assert "président" in words_of(letter).lower()
    assert letter["X-Escalation-Reference"] is None
    path = path_in(letter)
    for _scanner in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert "Khadija Tazi" in page.text
        assert '<html lang="fr"' in page.text, "in the language of who is invited"
    answer = client.submit(path, {"password": NEW})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Khadija Tazi" in client.get("/?lang=fr").text
    with town.app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == "new.president@example.test")).one()
        mandate = db.session.scalars(select(Mandate).where(Mandate.person_id == person.id)).one()
        assert (mandate.office, mandate.place_code) == (Office.COMMUNE_PRESIDENT, COMMUNE)
    assert client.get(path).status_code == 410, "it serves once"
    assert client.submit(path, {"password": "une autre phrase bien longue"}).status_code == 410
    elsewhere = Visitor(town.app)
    assert elsewhere.submit("/sign-in", {"email": "new.president@example.test", "password": NEW}).status_code == 303


def test_nobody_signs_in_before_the_invitation_is_accepted(town: Town, client: Visitor) -> None:
    invite_new(town)
    for password in ("", PASSWORD):
        answer = client.submit("/sign-in", {"email": "new.president@example.test", "password": password})
        assert answer.status_code == 422
    with town.app.app_context():
        assert not db.session.scalars(select(Mandate).join(Person).where(Person.name_fr == "Khadija Tazi")).all()


def test_a_link_ends_after_three_days_or_when_it_is_taken_back(town: Town, client: Visitor) -> None:
    now = datetime.now(UTC)
    late = invite_new(town, now - timedelta(hours=72, seconds=1))
    assert "Its time is over." in client.get(f"{late}?lang=en").text
    assert client.submit(late, {"password": NEW}).status_code == 410
    with town.app.app_context():
        first = db.session.scalars(select(Invitation.id)).one()
        second = resend(first, by_id=town.admin.id, now=now)
    (letter,) = letters(town.app)
    path = path_in(letter)
    assert client.get(path).status_code == 200
    with town.app.app_context():
        revoke(second, by_id=town.admin.id, now=now)
    assert client.submit(path, {"password": NEW}).status_code == 410
    assert client.get("/invitation/" + "A" * 43).status_code == 410
    assert client.get("/invitation/short").status_code == 404


def test_an_accepted_invitation_is_neither_sent_again_nor_taken_back(town: Town, client: Visitor) -> None:
    client.submit(invite_new(town), {"password": NEW})
    with town.app.app_context():
        row = db.session.scalars(select(Invitation.id)).one()
        for act in (resend, revoke):
            with pytest.raises(LinkClosed):
                act(row, by_id=None, now=datetime.now(UTC))


def test_a_newer_invitation_to_the_same_office_takes_the_place_of_the_first(town: Town, client: Visitor) -> None:
    first = invite_new(town)
    second = invite_new(town)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_somebody_with_an_account_holds_the_office_at_once_and_is_told(town: Town) -> None:
    term = Term(Office.GROUP_MEMBER, "03", TODAY)
    with town.app.app_context():
        outcome = invite(invited(town.president.email, term=term), by_id=None, now=datetime.now(UTC))
        assert outcome.mandate_id is not None
    (letter,) = letters(town.app)
    assert letter["Subject"] == "An office was recorded for you"
    assert not LINK.search(words_of(letter))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"term": Term(Office.COMMUNE_PRESIDENT, "03", TODAY)}, "place"),
        ({"term": Term(Office.COMMUNE_PRESIDENT, COMMUNE, TODAY, TODAY - timedelta(days=1))}, "ends_on"),
        ({"name_ar": " "}, "name_ar"),
    ],
)
def test_what_cannot_be_given_is_refused_before_anything_is_written(
    town: Town, given: dict[str, Any], field: str
) -> None:
    with town.app.app_context():
        with pytest.raises(WrongField) as refused:
            invite(invited(**given), by_id=None, now=datetime.now(UTC))
        assert refused.value.field == field
        assert not db.session.scalars(select(Invitation)).all()
        assert not db.session.scalars(select(Person).where(Person.name_fr == "Khadija Tazi")).all()


@pytest.mark.parametrize(
    "password", ["short", "x" * 257, "12345678", "Password123", "aaaaaaaaaaaa", "khadija2026", "new.president1"]
)
def test_a_pass_phrase_that_others_would_try_is_refused_with_a_reason(
    town: Town, client: Visitor, password: str
) -> None:
    path = invite_new(town)
    answer = client.submit(path, {"password": password})
    assert answer.status_code == 422
    assert errors_of(answer.text)
    assert password not in answer.text
    assert client.submit(path, {"password": NEW}).status_code == 303, "the link still serves"


def test_no_row_holds_the_secret_of_a_link(town: Town, client: Visitor) -> None:
    secrets = [invite_new(town).rsplit("/", 1)[1]]
    secrets += [path_in(letter).rsplit("/", 1)[1] for letter in asked_for_reset(town, client, town.president.email)]
    assert len(secrets) == 2
    with town.app.app_context():
        for table in inspect(db.engine).get_table_names():
            rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
            assert not [secret for secret in secrets if secret in str(rows)], table


def test_a_letter_written_under_the_key_before_still_opens(town: Town, client: Visitor) -> None:
    """A key that is replaced while a letter waits is still known for as long as it is listed."""
    with town.app.app_context():
        invite(invited(), by_id=None, now=datetime.now(UTC))
    config = town.app.extensions["config"]
    security = config.security
    changed = {"secret_key": "another-key-of-more-than-32-characters-0", "secret_key_fallbacks": (security.secret_key,)}
    from dataclasses import replace  # noqa: PLC0415 - only here

    town.app.extensions["config"] = replace(config, security=replace(security, **changed))
    try:
        (letter,) = letters(town.app)
    finally:
        town.app.extensions["config"] = config
    assert client.get(path_in(letter)).status_code == 200


def test_a_forgotten_pass_phrase_is_replaced_by_a_link_and_every_session_ends(
    town: Town, client: Visitor, as_person: As
) -> None:
    signed_in = as_person("president")
    (letter,) = asked_for_reset(town, client, f" {town.president.email.upper()} ")
    path = path_in(letter)
    assert client.get(path).status_code == 200
    assert client.submit(path, {"password": NEW}).location == "/sign-in"
    assert signed_in.get("/account").status_code == 302
    assert client.submit(path, {"password": "encore une autre phrase"}).status_code == 410
    assert client.submit("/sign-in", {"email": town.president.email, "password": PASSWORD}).status_code == 422
    assert client.submit("/sign-in", {"email": town.president.email, "password": NEW}).status_code == 303
    changed = [each for each in letters(town.app) if each["Subject"] == "Your password was changed"]
    assert len(changed) == 1


def test_asking_reveals_nothing(town: Town, client: Visitor) -> None:
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.member.id).values(suspended_at=datetime.now(UTC)))
    with town.app.app_context():
        invite(invited(), by_id=None, now=datetime.now(UTC))
    letters(town.app)
    pages = set()
    for address in ("unknown@example.test", town.member.email, "new.president@example.test", "a\x00b@x"):
        assert asked_for_reset(town, client, address) == []
        pages.add(client.get("/password/sent").text)
    assert len(asked_for_reset(town, client, town.president.email)) == 1
    assert len(pages) == 1
    with town.app.app_context():
        assert not db.session.scalars(select(PasswordReset.email).where(PasswordReset.email != "")).all()


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "Referer"])
def test_a_letter_leads_to_the_installation_whatever_a_request_names(town: Town, client: Visitor, header: str) -> None:
    said = {"Forwarded": "host=evil.test", "Referer": f"{ORIGIN}/evil.test"}.get(header, "evil.test")
    assert client.submit("/password", {"email": town.president.email}, headers={header: said}).status_code == 303
    with town.app.app_context():
        answer_resets(datetime.now(UTC))
    (letter,) = letters(town.app)
    assert "evil" not in words_of(letter)
    links = re.findall(r"https?://[^/\s]+", words_of(letter))
    assert links
    assert set(links) == {town.app.extensions["config"].installation.base_url}


def test_asking_is_slowed(town: Town, client: Visitor) -> None:
    answers = [client.submit("/password", {"email": town.president.email}).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    assert client.submit("/password", {"email": town.reviewer.email}).status_code == 303
    assert client.submit("/sign-in", {"email": town.president.email, "password": PASSWORD}).status_code == 303


def test_a_newer_link_and_an_hour_end_the_first(town: Town, client: Visitor) -> None:
    (first,) = asked_for_reset(town, client, town.president.email)
    (second,) = asked_for_reset(town, client, town.president.email)
    assert client.get(path_in(first)).status_code == 410
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(PasswordReset).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert "Its time is over." in client.get(f"{path_in(second)}?lang=en").text
    assert client.get("/password/" + "A" * 43).status_code == 410


def test_a_pass_phrase_is_changed_by_who_knows_it(town: Town) -> None:
    here, elsewhere = (sign_in(Visitor(town.app), town.president) for _ in range(2))
    with here.session_transaction(base_url=ORIGIN) as cookie:
        before = cookie["token"]
    wrong = here.submit("/account/password", {"current": "not this one", "password": NEW})
    assert wrong.status_code == 422
    assert "This is not your current password." in wrong.text
    common = here.submit("/account/password", {"current": PASSWORD, "password": "12345678"})
    assert common.status_code == 422
    assert here.submit("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 303
    with here.session_transaction(base_url=ORIGIN) as cookie:
        assert cookie["token"] != before
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert [each["Subject"] for each in letters(town.app)] == ["Your password was changed"]


def test_a_person_ends_their_own_sessions_and_nobody_elses(town: Town) -> None:
    here, second, third = (sign_in(Visitor(town.app), town.president) for _ in range(3))
    other = sign_in(Visitor(town.app), town.reviewer)
    with town.app.app_context():
        rows = db.session.scalars(select(SignInSession).order_by(SignInSession.id)).all()
        mine = [row.id for row in rows if row.person_id == town.president.id]
        theirs = next(row.id for row in rows if row.person_id == town.reviewer.id)
    assert here.get("/account?lang=en").text.count("End this session") == 2
    assert here.submit(f"/account/sessions/{theirs}/end").status_code == 303
    assert other.get("/account").status_code == 200
    assert here.submit(f"/account/sessions/{mine[1]}/end").status_code == 303
    assert second.get("/account").status_code == 302
    assert third.get("/account").status_code == 200
    assert here.submit("/account/sessions/end-others").status_code == 303
    assert third.get("/account").status_code == 302
    assert here.get("/account").status_code == 200
    with town.app.app_context():
        kinds = list(db.session.scalars(select(SecurityEvent.kind).order_by(SecurityEvent.id)))
    assert kinds == [SecurityEventKind.SESSION_ENDED] * 2


def test_the_owner_is_told_of_a_device_they_had_not_used(town: Town) -> None:
    phone = {
        "User-Agent": "Mozilla/5.0 (Linux; Android 14; SM-A556B) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
    }
    desk = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    fields = {"email": town.president.email, "password": PASSWORD}
    for headers in (phone, phone, desk, desk):
        assert Visitor(town.app).submit("/sign-in", fields, headers=headers).status_code == 303
    (told,) = letters(town.app)
    assert told["Subject"] == "Your account was opened on a new device"
    assert "Firefox · Linux" in words_of(told)
    page = sign_in(Visitor(town.app), town.president).get("/account?lang=en").text
    assert "Chrome · Android" in page
