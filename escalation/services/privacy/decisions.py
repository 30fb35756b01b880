"""Deciding that a name goes: one administrator asks, and a second one, where there is one, decides: it is for good."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.errors import NotAllowed, NotFound
from escalation.models.people import Mandate, Person
from escalation.models.privacy import Pseudonymisation
from escalation.queries.people.terms import lives_on
from escalation.services.people.administration import Administrator
from escalation.services.people.security import note_security
from escalation.services.privacy.pseudonymise import PENDING, Outcome, Wish, check_may_go, replace_person
from escalation.services.transaction import transaction


def ask_pseudonymisation(person_id: int, wish: Wish, by: Administrator) -> bool:
    """Let a name go, or have it wait for a second administrator where there is one; return whether it is gone.

    Raises: NotFound, NotAllowed with its reason, also while it waits already.
    """
    with transaction() as session:
        person = check_may_go(session, person_id, by_id=by.person_id, now=by.now)
        if _waiting(session, person_id) is not None:
            raise NotAllowed("pseudonymise", "waits")
        row = Pseudonymisation(
            person_id=person_id, reason=wish.reason, texts=wish.texts, asked_by_id=by.person_id, asked_at=by.now
        )
        session.add(row)
        if _has_second(session, by):
            kind = SecurityEventKind.PSEUDONYMISATION_ASKED
            note_security(session, kind, now=by.now, person_id=person_id, by_id=by.person_id)
            return False
        _carry_out(session, person, row, by.person_id, by.now)
        return True


def approve_pseudonymisation(pseudonymisation_id: int, by: Administrator) -> Outcome:
    """Let a name go that another administrator asked for.

    Raises: NotFound, NotAllowed for who asked themselves, and when the person serves again.
    """
    with transaction() as session:
        row = _lock(session, pseudonymisation_id)
        if row.asked_by_id == by.person_id:
            raise NotAllowed("pseudonymise", "own_wish")
        person = check_may_go(session, row.person_id, by_id=by.person_id, now=by.now)
        return _carry_out(session, person, row, by.person_id, by.now)


def drop_pseudonymisation(pseudonymisation_id: int, by: Administrator) -> None:
    """Let a name stay after all. Raises: NotFound when nothing waits."""
    with transaction() as session:
        row = _lock(session, pseudonymisation_id)
        row.decided_by_id, row.dropped_at = by.person_id, by.now
        kind = SecurityEventKind.PSEUDONYMISATION_DROPPED
        note_security(session, kind, now=by.now, person_id=row.person_id, by_id=by.person_id)


def pseudonymise_now(person_id: int, wish: Wish, now: datetime, *, dry_run: bool = False) -> Outcome:
    """Let a name go at the word of who runs the installation; with ``dry_run`` count only, and change nothing.

    Raises: NotFound, NotAllowed with its reason.
    """
    with transaction() as session:
        person = check_may_go(session, person_id, by_id=None, now=now)
        row = _waiting(session, person_id) or Pseudonymisation(person_id=person_id, asked_at=now)
        row.reason, row.texts = wish.reason, wish.texts
        session.add(row)
        outcome = _carry_out(session, person, row, None, now)
        if dry_run:
            session.rollback()
        return outcome


def _carry_out(session: Session, person: Person, row: Pseudonymisation, by_id: int | None, now: datetime) -> Outcome:
    row.decided_by_id, row.done_at = by_id, now
    wish = Wish(reason=row.reason, texts=row.texts)
    return Outcome(person.id, replace_person(session, person, wish, by_id=by_id, now=now))


def _waiting(session: Session, person_id: int) -> Pseudonymisation | None:
    waits = select(Pseudonymisation).where(Pseudonymisation.person_id == person_id, *PENDING)
    return session.scalars(waits.with_for_update()).first()


def _lock(session: Session, pseudonymisation_id: int) -> Pseudonymisation:
    wanted = select(Pseudonymisation).where(Pseudonymisation.id == pseudonymisation_id, *PENDING)
    row = session.scalars(wanted.with_for_update()).first()
    if row is None:
        raise NotFound("pseudonymisation")
    return row


def _has_second(session: Session, by: Administrator) -> bool:
    others = (
        select(Mandate.id)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.office == Office.ADMINISTRATOR, Mandate.place_code.in_(by.regions))
        .where(Mandate.person_id != by.person_id, lives_on(local_day(by.now)))
        .where(Person.suspended_at.is_(None), Person.password_hash != "")
    )
    return session.scalars(others.limit(1)).first() is not None
