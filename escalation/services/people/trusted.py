"""Devices on which no second proof is asked for thirty days, because their owner said so."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.errors import NotFound
from escalation.domain.secrets import digest_of
from escalation.models.factors import TrustedDevice
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

LASTS = timedelta(days=30)
TOKEN_BYTES = 32


def trust_device(session: Session, person_id: int, device: str, now: datetime) -> str:
    """Trust a browser within a transaction; return the token that only its cookie holds."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    over = (TrustedDevice.person_id == person_id, TrustedDevice.expires_at <= now)
    session.execute(delete(TrustedDevice).where(*over))
    row = TrustedDevice(
        person_id=person_id,
        token_hash=digest_of(token),
        device=device,
        created_at=now,
        used_at=now,
        expires_at=now + LASTS,
    )
    session.add(row)
    session.flush()
    note_security(session, SecurityEventKind.DEVICE_TRUSTED, now=now, person_id=person_id, device=row.id)
    return token


def is_trusted(session: Session, person_id: int, token: str, now: datetime) -> bool:
    """Say whether a person trusts the browser that has this token, and note that it was used."""
    if not token:
        return False
    theirs = (
        TrustedDevice.token_hash == digest_of(token),
        TrustedDevice.person_id == person_id,
        TrustedDevice.expires_at > now,
    )
    return bool(
        session.scalars(update(TrustedDevice).where(*theirs).values(used_at=now).returning(TrustedDevice.id)).all()
    )


def end_trust(session: Session, person_id: int) -> None:
    """Let no device of a person be trusted any more, within a transaction."""
    session.execute(delete(TrustedDevice).where(TrustedDevice.person_id == person_id))


def forget_device(person_id: int, device_id: int | None, now: datetime) -> None:
    """Trust one device of a person no more, or none where none is named. Raises: NotFound for what is not theirs."""
    theirs = [TrustedDevice.person_id == person_id]
    if device_id is not None:
        theirs.append(TrustedDevice.id == device_id)
    with transaction() as session:
        gone = session.scalars(delete(TrustedDevice).where(*theirs).returning(TrustedDevice.id)).all()
        if device_id is not None and not gone:
            raise NotFound("device")
        if gone:
            kind = SecurityEventKind.DEVICE_FORGOTTEN
            note_security(session, kind, now=now, person_id=person_id, count=len(gone))
