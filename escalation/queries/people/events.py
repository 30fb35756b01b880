"""Reading what happened at the doors, as an administrator does: to the people of their regions, and what it was of."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.doors import Invitation, SecurityEvent
from escalation.models.people import Mandate, Person, SignInSession
from escalation.models.places import Place
from escalation.queries.people.directory import PAGE, has_words, is_of

SIGN_INS = (SecurityEventKind.SIGNED_IN, SecurityEventKind.SIGN_IN_FAILED)


@dataclass(frozen=True, slots=True)
class Noted:
    """An event of security with the people it names."""

    event: SecurityEvent
    person: Person
    by: Person | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events are looked for; what is empty narrows nothing. ``until`` is the first moment after them."""

    words: str = ""
    kind: SecurityEventKind | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_security(regions: Collection[str], sought: Sought, after: int | None = None) -> Sequence[Noted]:
    """Return what happened at the doors to the people of regions, the newest first, fifty and one more."""
    by = aliased(Person)
    query = (
        select(SecurityEvent, Person, by)
        .join(Person, Person.id == SecurityEvent.person_id)
        .outerjoin(by, by.id == SecurityEvent.by_id)
        .where(is_of(regions), has_words(sought.words))
        .order_by(SecurityEvent.id.desc())
        .limit(PAGE + 1)
    )
    if sought.kind is not None:
        query = query.where(SecurityEvent.kind == sought.kind)
    if sought.since is not None:
        query = query.where(SecurityEvent.at >= sought.since)
    if sought.until is not None:
        query = query.where(SecurityEvent.at < sought.until)
    if after is not None:
        query = query.where(SecurityEvent.id < after)
    return [Noted(*row) for row in db.session.execute(query)]


def list_sign_ins(person_id: int, after: int | None = None, limit: int = PAGE) -> list[SecurityEvent]:
    """Return when somebody signed in and when tries at their account failed, the newest first, and one more."""
    query = select(SecurityEvent).where(SecurityEvent.person_id == person_id, SecurityEvent.kind.in_(SIGN_INS))
    if after is not None:
        query = query.where(SecurityEvent.id < after)
    return list(db.session.scalars(query.order_by(SecurityEvent.id.desc()).limit(limit + 1)))


def list_sessions_of(events: Iterable[SecurityEvent]) -> dict[int, SignInSession]:
    """Return the sessions that events opened, by number, in one query."""
    numbers = {number for event in events if isinstance(number := event.codes.get("session"), int)}
    rows = db.session.scalars(select(SignInSession).where(SignInSession.id.in_(numbers)))
    return {row.id: row for row in rows}


def list_offices_of(events: Iterable[SecurityEvent]) -> dict[int, tuple[Office, Place]]:
    """Return the office that each event was of, by the event's number, in two queries."""
    found: dict[int, tuple[Office, Place]] = {}
    rows = list(events)
    for name, model in (("invitation", Invitation), ("mandate", Mandate)):
        numbers = {event.id: number for event in rows if isinstance(number := event.codes.get(name), int)}
        query = select(model.id, model.office, Place).join(Place, Place.code == model.place_code)
        named = {
            number: (office, place)
            for number, office, place in db.session.execute(query.where(model.id.in_(set(numbers.values()))))
        }
        found |= {event_id: named[number] for event_id, number in numbers.items() if number in named}
    return found
