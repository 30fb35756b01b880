"""The bytes that leave: sound for every reader, the same at each attempt, closed to injected headers."""

from __future__ import annotations

import dataclasses
import email
import email.policy
from email.message import EmailMessage

import pytest

from escalation.mail.letter import UnsendableLetter
from escalation.mail.mime import compose
from escalation.mail.render import render
from tests.mail.letters import LETTERHEAD, Case, every_case, letter_to

CASES = list(every_case())


def parsed(content: bytes) -> EmailMessage:
    """Return the message as a mail program reads it."""
    return email.message_from_bytes(content, policy=email.policy.default)


def defects(message: EmailMessage) -> list[object]:
    """Return everything a strict reader has to say against a message."""
    found: list[object] = []
    for part in message.walk():
        found += part.defects
        for header in part.values():
            found += header.defects
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_mail_parses_without_a_defect(case: Case) -> None:
    content = compose(case.letter, LETTERHEAD)
    message, words = parsed(content), render(case.letter, LETTERHEAD)
    assert defects(message) == []
    assert message["Subject"] == words.subject
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    said = [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()]
    assert said == [words.text, words.html]
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.isascii()


def test_the_headers_are_those_of_an_automatic_message_of_a_case() -> None:
    message = parsed(compose(letter_to("obstacle_filed", "desk", "ar"), LETTERHEAD))
    assert message["From"].addresses[0].display_name == "عوائق التنمية"
    assert message["From"].addresses[0].addr_spec == "no-reply@example.test"
    assert str(message["To"]) == "president@commune.example.test"
    assert message["Date"] == "Mon, 23 Nov 2026 09:30:00 +0000"
    assert message["Message-ID"] == "<ntf.0b1b7a52-6f0f-4d7e-9a39-7f3f4c2c0d11@example.test>"
    assert message["References"] == message["In-Reply-To"] == "<obstacle.OBS-2026-00042@example.test>"
    assert message["Content-Language"] == "ar"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Escalation-Event"] == "obstacle_filed"
    assert message["X-Escalation-Reference"] == "OBS-2026-00042"


def test_each_attempt_has_the_same_bytes_and_another_message_has_others() -> None:
    letter = letter_to("obstacle_filed", "desk", "fr")
    other = dataclasses.replace(letter, message_id="<ntf.another@example.test>")
    assert compose(letter, LETTERHEAD) == compose(letter_to("obstacle_filed", "desk", "fr"), LETTERHEAD)
    assert parsed(compose(letter, LETTERHEAD)).get_boundary() != parsed(compose(other, LETTERHEAD)).get_boundary()


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b", "a@b@c", "a@b, c@d", "A <a@b.test>", "a@b.test\r\nBcc: x@y.z", "a b@c.d", "é@b.test",
     '"a"@b.c', "a@b.test\n", "(x)a@b.test", "a;b@c.d", "a@[127.0.0.1]", "a" * 250 + "@b.test"],
)  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    letter = dataclasses.replace(letter_to("obstacle_filed", "desk", "ar"), address=address)
    with pytest.raises(UnsendableLetter, match="address"):
        compose(letter, LETTERHEAD)


@pytest.mark.parametrize("message_id", ["", "ntf.1@a", "<a b@c>", "<a@b>\r\nBcc: x@y.z", "<a@b>\n", "<a@b><c@d>"])
def test_what_is_no_message_id_is_refused(message_id: str) -> None:
    letter = dataclasses.replace(letter_to("obstacle_filed", "desk", "ar"), message_id=message_id)
    with pytest.raises(UnsendableLetter, match="message_id"):
        compose(letter, LETTERHEAD)


@pytest.mark.parametrize(
    "name",
    ["Fès, « suivi » des élus", 'متابعة, "العوائق" <x@y.z>', "a\r\nBcc: x@y.z", "é" * 120, "عوائق التنمية " * 12, ""],
)
def test_a_hostile_name_of_the_installation_stays_a_name(name: str) -> None:
    letterhead = dataclasses.replace(LETTERHEAD, name=name)
    content = compose(letter_to("obstacle_filed", "desk", "ar"), letterhead)
    message = parsed(content)
    assert defects(message) == []
    assert [address.addr_spec for address in message["From"].addresses] == ["no-reply@example.test"]
    assert message["Bcc"] is None
    assert str(message["To"]) == "president@commune.example.test"


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("commune", ["A\r\nBcc: x@y.z", "Oulad, <x@y.z>; (z)", "ع" * 120, "Aïn " * 30, "=?utf-8?q?x?="])
def test_a_hostile_name_of_a_place_stays_in_the_subject(commune: str, language: str) -> None:
    content = compose(letter_to("obstacle_filed", "desk", language, commune=commune), LETTERHEAD)
    message = parsed(content)
    assert defects(message) == []
    assert message["Bcc"] is None
    assert list(message.keys())[:5] == ["From", "To", "Subject", "Date", "Message-ID"]
    header = content.split(b"\r\n\r\n")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 78


def test_a_long_domain_keeps_its_message_id_whole() -> None:
    domain = "messagerie.secretariat-regional.collectivites-territoriales.example.test"
    message_id = f"<ntf.0b1b7a52-6f0f-4d7e-9a39-7f3f4c2c0d11@{domain}>"
    letter = dataclasses.replace(letter_to("obstacle_filed", "desk", "ar"), message_id=message_id)
    message = parsed(compose(letter, LETTERHEAD))
    assert message["Message-ID"] == message_id
    assert message["References"] == f"<obstacle.OBS-2026-00042@{domain}>"
