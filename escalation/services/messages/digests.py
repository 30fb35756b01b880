"""Writing the letters that gather: of each day or week one to a person, with everything that waited for it.

Rows and letter change in one transaction: what is gathered ends as skipped with the number of its letter, and whoever
comes second finds nothing that waits. A worker that was down writes later, and nothing is lost meanwhile.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import Audience, Lane, MessageChannel, MessageSource, MessageStatus, PlaceKind
from escalation.domain.wants import DIGESTS, IN_DIGEST, Kind, Skipped, Wants, Way, kind_of, slot_of
from escalation.extensions import db
from escalation.models.outbox import Digest, OutboxMessage
from escalation.models.people import Person
from escalation.queries.messages.digests import list_due_readers, list_visible, waiting_of
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.messages.wants import read_wanted
from escalation.queries.people.people import load_actor
from escalation.services.messages.message_ids import new_message_id
from escalation.services.messages.unsubscribe import token_for
from escalation.services.transaction import owes_messages, transaction

log = logging.getLogger(__name__)

EVENT: Final = "digest"
MOST_READERS: Final = 500
"""In one run; those who remain are first in the next."""
MOST_LINES: Final = 25
"""In one letter, so that it stays small; what is more makes further parts of it."""
PUT_OFF_FOR: Final = timedelta(minutes=10)
LINE: Final = ("commune", "type", "project")

Line = dict[str, Any]


def write_digests(now: datetime | None = None, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Write every letter that is due at a moment, now by default, and return how many."""
    now = now or datetime.fromtimestamp(get_now_ms() / 1000, UTC)
    written = 0
    for person_id, way in list_due_readers(now, MOST_READERS):
        if is_stopping():
            break
        try:
            written += write_digest(person_id, way, now)
        except OperationalError:
            raise
        except IntegrityError:
            log.info("the %s letter of person %s was written by another", way, person_id)
        except Exception:
            db.session.rollback()
            log.exception("the %s letter of person %s could not be written; tried again later", way, person_id)
            _put_off(person_id, way, now)
    return written


def write_digest(person_id: int, way: Way, now: datetime) -> int:
    """Gather what waits for one letter of one person, and return how many letters that makes: none, one, or parts."""
    with transaction() as session:
        locked = waiting_of(person_id, way, now).with_for_update(skip_locked=True)
        rows = list(session.scalars(locked))
        person = session.get_one(Person, person_id)
        wanted = read_wanted([person_id], [])
        kept = _readable(person, rows, now, has_failed=person_id in wanted.given_up)
        if way is Way.TOGETHER and len(kept) == 1:
            row = kept[0][0]
            row.status, row.way = MessageStatus.QUEUED, None
            owes_messages(session)
            return 0
        parts = _parts(kept)
        wants = wanted.wants_of(person_id)
        for number, part in enumerate(parts, 1):
            _write_part(session, person, part, _Part(way, number, len(parts), now, wants))
        if parts:
            owes_messages(session)
        return len(parts)


def _put_off(person_id: int, way: Way, now: datetime) -> None:
    """Let what could not be gathered wait a little, so that others come first and the log is no flood."""
    with transaction() as session:
        for row in session.scalars(waiting_of(person_id, way, now).with_for_update(skip_locked=True)):
            row.not_before_ms = round((now + PUT_OFF_FOR).timestamp() * 1000)


class _Part:
    """Which of how many letters is written, when, and to somebody who wants what."""

    def __init__(self, way: Way, number: int, count: int, now: datetime, wants: Wants) -> None:
        self.way, self.number, self.count, self.now, self.wants = way, number, count, now, wants


def _readable(
    person: Person, rows: Sequence[OutboxMessage], now: datetime, *, has_failed: bool
) -> list[tuple[OutboxMessage, list[Line]]]:
    """Return what the reader may still be told, with its lines; the rest ends here, and says why."""
    lines = {row.id: _lines(row) for row in rows}
    references = {line["reference"] for of_row in lines.values() for line in of_row}
    actor = load_actor(person.id, local_day(now))
    visible = list_visible(actor, references) if references else frozenset[str]()
    kept = []
    for row in rows:
        seen = [line for line in lines[row.id] if line["reference"] in visible]
        reason = _why_not(person, row, seen, has_failed=has_failed)
        if reason is None:
            kept.append((row, seen))
        else:
            row.status, row.status_reason = MessageStatus.SKIPPED, reason
    return kept


def _why_not(person: Person, row: OutboxMessage, seen: Sequence[Line], *, has_failed: bool) -> Skipped | None:
    if person.suspended_at is not None:
        return Skipped.SUSPENDED
    if not person.email:
        return Skipped.NO_ADDRESS
    if has_failed and kind_of(row.event, row.audience, asks=bool(row.facts.get("asks"))) is not Kind.ASKS:
        return Skipped.ADDRESS_FAILED
    return None if seen else Skipped.NO_LONGER_READS


def _lines(row: OutboxMessage) -> list[Line]:
    """Return the lines of one message: of each case that it names one."""
    facts = row.facts
    own = {
        "event": row.event,
        "province_kind": facts.get("province_kind") or PlaceKind.PROVINCE,
        "outside": facts.get("outside") or "",
        "outcome": facts.get("outcome") or "",
        "happened_at": row.event_at.isoformat(),
        "asks": bool(facts.get("asks")),
    }
    return [
        {key: case.get(key, "") for key in LINE} | {"reference": case.get("reference", "")} | own
        for case in facts.get("cases") or [facts]
    ]


def _parts(kept: Sequence[tuple[OutboxMessage, list[Line]]]) -> list[list[tuple[OutboxMessage, list[Line]]]]:
    """Return the messages in as many letters as they need; one message is never torn apart."""
    parts: list[list[tuple[OutboxMessage, list[Line]]]] = []
    count = MOST_LINES
    for one in kept:
        if count + len(one[1]) > MOST_LINES:
            parts.append([])
            count = 0
        parts[-1].append(one)
        count += len(one[1])
    return parts


def _write_part(
    session: Session, person: Person, gathered: Sequence[tuple[OutboxMessage, list[Line]]], part: _Part
) -> None:
    digest = Digest(
        person_id=person.id,
        way=part.way,
        slot=slot_of(part.way, part.now),
        part=part.number,
        lines=len(gathered),
        written_at=part.now,
    )
    session.add(digest)
    session.flush()
    for row, _lines_of_row in gathered:
        row.status, row.status_reason = MessageStatus.SKIPPED, f"{IN_DIGEST}{digest.id}"
        row.digest_id = digest.id
    session.add(_letter(person, digest, [line for _row, lines in gathered for line in lines], part))


def _letter(person: Person, digest: Digest, lines: list[Line], part: _Part) -> OutboxMessage:
    leaves_at = part.wants.quiet.end_of(part.now) if part.wants.quiet else part.now
    can_end = part.way in DIGESTS
    return OutboxMessage(
        source_kind=MessageSource.DIGEST,
        source_id=digest.id,
        event=EVENT,
        audience=Audience.DIGEST,
        obstacle_id=None,
        recipient_id=person.id,
        address=person.email,
        channel=MessageChannel.EMAIL,
        language=person.language,
        facts={
            "name": person.name(person.language),
            "way": part.way,
            "lines": lines,
            "part": part.number,
            "parts": part.count,
            "unsubscribe": token_for(person.id, part.way) if can_end else "",
        },
        message_id=new_message_id(),
        event_at=part.now,
        lane=Lane.BULK,
        order_seq=0,
        not_before_ms=round(leaves_at.timestamp() * 1000),
        status=MessageStatus.QUEUED,
    )
