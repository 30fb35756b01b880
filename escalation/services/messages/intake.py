"""Reading the mail that came in, one at a time: a report of a letter that failed, an answer, a robot, or a stranger.

What a mail claims counts for nothing: only an address that was made here for one letter says what it belongs to, and
only the address that the letter went to may answer it. Whatever is doubtful waits for an administrator.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import Message
from typing import Final

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from escalation.domain.intake import Became, HeldFor
from escalation.extensions import db
from escalation.mail.incoming import headers
from escalation.mail.incoming.hints import may_be_failure, may_be_robot
from escalation.mail.incoming.reading import MOST_BYTES, Read, Unreadable, read_mail
from escalation.mail.incoming.reports import Verdict, read_reports, report_on
from escalation.mail.incoming.robots import why_robot
from escalation.mail.return_path import Found, Purpose
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.services.messages.failures import lift_since_arrived, note_bounce
from escalation.services.messages.incoming import Known, Taken, TryLater, put_off, settle, take_next
from escalation.services.messages.replies import Reply, take_reply, tell_if_held
from escalation.services.messages.return_paths import find_letter, may_come_back

logger = logging.getLogger(__name__)

MOST_ADDRESSES: Final = 20
MOST_ANSWERED: Final = 10

Outcome = Became | HeldFor
_CRASHED: Outcome = HeldFor.CRASHED


def read_new_mail(now: Callable[[], datetime], is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Read what came in until nothing is left; return how many mails were settled."""
    count = 0
    while not is_stopping() and (taken := take_next()) is not None:
        count += _settle_one(taken, now())
    return count


def _settle_one(taken: Taken, now: datetime) -> bool:
    known, outcome = Known(), _CRASHED
    try:
        known, outcome = judge_mail(taken, now)
    except TryLater:
        db.session.rollback()
        put_off(taken.id)
        return False
    except (SQLAlchemyError, OSError):
        db.session.rollback()
        raise
    except Exception:
        # What one mail does to its reader must not keep the others from being read.
        db.session.rollback()
        logger.exception("mail %s could not be read; it is held", taken.id)
    settle(taken.id, known, outcome, now)
    logger.info("mail %s: %s", taken.id, outcome)
    return True


def judge_mail(taken: Taken, now: datetime) -> tuple[Known, Outcome]:
    """Do what a mail asks, as far as it may; return what is known of it and what became of it. Raises: TryLater."""
    if taken.size_bytes > MOST_BYTES:
        return Known(), HeldFor.TOO_LARGE
    try:
        read = read_mail(taken.raw)
    except Unreadable:
        return Known(), HeldFor.UNREADABLE
    known = Known(sender=read.sender, subject=read.subject, message_id=read.message_id)
    came_to = [taken.envelope_recipient] if taken.envelope_recipient else read.recipients
    found = next((one for to in came_to[:MOST_ADDRESSES] if (one := find_letter(to))), None)
    robot = why_robot(read.message, taken.envelope_sender)
    if found is None:
        return _of_nobody(read, known, robot)
    address, letter = found
    known = _with_letter(known, letter)
    if not may_come_back(letter, now):
        return known, Became.ROBOT if robot else HeldFor.EXPIRED
    return known, _come_back(taken, read, address, letter, robot=robot, now=now)


def _come_back(
    taken: Taken, read: Read, address: Found, letter: OutboxMessage, *, robot: str, now: datetime
) -> Outcome:
    if address.purpose is Purpose.BOUNCE:
        return _take_report(read, letter, robot, now)
    if robot or read_reports(read.message):
        return Became.ROBOT
    if not _is_from_reader(read, letter):
        return HeldFor.OTHER_SENDER
    if not is_proven(read.message, read.sender):
        return HeldFor.UNPROVEN_SENDER
    reply = Reply(taken=taken, read=read, letter=letter, now=now)
    outcome = HeldFor.ROBOT_PERHAPS if may_be_robot(read) else take_reply(reply)
    tell_if_held(reply, outcome)
    if isinstance(outcome, Became):
        lift_since_arrived(letter.recipient_id, read.sender, letter.event_at, now)
    return outcome


def _of_nobody(read: Read, known: Known, robot: str) -> tuple[Known, Outcome]:
    """Judge a mail that came to no address of ours: what it says it answers is a hint for the administrator only."""
    if robot:
        return known, Became.FORGED_REPORT if read_reports(read.message) else Became.ROBOT
    named = read.answers[:MOST_ANSWERED]
    letters = db.session.scalars(select(OutboxMessage).where(OutboxMessage.message_id.in_(named))) if named else ()
    letter = next((one for one in letters if one.obstacle_id is not None and one.address), None)
    if letter is None:
        return known, HeldFor.UNKNOWN_SENDER
    return _with_letter(known, letter, is_hint=True), HeldFor.NO_TOKEN


def _with_letter(known: Known, letter: OutboxMessage, *, is_hint: bool = False) -> Known:
    return Known(
        sender=known.sender, subject=known.subject, message_id=known.message_id, letter_id=letter.id, is_hint=is_hint,
        person_id=letter.recipient_id,
    )  # fmt: skip


def _take_report(read: Read, letter: OutboxMessage, robot: str, now: datetime) -> Outcome:
    reports = read_reports(read.message)
    if not reports:
        if may_be_failure(read):
            return HeldFor.REPORT_IN_WORDS
        return Became.UNKNOWN_REPORT if robot or may_be_robot(read) else HeldFor.OTHER_SENDER
    report = report_on(reports, letter.address)
    if report is None:
        return Became.FORGED_REPORT
    letter_id, person_id, address, event_at = letter.id, letter.recipient_id, letter.address, letter.event_at
    if report.verdict is Verdict.HARD:
        note_bounce(letter_id, report.status, now)
    if report.verdict is Verdict.ARRIVED:
        lift_since_arrived(person_id, address, event_at, now)
    return BECAME[report.verdict]


BECAME: Final = {
    Verdict.HARD: Became.HARD_BOUNCE,
    Verdict.SOFT: Became.SOFT_BOUNCE,
    Verdict.WAITS: Became.DELAYED,
    Verdict.ARRIVED: Became.ARRIVED,
    Verdict.UNKNOWN: Became.UNKNOWN_REPORT,
}


def _is_from_reader(read: Read, letter: OutboxMessage) -> bool:
    person = db.session.get(Person, letter.recipient_id)
    return person is not None and bool(read.sender) and read.sender == person.email.lower()


def is_proven(message: Message, sender: str) -> bool:
    """Say whether our own relay says that a mail is from who it seems to be from; so it is where none is named.

    Only the results that this relay wrote count, and of them the first: it stands above whatever came with the mail.
    Source: RFC 8601.
    """
    named: str = current_app.extensions["config"].intake.authserv_id
    if not named:
        return True
    for result in headers.values_of(message, "Authentication-Results"):
        server, _semicolon, said = result.partition(";")
        if (server.split() or [""])[0].lower() == named:
            return _passes_dmarc(said.split(";"), sender.rpartition("@")[2])
    return False


def _passes_dmarc(results: Sequence[str], domain: str) -> bool:
    """Say whether one of the results is that of DMARC, a pass, and for this domain."""
    for result in results:
        method, *said = result.lower().split() or [""]
        if method == "dmarc=pass":
            return f"header.from={domain}" in said
    return False
