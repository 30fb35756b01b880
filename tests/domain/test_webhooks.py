"""What webhooks say, how they are signed, and where they are never sent."""

import hashlib
import hmac
import json

import pytest

from escalation.domain.webhooks import (
    EVENTS,
    TOLERANCE,
    UrlFault,
    WrongUrl,
    body_of,
    is_public,
    is_signed,
    read_url,
    sign,
    wants,
)

NOW = 1_800_000_000


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:c0a8:101::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:db8::1", "not a number", "",
    ],
)  # fmt: skip
def test_no_address_of_a_machine_or_a_network_of_ones_own_is_public(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "41.77.112.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_what_is_reached_from_everywhere_is_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", UrlFault.NOT_AN_ADDRESS), ("example.ma", UrlFault.NOT_AN_ADDRESS),
        ("ftp://example.ma", UrlFault.NOT_AN_ADDRESS),
        ("file:///etc/passwd", UrlFault.NOT_AN_ADDRESS), ("https://", UrlFault.NOT_AN_ADDRESS),
        ("https://example.ma:0/", UrlFault.NOT_AN_ADDRESS), ("https://example.ma:99999/", UrlFault.NOT_AN_ADDRESS),
        ("https://exa mple.ma/", UrlFault.NOT_AN_ADDRESS), ("https://example.ma/\r\nX: y", UrlFault.NOT_AN_ADDRESS),
        ("https://example.ma\\@127.0.0.1/", UrlFault.NOT_AN_ADDRESS), ("https://مثال.ma/", UrlFault.NOT_AN_ADDRESS),
        ("https://[::1/", UrlFault.NOT_AN_ADDRESS), ("http://example.ma/", UrlFault.NOT_HTTPS),
        ("https://me:secret@example.ma/", UrlFault.HAS_ACCOUNT), ("https://@example.ma/", UrlFault.HAS_ACCOUNT),
        ("https://example.ma/#part", UrlFault.HAS_ACCOUNT), ("https://localhost/", UrlFault.NOT_PUBLIC),
        ("https://LOCALHOST./", UrlFault.NOT_PUBLIC), ("https://a.localhost/", UrlFault.NOT_PUBLIC),
        ("https://redis/", UrlFault.NOT_PUBLIC), ("https://db.internal/", UrlFault.NOT_PUBLIC),
        ("https://127.0.0.1/", UrlFault.NOT_PUBLIC), ("https://[::1]/", UrlFault.NOT_PUBLIC),
        ("https://127.1/", UrlFault.NOT_PUBLIC), ("https://2130706433/", UrlFault.NOT_PUBLIC),
        ("https://0x7f000001/", UrlFault.NOT_PUBLIC), ("https://0x7f.0.0.1/", UrlFault.NOT_PUBLIC),
        ("https://[::ffff:10.0.0.1]/", UrlFault.NOT_PUBLIC), ("https://169.254.169.254/latest", UrlFault.NOT_PUBLIC),
        ("https://example.ma/" + "x" * 250, UrlFault.TOO_LONG),
    ],
)  # fmt: skip
def test_where_nothing_is_sent_is_refused_with_its_reason(url: str, fault: UrlFault) -> None:
    with pytest.raises(WrongUrl) as refused:
        read_url(url, allow_private=False)
    assert refused.value.fault is fault


def test_an_address_is_taken_apart() -> None:
    address = read_url("https://Example.ma:8443/cases?of=all", allow_private=False)
    assert (address.is_secure, address.host, address.port, address.path) == (True, "example.ma", 8443, "/cases?of=all")
    assert read_url("http://127.0.0.1", allow_private=True).port == 80


def test_a_receiver_checks_the_signature_as_the_guide_says() -> None:
    body = b'{"event":"obstacle_filed"}'
    header = sign(["new", "old"], NOW, body)
    for secret in ("new", "old"):
        wanted = hmac.new(secret.encode(), f"{NOW}.".encode() + body, hashlib.sha256).hexdigest()
        assert f"v1={wanted}" in header.split(",")
        assert is_signed(header, secret, NOW, body, NOW + 10)
    assert not is_signed(header, "other", NOW, body, NOW)
    assert not is_signed(header, "new", NOW, body + b" ", NOW)
    assert not is_signed(header, "new", NOW + 1, body, NOW)
    assert not is_signed(header, "new", NOW, body, NOW + int(TOLERANCE.total_seconds()) + 1)


def test_the_body_is_the_same_each_time_and_says_who_it_is() -> None:
    facts = {"event": "obstacle_filed", "endpoint": 3, "case": {"reference": "OBS-2026-00001"}}
    body = body_of("<ntf.0b1b7a52-6f0f-4d7e-9a39-7f3f4c2c0d11@example.test>", facts)
    assert body == body_of("<ntf.0b1b7a52-6f0f-4d7e-9a39-7f3f4c2c0d11@example.test>", dict(reversed(facts.items())))
    assert json.loads(body) == {
        "version": 1, "id": "0b1b7a52-6f0f-4d7e-9a39-7f3f4c2c0d11", "event": "obstacle_filed",
        "case": {"reference": "OBS-2026-00001"},
    }  # fmt: skip


def test_who_chose_no_event_is_told_of_all() -> None:
    assert all(wants([], event) for event in EVENTS)
    assert not wants([], "decision_undone")
    assert wants(["obstacle_filed"], "obstacle_filed")
    assert not wants(["obstacle_filed"], "obstacle_closed")
