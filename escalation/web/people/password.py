"""A forgotten pass-phrase: the page that asks for a link, and the page of that link."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.errors import LinkClosed
from escalation.queries.people.resets import check_reset
from escalation.services.people.passwords import CommonPassword, WrongLength
from escalation.services.people.resets import ask_reset, reset_password
from escalation.services.people.throttle import TooManyTries
from escalation.web.access import public
from escalation.web.forms.doors import TOO_COMMON, BeginForm, ForgottenForm
from escalation.web.identity import request_time

bp = Blueprint("password", __name__, url_prefix="/password")

SEE_OTHER, GONE, UNPROCESSABLE, TOO_MANY = 303, 410, 422, 429


@bp.get("")
@public
def ask() -> ResponseReturnValue:
    """Ask for the address whose pass-phrase is forgotten."""
    return render_template("pages/doors/forgotten.html", form=ForgottenForm(), until=None)


@bp.post("")
@public
def send() -> ResponseReturnValue:
    """Note that a link is asked for; the answer is the same for every address."""
    form = ForgottenForm()
    if not form.validate():
        return render_template("pages/doors/forgotten.html", form=form, until=None), UNPROCESSABLE
    try:
        ask_reset(form.email.data or "", address=request.remote_addr or "", now=request_time())
    except TooManyTries as refusal:
        return render_template("pages/doors/forgotten.html", form=form, until=refusal.until), TOO_MANY
    return redirect(url_for("password.sent"), SEE_OTHER)


@bp.get("/sent")
@public
def sent() -> ResponseReturnValue:
    """Say what happens next, whether or not the address is known."""
    return render_template("pages/doors/sent.html")


@bp.get("/<token:token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show the form behind a link, and use nothing up."""
    try:
        check_reset(token, request_time())
    except LinkClosed as closed:
        return _closed(closed), GONE
    return _page(token, BeginForm())


@bp.post("/<token:token>")
@public
def create(token: str) -> ResponseReturnValue:
    """Give the account its new pass-phrase; its owner then signs in with it."""
    form = BeginForm()
    try:
        check_reset(token, request_time())
        if not form.validate():
            return _page(token, form), UNPROCESSABLE
        reset_password(token, form.password.data or "", now=request_time())
    except LinkClosed as closed:
        return _closed(closed), GONE
    except (CommonPassword, WrongLength):
        form.password.errors = [str(TOO_COMMON)]
        return _page(token, form), UNPROCESSABLE
    flash(_("Your password is changed. Sign in with it."), "success")
    return redirect(url_for("sign_in.show"), SEE_OTHER)


def _page(token: str, form: BeginForm) -> str:
    return render_template("pages/doors/password.html", form=form, token=token)


def _closed(closed: LinkClosed) -> str:
    return render_template("pages/doors/closed.html", reason=closed.reason, is_invitation=False)
