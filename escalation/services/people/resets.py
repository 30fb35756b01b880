"""Choosing another pass-phrase: asking takes as long for every address, and tells nobody whether it is known."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.codes import MessageSource
from escalation.domain.errors import LinkClosed
from escalation.domain.phones import sign_in_name
from escalation.domain.secrets import digest_of
from escalation.models.doors import PasswordReset
from escalation.models.people import Person
from escalation.queries.people.people import signs_in_by
from escalation.queries.people.resets import check_reset, count_sent, is_any_asked, still_open
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.messages.arrivals import note_read
from escalation.services.people.ending import end_sessions, tell_password_changed
from escalation.services.people.passwords import check_uncommon, hash_password
from escalation.services.people.security import note_security
from escalation.services.people.throttle import LIMITS, WINDOW, Attempt, Door, count_attempt
from escalation.services.people.tokens import new_token
from escalation.services.people.trusted import end_trust
from escalation.services.transaction import transaction

LASTS = timedelta(minutes=60)
AT_ONCE = 50


def ask_reset(email: str, *, address: str, now: datetime) -> None:
    """Note that somebody asked for a link; a worker sends it to the address of the account, if there is one.

    Raises: TooManyTries.
    """
    email = sign_in_name(email)
    with transaction() as session:
        count_attempt(session, Attempt(email=email, address=address, at=now, door=Door.RESET))
        session.add(PasswordReset(email=email, created_at=now, expires_at=now + LASTS))


def answer_resets(now: datetime) -> int:
    """Write the letters that were asked for, and forget the addresses; return how many were looked up."""
    if not is_any_asked():
        return 0
    with transaction() as session:
        asked = session.scalars(
            select(PasswordReset).where(PasswordReset.email != "").order_by(PasswordReset.id).limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()  # fmt: skip
        for row in asked:
            person = session.scalar(select(Person).where(signs_in_by(row.email)))
            if person is None or not _may_be_sent(person, row):
                session.delete(row)
            else:
                _write(session, person, row, now)
        session.execute(delete(PasswordReset).where(PasswordReset.expires_at < now - timedelta(days=1)))
        return len(asked)


def reset_password(token: str, password: str, *, now: datetime) -> None:
    """Give an account the pass-phrase its owner chose; its sessions end, its factors stay, and its owner is told.

    Raises: LinkClosed, WrongLength, CommonPassword.
    """
    owner = check_reset(token, now)
    check_uncommon(password, owner.email, owner.name_ar, owner.name_fr)
    password_hash = hash_password(password)
    with transaction() as session:
        query = select(PasswordReset).where(PasswordReset.token_hash == digest_of(token))
        row = still_open(session.scalar(query.with_for_update()), now)
        person = session.get_one(Person, row.person_id, with_for_update=True)
        if person.suspended_at is not None or not person.password_hash:
            raise LinkClosed("revoked")
        person.password_hash = password_hash
        note_read(session, person, now)
        session.execute(
            update(PasswordReset)
            .where(PasswordReset.person_id == person.id, PasswordReset.ended_at.is_(None))
            .values(ended_at=now)
        )
        end_sessions(session, person.id, now)
        end_trust(session, person.id)
        tell_password_changed(session, person, now, by="reset")


def _may_be_sent(person: Person, row: PasswordReset) -> bool:
    """Say whether an open account has not had all the links that may be asked for: by address and number it is one."""
    if not person.password_hash or person.suspended_at is not None:
        return False
    return count_sent(person.id, row.created_at - WINDOW) < LIMITS[Door.RESET][0]


def _write(session: Session, person: Person, row: PasswordReset, now: datetime) -> None:
    token = new_token()
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.person_id == person.id, PasswordReset.ended_at.is_(None))
        .values(ended_at=now)
    )
    row.email, row.person_id, row.token_hash = "", person.id, token.digest
    row.expires_at = now + LASTS
    session.flush()
    note_security(session, SecurityEventKind.RESET_ASKED, now=now, person_id=person.id)
    facts = {"nonce": token.nonce, "digest": token.digest, "until": row.expires_at.isoformat()}
    source = (MessageSource.RESET, row.id)
    write_account_mail(session, person, AccountNotice.RESET_ASKED, source=source, now=now, facts=facts)
