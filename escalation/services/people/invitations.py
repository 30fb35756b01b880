"""Letting people in: a letter that lets one person take up one office, once, within three days."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Lane, Language, MessageSource, Office
from escalation.domain.errors import LinkClosed, NotAllowed, NotFound
from escalation.domain.secrets import digest_of
from escalation.labels import name_of
from escalation.models.doors import Invitation
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.people.invitations import find_pending, still_open
from escalation.services.messages.account_mail import told_in_one_letter, write_account_mail
from escalation.services.people.passwords import check_uncommon, hash_password
from escalation.services.people.people import (
    Term,
    WrongField,
    check_phone_free,
    check_term,
    checked_name,
    normal_email,
    normal_phone,
    open_mandate,
)
from escalation.services.people.security import note_security
from escalation.services.people.tokens import new_token
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

LASTS = timedelta(hours=72)
POWERFUL = frozenset({Office.ADMINISTRATOR, Office.GROUP_PRESIDENT})
"""Offices that nobody gives alone, where there is a second administrator to ask."""
STILL_ASKED = timedelta(days=30)
"""How long one who was an administrator counts as the second: nobody becomes the only one by sending the other away."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Who is invited, to what; names, number and language are used for somebody who is new here."""

    email: str
    name_ar: str
    name_fr: str
    language: Language
    term: Term
    phone: str = ""
    lane: Lane = Lane.INTERACTIVE
    """Hundreds at once let everybody else's letters pass."""


@dataclass(frozen=True)
class Outcome:
    """What became of an invitation: a letter to answer, the wait for a second administrator, or the office itself."""

    person_id: int
    invitation_id: int
    mandate_id: int | None
    """The office itself, where it was given at once."""
    needs_approval: bool = False


@dataclass(frozen=True)
class _By:
    """Who invites, when, and how urgent the letter is; nobody stands for the installation."""

    id: int | None
    now: datetime
    lane: Lane = Lane.INTERACTIVE


def invite(invited: Invited, *, by_id: int | None, now: datetime) -> Outcome:
    """Invite a person to take up an office; somebody who has an account holds it at once, and is told.

    What gives much power waits for a second administrator, where there is one; without ``by_id`` the installation
    itself invites, from its command line. An invitation of the same person to the same office at the same place is
    revoked by the new one.
    Raises: WrongField.
    """
    with transaction() as session:
        return invite_within(session, invited, by_id=by_id, now=now)


def invite_within(session: Session, invited: Invited, *, by_id: int | None, now: datetime) -> Outcome:
    """Do the same in a transaction that holds more. Raises: WrongField."""
    address = normal_email(invited.email)
    person = session.scalar(select(Person).where(Person.email == address))
    if person is None:
        person = _new_person(session, address, invited, now)
    return _begin(session, person, invited.term, _By(by_id, now, invited.lane))


def resend(invitation_id: int, *, by_id: int | None, now: datetime) -> int:
    """Write the letter of an invitation anew, with another link and three more days; return the new one's id.

    Raises: NotFound, LinkClosed when it was accepted, WrongField.
    """
    with transaction() as session:
        row = _lock(session, invitation_id)
        if row.accepted_at is not None:
            raise LinkClosed("used")
        row.revoked_at = row.revoked_at or now
        term = Term(row.office, row.place_code, row.starts_on, row.ends_on)
        return _begin(session, session.get_one(Person, row.person_id), term, _By(by_id, now)).invitation_id


def invite_anew(session: Session, person: Person, by_id: int | None, now: datetime) -> None:
    """Write what a person is invited to once more, to the address they have now; the links before open nothing."""
    for row in _open_invitations(session, person.id, now):
        if by_id is None and row.needs_approval and row.approved_at is None:
            continue
        row.revoked_at = now
        _begin(session, person, Term(row.office, row.place_code, row.starts_on, row.ends_on), _By(by_id, now))


def approve(invitation_id: int, *, by_id: int, now: datetime) -> Outcome:
    """Let what waits for a second administrator go on; it is never the one who asked.

    Raises: NotFound, NotAllowed, LinkClosed, WrongField.
    """
    with transaction() as session:
        row = _lock(session, invitation_id)
        if not row.needs_approval or row.approved_at is not None:
            raise LinkClosed("used")
        still_open(row, now)
        if row.invited_by_id == by_id:
            raise NotAllowed("approve", "own_grant")
        row.approved_by_id, row.approved_at, row.expires_at = by_id, now, now + LASTS
        note_security(
            session,
            SecurityEventKind.GRANT_APPROVED,
            now=now,
            person_id=row.person_id,
            by_id=by_id,
            invitation=row.id,
        )
        return _carry_out(session, session.get_one(Person, row.person_id), row, now)


def revoke(invitation_id: int, *, by_id: int | None, now: datetime) -> None:
    """Let the link of an invitation open nothing any more. Raises: NotFound, LinkClosed."""
    with transaction() as session:
        row = _lock(session, invitation_id)
        if row.accepted_at is not None:
            raise LinkClosed("used")
        if row.revoked_at is None:
            row.revoked_at = now
            note_security(
                session,
                SecurityEventKind.INVITATION_REVOKED,
                now=now,
                person_id=row.person_id,
                by_id=by_id,
                invitation=row.id,
            )


def accept(token: str, password: str, *, now: datetime) -> Person:
    """Choose the first pass-phrase and take up every office that one was invited to; what can be given no more is left.

    Raises: LinkClosed, WrongLength, CommonPassword.
    """
    person = find_pending(token, now).person
    check_uncommon(password, person.email, person.name_ar, person.name_fr)
    password_hash = hash_password(password)
    with transaction() as session:
        found = session.scalar(select(Invitation).where(Invitation.token_hash == digest_of(token)).with_for_update())
        row = still_open(found, now)
        person = session.get_one(Person, row.person_id, with_for_update=True)
        if person.password_hash or person.suspended_at is not None:
            raise LinkClosed("used" if person.password_hash else "revoked")
        person.password_hash = password_hash
        for each in _open_invitations(session, person.id, now):
            if each.token_hash is None:
                continue
            each.accepted_at = now
            _take_up(session, each, now)
        return person


def _take_up(session: Session, invitation: Invitation, now: datetime) -> None:
    term = Term(invitation.office, invitation.place_code, invitation.starts_on, invitation.ends_on)
    try:
        mandate_id = open_mandate(session, invitation.person_id, term, now).id
    except WrongField as refused:
        log.warning("the office of invitation %s can be given no more: %s", invitation.id, refused.reason)
        return
    kind, person_id = SecurityEventKind.INVITATION_ACCEPTED, invitation.person_id
    note_security(session, kind, now=now, person_id=person_id, invitation=invitation.id, mandate=mandate_id)


def _new_person(session: Session, address: str, invited: Invited, now: datetime) -> Person:
    number = normal_phone(invited.phone)
    check_phone_free(session, number)
    person = Person(
        email=address,
        phone=number,
        name_ar=checked_name("name_ar", invited.name_ar),
        name_fr=checked_name("name_fr", invited.name_fr),
        language=invited.language,
        password_hash="",
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def _begin(session: Session, person: Person, term: Term, by: _By) -> Outcome:
    by_id, now = by.id, by.now
    check_term(session, person.id, term)
    for each in _open_invitations(session, person.id, now):
        if (each.office, each.place_code) == (term.office, term.place_code):
            each.revoked_at = now
    is_powerful = by_id is not None and term.office in POWERFUL
    row = Invitation(
        person_id=person.id,
        office=term.office,
        place_code=term.place_code,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        invited_by_id=by_id,
        created_at=now,
        expires_at=now + LASTS,
        needs_approval=is_powerful and another_administers(session, term.place_code, by_id, now),
    )
    session.add(row)
    session.flush()
    note_security(session, SecurityEventKind.INVITED, now=now, person_id=person.id, by_id=by_id, invitation=row.id)
    if row.needs_approval:
        return Outcome(person.id, row.id, None, needs_approval=True)
    return _carry_out(session, person, row, now, by.lane)


def another_administers(session: Session, place_code: str, by_id: int | None, now: datetime) -> bool:
    """Say whether somebody else administers the region of a place, or did a month ago: what is given waits for them."""
    region = select(Place.region_code).where(Place.code == place_code).scalar_subquery()
    today = local_day(now)
    others = select(Mandate.id).where(
        Mandate.office == Office.ADMINISTRATOR,
        Mandate.place_code == region,
        Mandate.person_id != by_id,
        Mandate.starts_on <= today,
        or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today - STILL_ASKED),
    )
    return session.scalars(others.limit(1)).first() is not None


def _carry_out(
    session: Session, person: Person, row: Invitation, now: datetime, lane: Lane = Lane.INTERACTIVE
) -> Outcome:
    """Write the letter that opens an account, or give the office to who has one, and tell them."""
    place, source = session.get_one(Place, row.place_code), (MessageSource.INVITATION, row.id)
    facts = {"office": row.office, "office_place": name_of(place, person.language), "office_place_kind": place.kind}
    if not person.password_hash:
        token = new_token()
        row.token_hash = token.digest
        if lane is Lane.BULK and told_in_one_letter(session, person, AccountNotice.INVITED, now=now, office=facts):
            return Outcome(person.id, row.id, None)
        facts |= {"nonce": token.nonce, "digest": token.digest, "until": row.expires_at.isoformat()}
        write_account_mail(session, person, AccountNotice.INVITED, source=source, now=now, facts=facts, lane=lane)
        return Outcome(person.id, row.id, None)
    term = Term(row.office, row.place_code, row.starts_on, row.ends_on)
    mandate = open_mandate(session, person.id, term, now)
    row.accepted_at = now
    note_security(
        session,
        SecurityEventKind.MANDATE_OPENED,
        now=now,
        person_id=person.id,
        by_id=row.invited_by_id,
        mandate=mandate.id,
    )
    given = AccountNotice.OFFICE_GIVEN
    if lane is not Lane.BULK or not told_in_one_letter(session, person, given, now=now, office=facts):
        write_account_mail(session, person, given, source=source, now=now, facts=facts, lane=lane)
    return Outcome(person.id, row.id, mandate.id)


def _lock(session: Session, invitation_id: int) -> Invitation:
    row = session.get(Invitation, invitation_id, with_for_update=True)
    if row is None:
        raise NotFound("invitation")
    return row


def _open_invitations(session: Session, person_id: int, now: datetime) -> list[Invitation]:
    is_open = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now)
    return list(session.scalars(select(Invitation).where(Invitation.person_id == person_id, *is_open)))
