"""The doors: signing in with an address or a telephone number and a pass-phrase, and signing out."""

from datetime import datetime

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from escalation.demo import accounts
from escalation.services.people.passkeys import find_site
from escalation.services.people.proofs import Waiting
from escalation.services.people.sessions import Browser, Opened
from escalation.services.people.sign_in import WrongCredentials, sign_in, sign_out
from escalation.services.people.throttle import TooManyTries
from escalation.web.access import public
from escalation.web.forms.sign_in import SignInForm
from escalation.web.identity import keep_signed_in, request_time
from escalation.web.language import CHOSEN
from escalation.web.paths import own_path
from escalation.web.people.devices import device_words
from escalation.web.step_up import PROOF

bp = Blueprint("sign_in", __name__)

SEE_OTHER, UNPROCESSABLE, TOO_MANY = 303, 422, 429


@bp.get("/sign-in")
@public
def show() -> ResponseReturnValue:
    """Show the two questions; who is signed in already goes on."""
    going_on = own_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(going_on or url_for("home.index"))
    return _page(SignInForm(next=going_on or ""))


@bp.post("/sign-in")
@public
def create() -> ResponseReturnValue:
    """Open a session in this browser, in place of any other that it had, or ask for a second proof first."""
    form = SignInForm()
    if not form.validate():
        return _page(form), UNPROCESSABLE
    try:
        opened = _open_session(form)
    except WrongCredentials:
        form.form_errors.append(
            _(
                "The address, the number or the password is not right. Check them and try again;"
                " after many tries, wait a quarter of an hour."
            )
        )
        return _page(form), UNPROCESSABLE
    except TooManyTries as refusal:
        return _page(form, refusal.until), TOO_MANY, {"Retry-After": _seconds_until(refusal.until)}
    if isinstance(opened, Waiting):
        session[PROOF] = opened.token
        return redirect(url_for("second.show", next=own_path(form.next.data)), SEE_OTHER)
    begin_session(opened)
    return redirect(own_path(form.next.data) or url_for("home.index"), SEE_OTHER)


@bp.post("/sign-out")
@public
def destroy() -> ResponseReturnValue:
    """End the session on our side and in the browser."""
    if current_user.is_authenticated:
        sign_out(current_user.session_id, request_time())
    session.clear()
    response = redirect(url_for("sign_in.show", lang=g.language.value), SEE_OTHER)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _open_session(form: SignInForm) -> Opened | Waiting:
    return sign_in(
        form.email.data or "", form.password.data or "", address=request.remote_addr or "", browser=this_browser()
    )


def this_browser() -> Browser:
    """Return where and when somebody signs in."""
    config = current_app.extensions["config"]
    return Browser(
        now=request_time(),
        minutes=config.security.session_absolute_minutes,
        device=device_words(request.user_agent.string),
        tells=not config.demo,
        asks=config.security.asks_second_proof,
        trusted=request.cookies.get(device_cookie(), ""),
    )


def device_cookie() -> str:
    """Return the name of the cookie by which a device says that its owner trusts it."""
    return "__Host-device" if current_app.extensions["config"].security.session_cookie_secure else "device"


def begin_session(opened: Opened) -> None:
    """Give the browser a new session; of the old one only the chosen language stays."""
    if current_user.is_authenticated:
        sign_out(current_user.session_id, request_time())
    language = session.get(CHOSEN)
    session.clear()
    if language is not None:
        session[CHOSEN] = language
    keep_signed_in(opened.token)


def _seconds_until(until: datetime) -> str:
    return str(max(1, int((until - request_time()).total_seconds())))


def _page(form: SignInForm, until: datetime | None = None) -> str:
    shown = accounts if current_app.extensions["config"].demo else None
    return render_template("pages/sign_in/show.html", form=form, until=until, demo=shown, site=find_site())
