"""Adding what people prove themselves with: an app, whose secret is shown once, or a passkey, which a browser makes."""

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from escalation import labels
from escalation.domain.errors import NotFound
from escalation.queries.people.factors import find_begun_app, get_enrolled
from escalation.services.people import factors
from escalation.services.people.apps import address_of, begin_app, get_begun_secret
from escalation.services.people.passkeys import find_site, options_to_add
from escalation.services.people.proofs import WrongProof, open_challenge
from escalation.services.people.throttle import TooManyTries
from escalation.web.access import requires, sensitive, while_unenrolled
from escalation.web.forms.proofs import AppForm, PasskeyForm
from escalation.web.identity import keep_signed_in, request_time
from escalation.web.step_up import PROOF

bp = Blueprint("enrol", __name__, url_prefix="/account")

SEE_OTHER, NOT_FOUND, UNPROCESSABLE, TOO_MANY = 303, 404, 422, 429

NOT_NOW = _l(
    "This is not the code that the app shows now. Wait for the next one, and look that the telephone’s clock is right."
)


@bp.post("/app/begin")
@requires()
@sensitive
@while_unenrolled
def begin() -> ResponseReturnValue:
    """Make the secret of an app that is to be added."""
    begin_app(current_user.id, request_time())
    return redirect(url_for("enrol.app"), SEE_OTHER)


@bp.get("/app")
@requires()
@sensitive
@while_unenrolled
def app() -> ResponseReturnValue:
    """Show the secret as a picture and as letters, and ask for the first code."""
    return _app_page(AppForm(formdata=None))


@bp.post("/app")
@requires()
@sensitive
@while_unenrolled
def confirm() -> ResponseReturnValue:
    """Let the app count, for who writes one of its codes."""
    form = AppForm()
    if not form.validate() or find_begun_app(current_user.id) is None:
        return _app_page(form, UNPROCESSABLE)
    try:
        token = _confirm(form)
    except WrongProof:
        form.code.errors = [str(NOT_NOW)]
        return _app_page(form, UNPROCESSABLE)
    except TooManyTries as refusal:
        form.code.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]
        return _app_page(form, TOO_MANY)
    flash(_("Your app is added."), "success")
    return _go_on(token)


@bp.get("/passkeys/new")
@requires()
@sensitive
@while_unenrolled
def new_passkey() -> ResponseReturnValue:
    """Ask what the passkey is to be called."""
    return _passkey_page(PasskeyForm(formdata=None))


@bp.post("/passkeys/challenge")
@requires()
@sensitive
@while_unenrolled
def passkey_challenge() -> ResponseReturnValue:
    """Answer a browser that is to make a passkey."""
    site, now, address = find_site(), request_time(), request.remote_addr or ""
    if site is None:
        return {}, NOT_FOUND
    me, mine = current_user.id, current_user.session_id
    try:
        token, made = open_challenge(session.get(PROOF, ""), me, mine, address=address, now=now)
    except TooManyTries:
        return {}, TOO_MANY
    session[PROOF] = token
    return options_to_add(current_user, get_enrolled(me).passkeys, made, site)


@bp.post("/passkeys")
@requires()
@sensitive
@while_unenrolled
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    form = PasskeyForm()
    if not form.validate():
        return _passkey_page(form), UNPROCESSABLE
    try:
        token = _keep(form)
    except WrongProof:
        form.name.errors = [_("The passkey was not added: press the button again, and let the device know you.")]
        return _passkey_page(form), UNPROCESSABLE
    flash(_("The passkey is added."), "success")
    return _go_on(token)


def _confirm(form: AppForm) -> str:
    me, mine, address = current_user.id, current_user.session_id, request.remote_addr or ""
    return factors.confirm_app(me, mine, form.code.data or "", address=address, now=request_time())


def _keep(form: PasskeyForm) -> str:
    me, mine, token = current_user.id, current_user.session_id, session.pop(PROOF, "")
    name, answer = form.name.data or "", form.passkey.data or ""
    return factors.add_passkey(me, mine, token, name=name, answer=answer, now=request_time())


def _go_on(token: str) -> ResponseReturnValue:
    """Give the browser its new token; codes on paper come with the first factor: whoever loses it has nothing else."""
    keep_signed_in(token)
    has_codes = get_enrolled(current_user.id).codes_left > 0
    return redirect(url_for("factors.index") if has_codes else url_for("factors.recovery"), SEE_OTHER)


def _app_page(form: AppForm, status: int = 200) -> ResponseReturnValue:
    """Show the secret that waits for its first code; where none does, go back to where one is asked for."""
    try:
        secret = get_begun_secret(current_user.id)
    except NotFound:
        return redirect(url_for("factors.index"), SEE_OTHER)
    site_name = current_app.extensions["config"].installation.name
    picture = segno.make(address_of(secret, current_user.email, site_name), error="m")
    parts = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    drawn = picture.svg_data_uri(scale=5, dark="#000", light="#fff")
    return render_template("pages/factors/app.html", form=form, secret=" ".join(parts), picture=drawn), status


def _passkey_page(form: PasskeyForm) -> str:
    return render_template("pages/factors/passkey.html", form=form, site=find_site())
