"""The demonstration's mailbox as a page: every mail that left, newest first; on loopback only."""

from contextlib import closing
from ipaddress import ip_address

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation.mail.mailbox import CaughtMail, Mailbox, Place
from escalation.web.access import public
from escalation.web.asked import asked_words

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

PAGE = 50
MAX_PLACE_DIGITS = 12
HTML_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


@bp.before_request
def only_on_this_machine() -> None:
    """Be nowhere for whoever calls from elsewhere, and outside the demo."""
    address = request.remote_addr or ""
    if not current_app.extensions["config"].demo or not _is_loopback(address):
        abort(404)


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """The mails, fifty a page; `to` and `reference` narrow the list."""
    asked = {name: asked_words(name) for name in ("to", "reference")}
    place = _place(request.args.get("after", ""))
    with closing(_mailbox()) as mailbox:
        mails = mailbox.list_newest(recipient=asked["to"], reference=asked["reference"], after=place, limit=PAGE + 1)
    shown = mails[:PAGE]
    next_url = _next_url(shown[-1], asked) if len(mails) > PAGE else None
    return render_template("pages/mailbox/index.html", mails=shown, asked=asked, next_url=next_url)


@bp.get("/<int(max=999999999):mail_id>/html")
@public
def show_html(mail_id: int) -> ResponseReturnValue:
    """The HTML part as a mail program shows it, with nothing allowed to run or load."""
    with closing(_mailbox()) as mailbox:
        mail = mailbox.find(mail_id) or abort(404)
    return mail.html, {"Content-Security-Policy": HTML_POLICY, "Content-Type": "text/html; charset=utf-8"}


def _mailbox() -> Mailbox:
    return Mailbox(current_app.extensions["config"].var_dir)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _place(text: str) -> Place | None:
    """Read the place a page begins behind, as `_next_url` wrote it; anything else is the beginning."""
    sent_s, _, mail_id = text.partition("-")
    if not all(part.isdecimal() and len(part) <= MAX_PLACE_DIGITS for part in (sent_s, mail_id)):
        return None
    return Place(int(sent_s), int(mail_id))


def _next_url(last: CaughtMail, asked: dict[str, str]) -> str:
    after = f"{last.place.sent_s}-{last.place.mail_id}"
    return url_for("mailbox.index", to=asked["to"] or None, reference=asked["reference"] or None, after=after)
