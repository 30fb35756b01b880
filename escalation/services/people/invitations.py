"""Letting people in: a letter that lets one person take up one office, once, within three days."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.codes import AccountNotice, Language, MessageSource, Office, SecurityEventKind
from escalation.domain.errors import LinkClosed, NotFound
from escalation.domain.secrets import digest_of
from escalation.labels import name_of
from escalation.models.doors import Invitation
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.queries.people.invitations import find_pending, still_open
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.passwords import check_uncommon, hash_password
from escalation.services.people.people import Term, WrongField, check_term, checked_name, normal_email, open_mandate
from escalation.services.people.security import note_security
from escalation.services.people.tokens import new_token
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

LASTS = timedelta(hours=72)


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Who is invited, to what; names and language are used for somebody who is new here."""

    email: str
    name_ar: str
    name_fr: str
    language: Language
    term: Term


@dataclass(frozen=True)
class Outcome:
    """What became of an invitation: a letter to answer, or, for who has an account, the office itself."""

    person_id: int
    invitation_id: int | None
    mandate_id: int | None


def invite(invited: Invited, *, by_id: int | None, now: datetime) -> Outcome:
    """Invite a person to take up an office; somebody who has an account holds it at once, and is told.

    An invitation of the same person to the same office at the same place is revoked by the new one.
    Raises: WrongField.
    """
    address = normal_email(invited.email)
    with transaction() as session:
        person = session.scalar(select(Person).where(Person.email == address))
        if person is None:
            person = _new_person(session, address, invited, now)
        if person.password_hash:
            return _give(session, person, invited.term, by_id, now)
        check_term(session, person.id, invited.term)
        for row in _open_invitations(session, person.id, now):
            if (row.office, row.place_code) == (invited.term.office, invited.term.place_code):
                row.revoked_at = now
        return Outcome(person.id, _write(session, person, invited.term, by_id, now).id, None)


def resend(invitation_id: int, *, by_id: int | None, now: datetime) -> int:
    """Write the letter of an invitation anew, with another link and three more days; return the new one's id.

    Raises: NotFound, LinkClosed when it was accepted, WrongField.
    """
    with transaction() as session:
        row = _lock(session, invitation_id)
        if row.accepted_at is not None:
            raise LinkClosed("used")
        person = session.get_one(Person, row.person_id)
        term = Term(row.office, row.place_code, row.starts_on, row.ends_on)
        check_term(session, person.id, term)
        row.revoked_at = row.revoked_at or now
        return _write(session, person, term, by_id, now).id


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
    person = Person(
        email=address,
        name_ar=checked_name("name_ar", invited.name_ar),
        name_fr=checked_name("name_fr", invited.name_fr),
        language=invited.language,
        password_hash="",
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def _give(session: Session, person: Person, term: Term, by_id: int | None, now: datetime) -> Outcome:
    mandate = open_mandate(session, person.id, term, now)
    event = note_security(
        session, SecurityEventKind.MANDATE_OPENED, now=now, person_id=person.id, by_id=by_id, mandate=mandate.id
    )
    place = session.get_one(Place, term.place_code)
    source = (MessageSource.SECURITY, event.id)
    write_account_mail(
        session, person, AccountNotice.OFFICE_GIVEN, source=source, now=now, facts=_facts(person, place, term.office)
    )
    return Outcome(person.id, None, mandate.id)


def _write(session: Session, person: Person, term: Term, by_id: int | None, now: datetime) -> Invitation:
    place, token = session.get_one(Place, term.place_code), new_token()
    row = Invitation(
        person_id=person.id,
        office=term.office,
        place_code=term.place_code,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        token_hash=token.digest,
        invited_by_id=by_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(row)
    session.flush()
    facts = _facts(person, place, term.office) | {
        "nonce": token.nonce,
        "digest": token.digest,
        "until": row.expires_at.isoformat(),
    }
    source = (MessageSource.INVITATION, row.id)
    write_account_mail(session, person, AccountNotice.INVITED, source=source, now=now, facts=facts)
    note_security(session, SecurityEventKind.INVITED, now=now, person_id=person.id, by_id=by_id, invitation=row.id)
    return row


def _facts(person: Person, place: Place, office: Office) -> dict[str, str]:
    return {"office": office, "office_place": name_of(place, person.language), "office_place_kind": place.kind}


def _lock(session: Session, invitation_id: int) -> Invitation:
    row = session.get(Invitation, invitation_id, with_for_update=True)
    if row is None:
        raise NotFound("invitation")
    return row


def _open_invitations(session: Session, person_id: int, now: datetime) -> list[Invitation]:
    is_open = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now)
    return list(session.scalars(select(Invitation).where(Invitation.person_id == person_id, *is_open)))
