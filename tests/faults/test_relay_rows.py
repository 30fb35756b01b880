"""Rows 14 to 19: a relay that puts off, refuses one, refuses us, says nothing, or breaks off at the worst places."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from escalation.domain.codes import MessageStatus
from tests.faults.oracle import Allowed
from tests.faults.proxy import FAIR, Way, Weather
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.waiting import wait_until

GREYLISTED, NO_MAILBOX, NOT_WELCOME = "451 4.7.1 Come back later", "550 5.1.1 Nobody here", "535 5.7.8 Who are you"


def reasons(stage: Stage) -> dict[str, str]:
    """Return why each mail waits or stopped, by its recipient."""
    return {mail.address: mail.status_reason for mail in stage.mails()}


@pytest.mark.whole_matrix
@pytest.mark.fault(14)
def test_row_14_put_off_twice_each_mail_arrives_and_the_pauses_grow_and_differ(stage: Stage) -> None:
    stage.sink.script(Rule("rcpt", "say", GREYLISTED, times=6))
    stage.start()
    stage.clients().file()
    pauses: list[list[int]] = []
    for attempt in (1, 2):
        wait_until(lambda attempt=attempt: {mail.attempts for mail in stage.mails() if waits(mail)} == {attempt}  # type: ignore[misc]
                   and all(waits(mail) for mail in stage.mails()))  # fmt: skip
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        pauses.append([mail.not_before_ms - now_ms for mail in stage.mails()])
        stage.let_pauses_pass()
    assert len(set(pauses[0])) == len(pauses[0]) == 3, "all would come back at the same moment"
    assert min(pauses[1]) > max(pauses[0])
    stage.settle()
    verdict = stage.prove()
    assert (verdict.kept, verdict.duplicates) == (3, 0)
    assert {mail.attempts for mail in stage.mails()} == {3}


def waits(mail: object) -> bool:
    """Say whether a mail waits for its next try."""
    status, reason = getattr(mail, "status"), getattr(mail, "status_reason")  # noqa: B009
    return status == MessageStatus.QUEUED and bool(reason)


@pytest.mark.whole_matrix
@pytest.mark.fault(15)
def test_row_15_one_refused_for_good_fails_alone_and_the_page_says_so(stage: Stage) -> None:
    stage.sink.script(Rule("rcpt", "say", NO_MAILBOX, to="coordinator@"))
    stage.start()
    case = stage.clients().follow_roads(cases=1)[0]
    stage.settle()
    stage.prove(Allowed(failed=frozenset({"coordinator@example.test"})))
    statuses = {(mail.address, mail.status) for mail in stage.mails()}
    assert statuses == {
        ("coordinator@example.test", MessageStatus.FAILED),
        ("president@example.test", MessageStatus.SENT),
        ("reviewer@example.test", MessageStatus.SENT),
    }
    page = stage.browser("reviewer").ask("GET", f"/obstacles/{case}?lang=en").body
    assert re.search(r'data-status="failed"|Failed|Not delivered', page), "the page of the case hides it"


def self_signed(path: Path) -> Path:
    """Write a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.whole_matrix
@pytest.mark.fault(16)
@pytest.mark.parametrize("trouble", ["who are you", "sender refused", "untrusted certificate", "no starttls"])
def test_row_16_refused_as_a_whole_nothing_fails_and_nothing_is_said_in_clear(
    stage: Stage, tmp_path: Path, trouble: str
) -> None:
    mail = stage.config.mail
    if trouble == "who are you":
        mail = replace(mail, username="us", password="wrong")
        stage.sink.script(Rule("auth", "say", NOT_WELCOME), offers=["AUTH PLAIN"])
    elif trouble == "sender refused":
        stage.sink.script(Rule("mail", "say", "550 5.7.1 Not from there"))
    elif trouble == "untrusted certificate":
        mail = replace(mail, starttls=True)
        stage.sink.script(certificate=str(self_signed(tmp_path / "relay.pem")))
    else:
        mail = replace(mail, starttls=True)
    stage.config = replace(stage.config, mail=mail)
    stage.start()
    stage.clients().file()
    wait_until(lambda: "ERROR" in stage.words_of("web" if stage.is_embedded else "worker"))
    wait_until(lambda: all(waits(each) or not each.status_reason for each in stage.mails()))
    assert {each.status for each in stage.mails()} <= {MessageStatus.QUEUED, MessageStatus.SENDING}
    assert stage.sink.journal() == []
    seen = stage.sink.seen()
    if mail.starttls:
        assert not {"MAIL in clear", "AUTH in clear", "DATA in clear"} & set(seen), "a mail was begun without TLS"
    # The operator mends it: everything leaves.
    stage.sink.script()
    for child in stage.children:
        child.kill()
    stage.config = replace(stage.config, mail=replace(mail, starttls=False, username=None, password=None))
    stage.start()
    stage.settle()
    stage.prove(Allowed(crashes=0))


@pytest.mark.whole_matrix
@pytest.mark.fault(17)
def test_row_17_one_whose_relay_falls_silent_does_not_starve_the_others(stage: Stage) -> None:
    stage.connections = 2
    stage.sink.script(Rule("dot", "stall", to="coordinator@", times=1))
    stage.start()
    stage.clients().file()
    wait_until(lambda: stage.sink.seen().get("dot stall"))
    stage.clients().follow_roads(cases=2, clients=2)
    others = {"president@example.test", "reviewer@example.test"}
    wait_until(lambda: not [mail for mail in stage.mails() if mail.address in others and mail.status != "sent"], 60)
    stage.sink.script()
    stage.settle()
    assert stage.prove().duplicates <= 1


@pytest.mark.whole_matrix
@pytest.mark.fault(18)
def test_row_18_cut_after_the_last_dot_it_is_uncertain_and_the_same_letter_comes_again(stage: Stage) -> None:
    stage.sink.script(Rule("dot", "drop", to="coordinator@", times=1))
    stage.start()
    stage.clients().file()
    wait_until(lambda: sum(mail.uncertain_attempts for mail in stage.mails()) == 1)
    assert reasons(stage)["coordinator@example.test"].startswith("uncertain")
    stage.settle()
    verdict = stage.prove()
    assert (verdict.uncertain, verdict.duplicates) == (1, 1)


@pytest.mark.fault(18)
def test_row_18_the_answer_is_lost_on_its_way(stage: Stage) -> None:
    stage.relay_proxy.be(Weather(silent_after=re.compile(rb"\r\n\.\r\n"), cuts=True, cut_times=1))
    stage.start()
    stage.clients().file()
    wait_until(lambda: sum(mail.uncertain_attempts for mail in stage.mails()) == 1)
    stage.settle()
    verdict = stage.prove()
    assert (verdict.uncertain, verdict.duplicates) == (1, 1)


@pytest.mark.whole_matrix
@pytest.mark.fault(19)
@pytest.mark.parametrize("where", ["on its way", "by the relay"])
def test_row_19_broken_off_in_the_middle_of_a_text_nothing_partial_is_taken_and_nothing_doubles(
    stage: Stage, where: str
) -> None:
    if where == "on its way":
        stage.relay_proxy.be(Weather(reset_after=1_500, reset_way=Way.OUT, cut_times=2))
    else:
        stage.sink.script(Rule("body", "drop", times=2))
    stage.start()
    stage.clients().file()
    wait_until(lambda: stage.sink.seen().get("DATA in clear", 0) >= 2 or stage.relay_proxy.connections >= 2)
    stage.settle()
    stage.relay_proxy.be(FAIR)
    verdict = stage.prove()
    assert (verdict.kept, verdict.duplicates) == (3, 0)
