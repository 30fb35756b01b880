"""The addresses by which letters come back: made for one letter, by nobody else, and for one purpose."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escalation.mail.return_path import Purpose, Signed, is_expired, is_genuine, read_address, return_address

KEY, DOMAIN = "a key of an installation, long enough", "reply.example.test"
LETTER = Signed(id=42, message_id="<ntf.1@example.test>", recipient_id=7, address="President@example.test")


def address(purpose: Purpose = Purpose.REPLY) -> str:
    return return_address(purpose, LETTER, DOMAIN, KEY)


def is_ours(text: str, letter: Signed = LETTER, *keys: str) -> bool:
    found = read_address(text, DOMAIN)
    return found is not None and is_genuine(found, letter, keys or (KEY,))


def test_an_address_is_short_plain_and_comes_back_in_any_case() -> None:
    local = address().partition("@")[0]
    assert len(local) <= 64
    assert local.isascii()
    assert local.lower() == local
    assert is_ours(address())
    assert is_ours(address().upper())
    assert address() == address()


@pytest.mark.parametrize(
    "other", [{"id": 43}, {"message_id": "<ntf.2@example.test>"}, {"recipient_id": 8}, {"address": "x@example.test"}]
)
def test_it_serves_for_no_other_letter(other: dict[str, Any]) -> None:
    assert not is_ours(address(), replace(LETTER, **other))


def test_it_serves_for_no_other_purpose_domain_or_key() -> None:
    assert not is_ours(address().replace("reply+", "bounce+"))
    assert not is_ours(address(), LETTER, "another key")
    assert is_ours(address(), LETTER, "a newer key", KEY)
    assert read_address(address().replace(DOMAIN, "evil.example"), DOMAIN) is None
    assert read_address(address(), "") is None


def test_a_changed_character_makes_it_nobodys() -> None:
    local, _at, host = address().partition("@")
    for at in range(len("reply+"), len(local)):
        changed = "a" if local[at] != "a" else "b"
        assert not is_ours(f"{local[:at]}{changed}{local[at + 1 :]}@{host}")


@pytest.mark.parametrize("text", ["", "@", "reply+@reply.example.test", "x" * 5000, "reply+" + "1" * 36 + "@" + DOMAIN])
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text, DOMAIN) is None


def test_a_letter_comes_back_for_some_months_only() -> None:
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_expired(sent, sent + timedelta(days=119))
    assert is_expired(sent, sent + timedelta(days=121))
