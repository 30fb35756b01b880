"""Authenticator apps: a secret shared once, a code each thirty seconds, each code taken once."""

import hmac
import logging
from datetime import datetime

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from escalation.domain.errors import NotFound
from escalation.models.factors import AuthenticatorApp
from escalation.queries.people.factors import find_begun_app
from escalation.services.people.sealing import Unsealable, seal, unseal
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

STEP_S = 30
WINDOW = 1
"""How many steps a telephone's clock may be before or behind ours."""
CODE_DIGITS = 6


def begin_app(person_id: int, now: datetime) -> None:
    """Make a secret for an app that its owner is about to add, in place of one that was begun and not confirmed."""
    with transaction() as session:
        begun = (AuthenticatorApp.person_id == person_id, AuthenticatorApp.confirmed_at.is_(None))
        session.execute(delete(AuthenticatorApp).where(*begun))
        sealed = seal(pyotp.random_base32(), _purpose(person_id))
        session.add(AuthenticatorApp(person_id=person_id, sealed_secret=sealed, created_at=now))


def get_begun_secret(person_id: int) -> str:
    """Return the secret of the app that was begun, for its owner to bring into it. Raises: NotFound."""
    begun = find_begun_app(person_id)
    if begun is None:
        raise NotFound("app")
    try:
        return unseal(begun.sealed_secret, _purpose(person_id))
    except Unsealable as gone:
        raise NotFound("app") from gone


def address_of(secret: str, account: str, issuer: str) -> str:
    """Return what an app reads in the picture: the secret, whose account it is, and where."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def confirm_begun(session: Session, person_id: int, code: str, now: datetime) -> bool:
    """Let the app that was begun count, in place of the one before, if this is one of its codes now."""
    begun = find_begun_app(person_id)
    if begun is None or (step := _step_of(begun, code, now)) is None:
        return False
    others = (AuthenticatorApp.person_id == person_id, AuthenticatorApp.id != begun.id)
    session.execute(delete(AuthenticatorApp).where(*others))
    begun.last_step, begun.confirmed_at, begun.used_at = step, now, now
    return True


def use_app_code(session: Session, person_id: int, code: str, now: datetime) -> bool:
    """Take a code of a person's app within a transaction; False when it is none, or was taken before."""
    is_theirs = (AuthenticatorApp.person_id == person_id, AuthenticatorApp.confirmed_at.is_not(None))
    app = session.scalars(select(AuthenticatorApp).where(*is_theirs).with_for_update()).first()
    if app is None or (step := _step_of(app, code, now)) is None:
        return False
    taken = update(AuthenticatorApp).where(AuthenticatorApp.id == app.id, AuthenticatorApp.last_step < step)
    return bool(session.scalars(taken.values(last_step=step, used_at=now).returning(AuthenticatorApp.id)).all())


def reseal_apps() -> int:
    """Seal every secret with the present key, so that those before it can go; return how many were sealed anew."""
    with transaction() as session:
        apps = session.scalars(select(AuthenticatorApp).with_for_update()).all()
        for app in apps:
            purpose = _purpose(app.person_id)
            app.sealed_secret = seal(unseal(app.sealed_secret, purpose), purpose)
        return len(apps)


def _step_of(app: AuthenticatorApp, code: str, now: datetime) -> int | None:
    """Return the step of time whose code this is, if it comes after the one taken last."""
    if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
        return None
    try:
        totp = pyotp.TOTP(unseal(app.sealed_secret, _purpose(app.person_id)))
    except Unsealable:
        log.warning("the secret of app %s cannot be opened: its key is not among the installation's", app.id)
        return None
    present = int(now.timestamp()) // STEP_S
    steps = range(present - WINDOW, present + WINDOW + 1)
    matching = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return next((step for step in matching if step > app.last_step), None)


def _purpose(person_id: int) -> str:
    return f"app of {person_id}"
