"""Opening the row that keeps a browser signed in, and giving it another token when more is proven in it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, ProvenBy, SecurityEventKind
from escalation.domain.codes import MessageSource
from escalation.domain.errors import NotFound
from escalation.domain.secrets import digest_of
from escalation.models.people import Person, SignInSession
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Where and when somebody signs in. Units: the session lasts ``minutes``."""

    now: datetime
    minutes: int
    device: str = ""
    tells: bool = False
    """The owner of the account is told by mail when it is opened on a device they had not used before."""
    asks: bool = False
    """A second proof is asked of everybody; else of those only who enrolled a factor."""
    trusted: str = ""
    """The token by which this browser says that its owner trusts it."""


@dataclass(frozen=True)
class Opened:
    """A session just opened; the tokens exist nowhere else but in what is given to the browser."""

    token: str
    session_id: int
    person_id: int
    trust_token: str = ""
    by: ProvenBy | None = None


def open_session(person_id: int, browser: Browser, *, proven: bool = False) -> Opened:
    """Open a session for somebody who has proven in another way who they are. Raises: NotFound."""
    with transaction() as session:
        person = session.get(Person, person_id)
        if person is None or person.suspended_at is not None:
            raise NotFound("person")
        return open_in(session, person, browser, ProvenBy.EMAIL if proven else None)


def open_in(session: Session, person: Person, browser: Browser, by: ProvenBy | None = None) -> Opened:
    """Open a session within a transaction; ``by``: how a second proof was given, where one was."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), browser.now
    is_known = _is_known(session, person.id, browser)
    row = SignInSession(
        token_hash=digest_of(token),
        person_id=person.id,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(minutes=browser.minutes),
        device=browser.device,
        proven_at=now if by else None,
    )
    session.add(row)
    session.flush()
    event = note_security(session, SecurityEventKind.SIGNED_IN, now=now, person_id=person.id, session=row.id, by=by)
    if browser.tells and not is_known:
        facts, source = {"at": now.isoformat(), "device": browser.device}, (MessageSource.SECURITY, event.id)
        write_account_mail(session, person, AccountNotice.OPENED_ON_NEW_DEVICE, source=source, now=now, facts=facts)
    return Opened(token, row.id, person.id, by=by)


def raise_session(session: Session, session_id: int, now: datetime) -> str:
    """Note a second proof in an open session within a transaction; return its new token. Raises: NotFound."""
    row = session.get(SignInSession, session_id, with_for_update=True)
    if row is None or row.ended_at is not None:
        raise NotFound("session")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash, row.proven_at = digest_of(token), now
    return token


def _is_known(session: Session, person_id: int, browser: Browser) -> bool:
    """Say whether this person has signed in on such a device before, or never on any: the first one is theirs."""
    before = select(SignInSession.device).where(SignInSession.person_id == person_id).distinct()
    devices = set(session.scalars(before))
    return not devices or browser.device in devices
