"""Who is asking: the signed-in person from the session's row, and the actor made of the mandates they hold now."""

import logging
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, current_app, g, session
from flask_login import UserMixin, current_user, login_user
from sqlalchemy.exc import SQLAlchemyError

from escalation.domain.account_codes import MUST_ENROL
from escalation.domain.calendar import local_day
from escalation.domain.codes import Language
from escalation.domain.names import name_in
from escalation.domain.policy import Actor
from escalation.extensions import login_manager
from escalation.queries.people.people import load_actor
from escalation.queries.people.sessions import find_signed_in
from escalation.queries.present import get_present
from escalation.services.people.sign_in import SEEN_EVERY, touch_session

log = logging.getLogger(__name__)

NOBODY = Actor(person_id=None)
TOKEN = "token"  # noqa: S105 - the name of a key, not a secret


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """The person of the current session, frozen for the length of a request."""

    id: int
    email: str
    name_ar: str
    name_fr: str
    language: Language
    session_id: int
    seen_at: datetime
    has_factor: bool
    """They enrolled an app or a passkey."""
    proven_at: datetime | None
    """When they gave a second proof in this session last."""

    @property
    def name(self) -> str:
        """Return the name in the script of the page's language."""
        return name_in(getattr(g, "language", "ar"), self.name_ar, self.name_fr)

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie: the session's token, never the person's id."""
        return str(session.get(TOKEN, ""))


def prepare_identity(app: Flask) -> None:
    """Let Flask-Login find people by the token of a session's row."""
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None
    login_manager.user_loader(_find_by_token)
    app.after_request(_note_seen)


def keep_signed_in(token: str) -> None:
    """Put the token of an open session into the browser's cookie, and let the rest of this request be its person's."""
    found = _find_by_token(token)
    if found is not None:
        session[TOKEN] = token
        login_user(found)


def _find_by_token(token: str) -> SignedIn | None:
    config = current_app.extensions["config"]
    found = find_signed_in(token, request_time(), config.security.session_idle_minutes)
    if found is None:
        return None
    return SignedIn(
        id=found.id,
        email=found.email,
        name_ar=found.name_ar,
        name_fr=found.name_fr,
        language=found.language,
        session_id=found.session_id,
        seen_at=found.seen_at,
        has_factor=found.has_factor,
        proven_at=found.proven_at,
    )


def _note_seen(response: Response) -> Response:
    """Keep a session in use from ending for idleness, once the page is made; a page never fails for it."""
    user = g.get("_login_user")
    if isinstance(user, SignedIn) and request_time() - user.seen_at > SEEN_EVERY:
        try:
            touch_session(user.session_id, request_time())
        except SQLAlchemyError:
            log.warning("a session's last use could not be noted")
    return response


def request_time() -> datetime:
    """Return the moment of this request: one for all that it does."""
    if "now" not in g:
        g.now = get_present()
    return g.now


def current_actor() -> Actor:
    """Return who acts in this request, with the mandates that live today; nobody when not signed in."""
    if "actor" not in g:
        signed_in = current_user.is_authenticated
        g.actor = load_actor(current_user.id, local_day(request_time())) if signed_in else NOBODY
    return g.actor


def must_enrol() -> bool:
    """Say whether whoever is signed in holds an office that asks for a second factor, and has none."""
    asks = current_app.extensions["config"].security.asks_second_proof
    if not asks or not current_user.is_authenticated or current_user.has_factor:
        return False
    return any(mandate.office in MUST_ENROL for mandate in current_actor().mandates)
