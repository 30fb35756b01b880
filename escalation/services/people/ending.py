"""What ends with a pass-phrase: the sessions it opened or was to open; and the letter that says so."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.codes import MessageSource
from escalation.models.factors import Proof
from escalation.models.people import Person, SignInSession
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.security import note_security


def end_sessions(session: Session, person_id: int, now: datetime, *, but: int | None = None) -> int:
    """End every open session of a person, or every one but this; return how many were open.

    A sign-in that waits for its second proof ends too: it was begun with what counts no more. Who calls this has
    locked the person, as who finishes a sign-in does first.
    """
    waiting = (Proof.person_id == person_id, Proof.session_id.is_(None), Proof.ended_at.is_(None))
    session.execute(update(Proof).where(*waiting).values(ended_at=now))
    opened = (SignInSession.person_id == person_id, SignInSession.ended_at.is_(None), SignInSession.id != (but or 0))
    return len(
        session.scalars(update(SignInSession).where(*opened).values(ended_at=now).returning(SignInSession.id)).all()
    )


def tell_password_changed(session: Session, person: Person, now: datetime, *, by: str) -> None:
    """Note that a pass-phrase is another one, and tell whose it is."""
    event = note_security(session, SecurityEventKind.PASSWORD_CHANGED, now=now, person_id=person.id, by=by)
    source = (MessageSource.SECURITY, event.id)
    facts = {"at": now.isoformat()}
    write_account_mail(session, person, AccountNotice.PASSWORD_CHANGED, source=source, now=now, facts=facts)
