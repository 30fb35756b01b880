"""The notice on personal data: open to everybody, and shown once to who signed in before they go on."""

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from config import Privacy
from escalation.domain.calendar import local_day
from escalation.domain.privacy import NOTICE_VERSION
from escalation.queries.settings import get_settings
from escalation.services.privacy.notice import has_read_notice, note_notice_read
from escalation.web.access import PUBLIC, public, requires, while_unenrolled
from escalation.web.identity import request_time
from escalation.web.paths import own_path

bp = Blueprint("privacy", __name__, url_prefix="/privacy")

SEE_OTHER = 303
READ = "notice"
"""In the browser's session: the version of the notice that its owner has said to have read."""


@bp.get("")
@public
def show() -> ResponseReturnValue:
    """Show the notice; to who has not said yet that they read it, with the button that says so."""
    going_on = own_path(request.args.get("next"))
    return render_template(
        "pages/privacy/notice.html",
        privacy=_told(),
        settings=get_settings(local_day(request_time())),
        version=NOTICE_VERSION,
        asks=current_user.is_authenticated and not _has_read(),
        going_on=going_on or "",
    )


@bp.post("/read")
@requires()
@while_unenrolled
def read() -> ResponseReturnValue:
    """Keep that the notice was read, and go on to where its reader was going."""
    note_notice_read(current_user.id, request_time())
    session[READ] = NOTICE_VERSION
    return redirect(own_path(request.form.get("next")) or url_for("home.index"), SEE_OTHER)


def show_notice() -> ResponseReturnValue | None:
    """Lead who has not read the notice to it, on their way to a page; a form that is sent passes, and loses nothing."""
    if not _told().asks or request.method != "GET" or not current_user.is_authenticated:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or vars(view).get("access") == PUBLIC or _has_read():
        return None
    return redirect(url_for("privacy.show", next=own_path(request.full_path.rstrip("?"))))


def shows_banner() -> bool:
    """Say whether the first page tells of the notice, where it does not stand in the way."""
    return not _told().asks and current_user.is_authenticated and not _has_read()


def _has_read() -> bool:
    if session.get(READ) == NOTICE_VERSION:
        return True
    if not has_read_notice(current_user.id):
        return False
    session[READ] = NOTICE_VERSION
    return True


def _told() -> Privacy:
    told: Privacy = current_app.extensions["config"].privacy
    return told
