"""The page on which people prove once more who they are, and the challenge that a passkey answers."""

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from escalation.queries.people.factors import find_asked, get_enrolled
from escalation.services.people.passkeys import find_site, options_to_prove
from escalation.services.people.proofs import open_challenge
from escalation.services.people.throttle import TooManyTries
from escalation.web.access import public, requires, while_unenrolled
from escalation.web.forms.proofs import AgainForm
from escalation.web.identity import request_time
from escalation.web.paths import own_path
from escalation.web.step_up import PROOF, is_proven, proof_page, prove, send_code

bp = Blueprint("prove", __name__)

SEE_OTHER, NOT_FOUND, UNPROCESSABLE, TOO_MANY = 303, 404, 422, 429


@bp.get("/prove")
@requires()
@while_unenrolled
def show() -> ResponseReturnValue:
    """Ask for a second proof; who has just given one goes on."""
    going_on = own_path(request.args.get("next"))
    if is_proven():
        return redirect(going_on or url_for("account.show"))
    return proof_page("pages/prove/show.html", AgainForm(formdata=None, next=going_on or ""))


@bp.post("/prove")
@requires()
@while_unenrolled
def create() -> ResponseReturnValue:
    """Take a second proof, and go on."""
    form = AgainForm()
    if form.is_answered() and (is_proven() or prove(form)):
        return redirect(own_path(form.next.data) or url_for("account.show"), SEE_OTHER)
    return proof_page("pages/prove/show.html", form), UNPROCESSABLE


@bp.post("/prove/code")
@requires()
@while_unenrolled
def code() -> ResponseReturnValue:
    """Send a code to who has nothing else to prove it with."""
    form = AgainForm()
    if not current_user.has_factor:
        send_code(form)
    if form.errors:
        return proof_page("pages/prove/show.html", form), TOO_MANY
    return redirect(url_for("prove.show", next=own_path(form.next.data)), SEE_OTHER)


@bp.post("/passkeys/challenge")
@public
def challenge() -> ResponseReturnValue:
    """Answer a browser that is to show a passkey: of who is signed in, of who is signing in, or of anybody."""
    site, token, now = find_site(), session.get(PROOF, ""), request_time()
    if site is None:
        return {}, NOT_FOUND
    person_id, session_id = None, None
    if current_user.is_authenticated:
        person_id, session_id = current_user.id, current_user.session_id
    elif (asked := find_asked(token, now)) is not None:
        person_id = asked.person.id
    try:
        token, made = open_challenge(token, person_id, session_id, address=request.remote_addr or "", now=now)
    except TooManyTries:
        return {}, TOO_MANY
    session[PROOF] = token
    return options_to_prove(get_enrolled(person_id).passkeys if person_id else [], made, site)
