"""What an administrator does with a mail that waits: take it for the words of a person we know, or discard it."""

from datetime import datetime

from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.errors import NotAllowed, NotFound
from escalation.domain.intake import Became, HeldFor, IncomingStatus
from escalation.extensions import db
from escalation.mail.incoming.reading import Unreadable, read_mail
from escalation.models.intake import IncomingMail
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.incoming import get_held
from escalation.services.messages.incoming import Taken, TryLater
from escalation.services.messages.replies import Reply, take_reply
from escalation.services.people.administration import Administrator
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


def accept_mail(mail_id: int, by: Administrator) -> Became:
    """Take a mail for the words of the person whose letter it answers, under the rules of every answer.

    Raises: NotFound, NotAllowed with why it is not taken.
    """
    held = get_held(by.regions, mail_id)
    letter = db.session.get(OutboxMessage, held.letter_id) if held.letter_id else None
    row = db.session.get(IncomingMail, mail_id)
    if not held.is_acceptable or letter is None or row is None:
        raise NotAllowed("accept_mail", "not_acceptable")
    person_id = letter.recipient_id
    outcome = _take(_taken(row), letter, by.now)
    if isinstance(outcome, HeldFor):
        raise NotAllowed("accept_mail", outcome)
    _close(mail_id, outcome, SecurityEventKind.REPLY_ACCEPTED, person_id, by)
    return outcome


def discard_mail(mail_id: int, by: Administrator) -> None:
    """Let a mail that waits come to nothing. Raises: NotFound."""
    held = get_held(by.regions, mail_id)
    person_id = held.person.id if held.person else None
    _close(mail_id, Became.DISCARDED, SecurityEventKind.REPLY_DISCARDED, person_id, by)


def _take(taken: Taken, letter: OutboxMessage, now: datetime) -> Became | HeldFor:
    try:
        return take_reply(Reply(taken=taken, read=read_mail(taken.raw), letter=letter, now=now, is_accepted=True))
    except Unreadable as unreadable:
        raise NotAllowed("accept_mail", HeldFor.UNREADABLE) from unreadable
    except TryLater as later:
        raise NotAllowed("accept_mail", "try_later") from later


def _close(mail_id: int, outcome: Became, kind: SecurityEventKind, person_id: int | None, by: Administrator) -> None:
    """Write what was decided, once: who comes second finds the mail decided on."""
    with transaction() as session:
        waits = (IncomingMail.id == mail_id, IncomingMail.status == IncomingStatus.HELD)
        row = session.scalars(select(IncomingMail).where(*waits).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("mail")
        row.status, row.reason = IncomingStatus.DONE, outcome
        row.settled_at, row.settled_by_id = by.now, by.person_id
        if outcome is Became.DISCARDED:
            row.raw = b""
        note_security(session, kind, now=by.now, person_id=person_id or by.person_id, by_id=by.person_id, mail=mail_id)


def _taken(row: IncomingMail) -> Taken:
    return Taken(
        id=row.id, raw=row.raw, size_bytes=row.size_bytes, received_at=row.received_at,
        envelope_sender=row.envelope_sender, envelope_recipient=row.envelope_recipient,
    )  # fmt: skip
