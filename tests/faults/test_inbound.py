"""Row 28: what comes back: an answer twice, a bounce before its mail was noted as sent, robots answering robots."""

from __future__ import annotations

import subprocess
import sys
from email.utils import parseaddr

import pytest
from sqlalchemy import func, select

from escalation.cli.main import COMMANDS
from escalation.domain.codes import MessageStatus
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from tests.faults.oracle import Allowed
from tests.faults.sink_process import Kept
from tests.faults.stage import COMMAND, Stage
from tests.processes import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif("intake" not in COMMANDS, reason="this program has no command that takes mail in")
DOMAIN = "reply.example.test"
PRESIDENT = "president@example.test"
ASKED = 2
"""How far a case goes along its road until its desk has asked the commune."""
REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.test>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{name}@mx.example.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

This is the mail system. Your message could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; {failed}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 Nobody here

--part
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: x

--part--
"""
ANSWER = """\
From: {sender}
To: {to}
Subject: Re: x
Message-ID: <{name}@phone.example.test>
In-Reply-To: {message_id}
Content-Type: text/plain; charset=utf-8
{mark}
يوم الاثنين.
"""


def take_in(stage: Stage, text: str, sender: str, to: str) -> int:
    """Hand a mail over as the relay does, and return how the command ended."""
    environ = dict(stage.web.environ)
    words = (sys.executable, "-c", COMMAND, "intake", "pipe", "--sender", sender, "--recipient", to)
    raw = text.replace("\n", "\r\n").encode()
    return subprocess.run(words, input=raw, cwd=ROOT, env=environ, capture_output=True, timeout=60).returncode


def events(stage: Stage) -> int:
    """Return how many events the journal has."""
    with stage.app.app_context():
        found = db.session.scalar(select(func.count()).select_from(JournalEvent)) or 0
        db.session.rollback()
        return int(found)


def asked(stage: Stage) -> Kept:
    """Let a desk ask the commune, and return the letter that asks."""
    stage.environ["ESCALATION_INTAKE_DOMAIN"] = DOMAIN
    stage.start()
    stage.clients().follow_roads(cases=1, steps=ASKED)
    stage.settle()
    return stage.sink.to(PRESIDENT)[-1]


def answer_to(letter: Kept, name: str, mark: str = "") -> tuple[str, str]:
    """Return an answer to a letter, and where it goes."""
    to = parseaddr(letter.header("Reply-To"))[1]
    assert to.endswith(DOMAIN)
    given = {"sender": PRESIDENT, "to": to, "name": name, "message_id": letter.message_id, "mark": mark}
    return ANSWER.format(**given), to


@pytest.mark.whole_matrix
@pytest.mark.fault(28)
def test_row_28_the_same_answer_twice_answers_once(stage: Stage) -> None:
    letter = asked(stage)
    before = events(stage)
    text, to = answer_to(letter, "one")
    for _ in range(2):
        assert take_in(stage, text, PRESIDENT, to) == 0
    wait_until(lambda: events(stage) > before)
    stage.settle()
    # A third time, once the first is settled.
    assert take_in(stage, text, PRESIDENT, to) == 0
    other, _ = answer_to(letter, "robot", "Auto-Submitted: auto-replied\n")
    assert take_in(stage, other, PRESIDENT, to) == 0
    stage.settle()
    assert events(stage) == before + 1
    stage.prove()


@pytest.mark.whole_matrix
@pytest.mark.fault(28)
def test_row_28_two_robots_end_after_one_turn(stage: Stage) -> None:
    letter = asked(stage)
    before, sent = events(stage), len(stage.sink.journal())
    for number in range(5):
        text, to = answer_to(letter, f"away-{number}", "Auto-Submitted: auto-replied\nX-Autoreply: yes\n")
        assert take_in(stage, text, PRESIDENT, to) == 0
    # One that is from a person comes after them, and is read after them.
    text, to = answer_to(letter, "person")
    assert take_in(stage, text, PRESIDENT, to) == 0
    wait_until(lambda: events(stage) > before)
    stage.settle()
    assert events(stage) == before + 1
    assert len(stage.sink.journal()) == sent + 1, "a robot was answered"
    stage.prove()


@pytest.mark.whole_matrix
@pytest.mark.fault(28)
def test_row_28_a_bounce_that_comes_before_its_mail_was_noted_as_sent(stage: Stage) -> None:
    stage.environ["ESCALATION_INTAKE_DOMAIN"] = DOMAIN
    stage.start()
    stage.arm("after_reply")
    sender = stage.sender
    stage.clients().file()
    wait_until(lambda: not sender.is_alive)
    sender.kill()
    (letter,) = stage.sink.journal()
    assert letter.sender.endswith(DOMAIN)
    report = REPORT.format(to=letter.sender, name="report", failed=letter.recipient, message_id=letter.message_id)
    assert take_in(stage, report, "", letter.sender) == 0
    stage.restart(sender)
    stage.let_leases_run_out()
    stage.settle()
    found = {mail.message_id: mail.status for mail in stage.mails()}
    assert found[letter.message_id] in {MessageStatus.BOUNCED, MessageStatus.SENT}
    assert set(found.values()) <= {MessageStatus.BOUNCED, MessageStatus.SENT}
    stage.prove(Allowed(crashes=1))
