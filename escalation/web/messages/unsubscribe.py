"""Ending a digest from its letter: a page that asks once, and the one click that mail programs send by themselves."""

from flask import Blueprint, g, render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from escalation.services.messages.unsubscribe import Unsubscription, read_token, unsubscribe
from escalation.web.access import by_address, public
from escalation.web.identity import request_time
from escalation.web.language import CHOSEN

bp = Blueprint("unsubscribe", __name__)


@bp.get("/unsubscribe/<string(maxlength=120):token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Ask whether the letters are to end, and end nothing: whatever reads mails before people do follows links."""
    return _page(token, read_token(token), is_done=False)


@bp.post("/unsubscribe/<string(maxlength=120):token>")
@public
@by_address
def end(token: str) -> ResponseReturnValue:
    """End the letters; what they told stays in the app. A mail program may send this, without a page of ours."""
    return _page(token, unsubscribe(token, request_time()), is_done=True)


def _page(token: str, found: Unsubscription, *, is_done: bool) -> str:
    if CHOSEN not in session:
        g.language = found.language
        refresh()
    return render_template("pages/doors/unsubscribe.html", token=token, way=found.way, is_done=is_done)
