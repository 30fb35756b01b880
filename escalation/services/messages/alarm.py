"""Saying that messages are late: in the log once an hour, to every administrator by one letter a day, never a storm."""

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from escalation.domain.account_codes import AccountNotice
from escalation.domain.calendar import local_day
from escalation.domain.codes import MessageSource, Office
from escalation.extensions import db
from escalation.models.people import Mandate, Person
from escalation.queries.messages.outbox_state import Lateness, count_owed, get_lateness
from escalation.queries.people.terms import lives_on
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.ticks import is_slot_taken, take_slot
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

LOGGED, WRITTEN = "outbox.alarm", "outbox.alarm_letter"


def watch_outbox(now: datetime) -> bool:
    """Say that messages are late, if they are and it was not just said; return whether they are."""
    late = get_lateness()
    if not late.is_late:
        return False
    if take_slot(LOGGED, f"{now:%Y-%m-%dT%H}", now):
        log.error("the oldest unsent message is due for %s s, a digest for %s s", *_ages(late))
    day = local_day(now).isoformat()
    if not is_slot_taken(WRITTEN, day):
        try:
            _tell_administrators(late, now)
        except IntegrityError:
            log.info("the letter of the day about late messages was written by another")
        take_slot(WRITTEN, day, now)
    return True


def _ages(late: Lateness) -> tuple[int, int]:
    return late.oldest_unsent_s or 0, late.oldest_digest_s or 0


def _tell_administrators(late: Lateness, now: datetime) -> None:
    """Owe every administrator one letter of the day; a relay that takes nothing gets it with the rest."""
    since = datetime.now(UTC) - timedelta(seconds=max(_ages(late)))
    facts = {"count": sum(count_owed().values()), "at": since.isoformat()}
    source = (MessageSource.OUTBOX, local_day(now).toordinal())
    with transaction() as session:
        for person in _administrators(now):
            write_account_mail(session, person, AccountNotice.MESSAGES_LATE, source=source, now=now, facts=facts)


def _administrators(now: datetime) -> list[Person]:
    holds = (Mandate.office == Office.ADMINISTRATOR, lives_on(local_day(now)))
    administers = select(Mandate.person_id).where(*holds)
    query = select(Person).where(Person.id.in_(administers), Person.suspended_at.is_(None), Person.email != "")
    return list(db.session.scalars(query.order_by(Person.id)))
