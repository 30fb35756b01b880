"""The page of an invitation: who is invited to what, and the pass-phrase that opens the account."""

from flask import Blueprint, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh

from escalation.domain.errors import LinkClosed
from escalation.queries.people.invitations import Pending, find_pending
from escalation.services.people.invitations import accept
from escalation.services.people.passwords import CommonPassword, WrongLength
from escalation.services.people.sessions import open_session
from escalation.web.access import public
from escalation.web.forms.doors import TOO_COMMON, BeginForm
from escalation.web.identity import request_time
from escalation.web.language import CHOSEN
from escalation.web.people.sign_in import begin_session, this_browser

bp = Blueprint("invitation", __name__)

SEE_OTHER, GONE, UNPROCESSABLE = 303, 410, 422


@bp.get("/invitation/<token:token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show the invitation, and use nothing up: whatever reads mails before people do follows links."""
    try:
        return _page(token, find_pending(token, request_time()), BeginForm())
    except LinkClosed as closed:
        return _closed(closed), GONE


@bp.post("/invitation/<token:token>")
@public
def create(token: str) -> ResponseReturnValue:
    """Open the account and sign its owner in."""
    form = BeginForm()
    try:
        pending = find_pending(token, request_time())
        if not form.validate():
            return _page(token, pending, form), UNPROCESSABLE
        person = accept(token, form.password.data or "", now=request_time())
    except LinkClosed as closed:
        return _closed(closed), GONE
    except (CommonPassword, WrongLength):
        form.password.errors = [str(TOO_COMMON)]
        return _page(token, pending, form), UNPROCESSABLE
    begin_session(open_session(person.id, this_browser(), proven=True))
    flash(_("Your account is open. Welcome."), "success")
    return redirect(url_for("home.index"), SEE_OTHER)


def _page(token: str, pending: Pending, form: BeginForm) -> str:
    _speak_to(pending)
    return render_template("pages/doors/invitation.html", form=form, token=token, pending=pending)


def _speak_to(pending: Pending) -> None:
    """Write the page in the language of who is invited, unless they have chosen another."""
    if CHOSEN not in session:
        g.language = pending.person.language
        refresh()


def _closed(closed: LinkClosed) -> str:
    return render_template("pages/doors/closed.html", reason=closed.reason, is_invitation=True)
