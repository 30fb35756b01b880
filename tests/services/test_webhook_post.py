"""One try over HTTP: what a receiver, a network or a name can do, and what is made of it."""

import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from escalation.domain.delivery import Phase, Refused, Result, Sent, Uncertain, Unreachable, concerns_every_message
from escalation.services.webhooks.post import Limits, post
from tests.http_receiver import CUT, DRIP, REFUSE, SILENT, receiving
from tests.servers import free_port

LIMITS = Limits(allow_private=True, step_s=0.5, whole_s=1.5)
BODY = b'{"event":"webhook_test"}'
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n"


def send(url: str, limits: Limits = LIMITS) -> Result:
    """Try once."""
    return post(url, {"Content-Type": "application/json"}, BODY, limits)


def test_a_yes_is_a_yes_and_the_request_is_whole() -> None:
    with receiving() as receiver:
        assert send(receiver.url) == Sent()
        (got,), port = receiver.got, receiver.port
    assert (got.head, got.body) == ("POST /hook?of=tests HTTP/1.1", BODY)
    assert got.headers["host"] == f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Sent()),
        (b"HTTP/1.1 400 No\r\n\r\n", Refused(400, Phase.HTTP)),
        (b"HTTP/1.1 410 Gone\r\n\r\n", Refused(410, Phase.HTTP)),
        (b"HTTP/1.1 503 Later\r\n\r\n", Refused(503, Phase.HTTP)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 100_000, Sent()),
        (CUT, Uncertain("cut")),
        (b"HTTP/1.1 2", Uncertain("cut")),
        (b"HTTP/1.1 200 OK\r\nX-Half: ", Sent()),
        (b"no http at all\r\n\r\n", Uncertain("cut")),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", Uncertain("cut")),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", Uncertain("cut")),
        (SILENT, Uncertain("no_answer")),
        (DRIP + b"HTTP/1.1 2", Uncertain("no_answer")),
        (DRIP + b"HTTP/1.1 200 OK\r\nX-Long: ", Sent()),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, Uncertain("cut")),
    ],
)
def test_whatever_a_receiver_answers_has_its_meaning(answer: bytes, wanted: Result) -> None:
    with receiving() as receiver:
        receiver.answers = [answer]
        # Who drips never pauses for as long as a step may take, and its first line is there in good time,
        # though a busy machine makes the drops come late.
        result = send(receiver.url, replace(LIMITS, step_s=30, whole_s=6) if answer.startswith(DRIP) else LIMITS)
    assert result == wanted
    assert not concerns_every_message(result), "what one system does holds up nobody else"


def test_a_redirect_is_not_followed() -> None:
    with receiving() as elsewhere, receiving() as receiver:
        receiver.answers = [REDIRECT % elsewhere.port]
        assert send(receiver.url) == Refused(302, Phase.HTTP)
        assert elsewhere.got == []


def test_nobody_there_is_certain() -> None:
    result = send(f"http://127.0.0.1:{free_port()}/")
    assert result == Unreachable(Phase.HTTP, "not_connected")
    assert not concerns_every_message(result)
    assert send("http://no-such-name.invalid/") == Unreachable(Phase.HTTP, "no_such_name")


def test_who_breaks_off_in_the_middle_of_the_request_may_have_nothing_of_it() -> None:
    with receiving() as receiver:
        receiver.answers = [REFUSE]
        assert isinstance(send(receiver.url), Unreachable | Uncertain)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://127.0.0.1/", "not_public"),
        ("https://[::1]/", "not_public"),
        ("https://169.254.169.254/latest/meta-data", "not_public"),
        ("http://example.ma/", "not_https"),
        ("gopher://example.ma/", "not_an_address"),
    ],
)
def test_nothing_is_sent_to_what_is_not_public(url: str, reason: str) -> None:
    assert send(url, Limits()) == Unreachable(Phase.HTTP, reason)


def number_of(host: str) -> Any:
    """Return an address of a name as a resolver gives it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, 443)


@pytest.mark.parametrize(
    "numbers", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], []]
)
def test_a_name_that_leads_inside_is_refused_whatever_else_it_says(
    monkeypatch: pytest.MonkeyPatch, numbers: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: [number_of(one) for one in numbers])
    assert send("https://example.ma/", Limits()) == Unreachable(Phase.HTTP, "not_public")


def test_a_name_that_changes_its_answer_leads_to_the_number_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver of the attacker's: public when it is asked, inside when it is asked again."""
    asked: list[str] = []
    gone_to: list[Any] = []

    def resolve(host: str, *_args: Any, **_more: Any) -> list[Any]:
        asked.append(host)
        return [number_of("93.184.216.34" if len(asked) == 1 else "127.0.0.1")]

    class Watched(socket.socket):
        def connect(self, number: Any) -> None:
            gone_to.append(number)
            raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "socket", Watched)
    assert send("https://rebound.example.ma/", Limits()) == Unreachable(Phase.HTTP, "timeout")
    assert gone_to == [("93.184.216.34", 443)]
    assert asked == ["rebound.example.ma"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that nobody signed but itself, with its key."""
    home = tmp_path_factory.mktemp("tls")
    made = home / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made), "-out",
         str(home / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    with made.open("a") as both:
        both.write((home / "certificate.pem").read_text())
    return made


def secure_receiver(certificate: Path) -> ssl.SSLContext:
    """Return what a receiver answers with over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_must_be_believed_and_be_of_that_name(certificate: Path) -> None:
    trusted = replace(LIMITS, trusted=ssl.create_default_context(cafile=str(certificate)))
    with receiving(secure_receiver(certificate)) as receiver:
        assert send(receiver.url, trusted) == Sent()
        assert send(receiver.url) == Unreachable(Phase.HTTP, "tls"), "nobody we know signed it"
        other = receiver.url.replace("127.0.0.1", "localhost")
        assert send(other, trusted) == Unreachable(Phase.HTTP, "tls"), "it is of another name"
        assert len(receiver.got) == 1


def test_what_speaks_no_tls_gets_nothing() -> None:
    with receiving() as receiver:
        assert isinstance(send(receiver.url.replace("http:", "https:")), Unreachable)
        assert not [got for got in receiver.got if BODY in got.body]
