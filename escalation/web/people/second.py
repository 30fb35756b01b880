"""The second step of signing in: a code, or a passkey; and signing in with a passkey alone."""

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.account_codes import ProvenBy
from escalation.queries.people.factors import Asked, find_asked
from escalation.services.people.passkeys import find_site
from escalation.services.people.proofs import ProofClosed, WrongProof, finish_sign_in, send_again
from escalation.services.people.sessions import Opened
from escalation.services.people.throttle import TooManyTries
from escalation.services.people.trusted import LASTS
from escalation.web.access import public
from escalation.web.forms.proofs import SecondStepForm
from escalation.web.identity import request_time
from escalation.web.paths import own_path
from escalation.web.people.sign_in import begin_session, device_cookie, this_browser
from escalation.web.step_up import PROOF, code_label

bp = Blueprint("second", __name__, url_prefix="/sign-in")

SEE_OTHER, UNPROCESSABLE, TOO_MANY = 303, 422, 429


@bp.get("/second")
@public
def show() -> ResponseReturnValue:
    """Ask for the second proof of a sign-in whose pass-phrase was right."""
    asked = _asked()
    if asked is None:
        return redirect(url_for("sign_in.show"))
    return _page(asked, SecondStepForm(formdata=None, next=own_path(request.args.get("next")) or ""))


@bp.post("/second")
@public
def create() -> ResponseReturnValue:
    """Open the session, for who gives the second proof."""
    form, asked = SecondStepForm(), _asked()
    if asked is None:
        return _over()
    if not form.is_answered():
        return _page(asked, form), UNPROCESSABLE
    try:
        return _go_on(_finish(form), form)
    except WrongProof:
        form.refuse()
    except ProofClosed:
        return _over()
    except TooManyTries as refusal:
        form.proof_code.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]
        return _page(asked, form), TOO_MANY
    return _page(asked, form), UNPROCESSABLE


@bp.post("/second/code")
@public
def code() -> ResponseReturnValue:
    """Send another code by mail, in place of the one before."""
    form, asked = SecondStepForm(), _asked()
    if asked is None:
        return _over()
    try:
        send_again(session.get(PROOF, ""), address=request.remote_addr or "", now=request_time())
    except ProofClosed:
        return redirect(url_for("second.show", next=own_path(form.next.data)), SEE_OTHER)
    except TooManyTries as refusal:
        form.proof_code.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]
        return _page(asked, form), TOO_MANY
    flash(_("Another code is on its way; the one before opens nothing any more."), "success")
    return redirect(url_for("second.show", next=own_path(form.next.data)), SEE_OTHER)


@bp.post("/passkey")
@public
def passkey() -> ResponseReturnValue:
    """Open a session for who shows a passkey, which has asked its owner for a finger, a face or a number."""
    form = SecondStepForm()
    try:
        if form.proof_passkey.data and form.validate():
            return _go_on(_finish(form), form)
    except (WrongProof, ProofClosed, TooManyTries):
        session.pop(PROOF, None)
    flash(_("The passkey was not recognised: sign in with your password."), "error")
    return redirect(url_for("sign_in.show", next=own_path(form.next.data)), SEE_OTHER)


def _asked() -> Asked | None:
    return find_asked(session.get(PROOF, ""), request_time())


def _finish(form: SecondStepForm) -> Opened:
    return finish_sign_in(
        session.get(PROOF, ""),
        form.answer,
        address=request.remote_addr or "",
        browser=this_browser(),
        trusts=bool(form.trusts.data),
    )


def _go_on(opened: Opened, form: SecondStepForm) -> Response:
    """Give the browser its session, and where its owner trusts it, what says so for thirty days."""
    begin_session(opened)
    onward = own_path(form.next.data) or url_for("home.index")
    if opened.by is ProvenBy.RECOVERY:
        flash(
            _("That recovery code is used up. If your telephone is lost, remove its app and add another one."),
            "success",
        )
        onward = url_for("factors.index")
    response = make_response(redirect(onward, SEE_OTHER))
    if opened.trust_token:
        secure = current_app.extensions["config"].security.session_cookie_secure
        response.set_cookie(
            device_cookie(), opened.trust_token, max_age=LASTS, secure=secure, httponly=True, samesite="Lax"
        )
    return response


def _over() -> ResponseReturnValue:
    session.pop(PROOF, None)
    flash(_("This sign-in is over: too much time has passed, or too many codes were wrong. Begin again."), "error")
    return redirect(url_for("sign_in.show"), SEE_OTHER)


def _page(asked: Asked, form: SecondStepForm) -> str:
    on_paper = request.args.get("with") == "paper"
    form.proof_code.label.text = code_label(asked.enrolled, on_paper=on_paper)
    return render_template(
        "pages/sign_in/second.html", form=form, asked=asked, enrolled=asked.enrolled, on_paper=on_paper,
        site=find_site(),
    )  # fmt: skip
