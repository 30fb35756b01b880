"""A second proof within a session: when it is needed, how it is asked for, and the form that it holds meanwhile."""

from datetime import timedelta

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from escalation import labels
from escalation.domain.errors import NotFound
from escalation.models.factors import Proof
from escalation.queries.people.factors import Enrolled, find_proof, get_enrolled
from escalation.services.people import proofs
from escalation.services.people.passkeys import find_site
from escalation.services.people.proofs import ProofClosed, WrongProof
from escalation.services.people.throttle import TooManyTries
from escalation.web.expired import held_form
from escalation.web.forms.proofs import ProofForm
from escalation.web.identity import keep_signed_in, request_time
from escalation.web.kept import is_keeping
from escalation.web.paths import own_path

PROVEN_FOR = timedelta(minutes=10)
ANSWERS = ("proof_code", "proof_paper", "proof_passkey")
PROOF = "proof"
"""Under which the browser's cookie holds the token of the proof that is waited for."""

FOUND, SEE_OTHER, UNAUTHORIZED, UNPROCESSABLE, TOO_MANY = 302, 303, 401, 422, 429


def is_proven() -> bool:
    """Say whether whoever is signed in has just proven who they are, or is not asked to."""
    asks = current_app.extensions["config"].security.asks_second_proof
    if not asks and not current_user.has_factor:
        return True
    proven_at = current_user.proven_at
    return proven_at is not None and request_time() - proven_at < PROVEN_FOR


def ask_proof() -> ResponseReturnValue | None:
    """Ask for a second proof; None when the form that is sent brings one. A form is held, with all that was typed."""
    if is_keeping():
        return {}, UNAUTHORIZED
    if request.method != "POST":
        return redirect(url_for("prove.show", next=own_path(request.full_path.rstrip("?"))), FOUND)
    if held_form() is None:
        return redirect(url_for("prove.show"), SEE_OTHER)
    form = ProofForm()
    if "proof_again" in request.form or not any(name in request.form for name in ANSWERS):
        return _asked(form)
    if form.is_answered() and prove(form):
        return None
    return proof_page("errors/prove.html", form, held=held_form()), UNPROCESSABLE


def _asked(form: ProofForm) -> ResponseReturnValue:
    form.proof_code.data = form.proof_paper.data = form.proof_passkey.data = ""
    if not current_user.has_factor and ("proof_again" in request.form or waiting_proof() is None):
        send_code(form)
    return proof_page("errors/prove.html", form, held=held_form()), UNAUTHORIZED


def prove(form: ProofForm) -> bool:
    """Take the answer of a form for whoever is signed in; what is wrong with it is said under its question."""
    try:
        opened = proofs.step_up(
            session.get(PROOF, ""),
            current_user.id,
            current_user.session_id,
            form.answer,
            address=request.remote_addr or "",
            now=request_time(),
        )
    except (WrongProof, NotFound):
        form.refuse()
    except ProofClosed:
        form.refuse()
        form.proof_code.errors = [_("Too many wrong codes: ask for another one.")]
    except TooManyTries as refusal:
        form.refuse()
        form.proof_code.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]
    else:
        session.pop(PROOF, None)
        keep_signed_in(opened.token)
        return True
    return False


def send_code(form: ProofForm) -> None:
    """Send a code to whoever is signed in and has nothing else; what stops it is said under the question."""
    try:
        address, now = request.remote_addr or "", request_time()
        session[PROOF] = proofs.begin_step_up(current_user.id, current_user.session_id, address=address, now=now)
    except TooManyTries as refusal:
        form.proof_code.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]


def waiting_proof() -> Proof | None:
    """Return the proof for which a code was sent to whoever is signed in."""
    found = find_proof(session.get(PROOF, ""), request_time(), current_user.session_id)
    return found if found is not None and found.code_until and found.code_until > request_time() else None


def proof_page(template: str, form: ProofForm, **more: object) -> str:
    """Return a page that asks for a second proof, in the ways that this person has."""
    enrolled = get_enrolled(current_user.id)
    form.proof_code.label.text = code_label(enrolled)
    sent = None if enrolled.any else waiting_proof()
    return render_template(template, form=form, enrolled=enrolled, sent=sent, site=find_site(), **more)


def code_label(enrolled: Enrolled, *, on_paper: bool = False) -> str:
    """Return what the code is that is asked for."""
    if on_paper or (enrolled.any and enrolled.app is None):
        return _("Recovery code")
    return _("Code shown by your app") if enrolled.app else _("Code sent to you by e-mail")
