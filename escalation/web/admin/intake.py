"""The mails that wait for an administrator, each in safe words; and whom letters do not reach."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import Office
from escalation.domain.errors import NotAllowed
from escalation.domain.intake import Became
from escalation.mail.incoming.reading import Read, Unreadable, read_mail
from escalation.mail.incoming.words import written_words
from escalation.queries.messages import incoming
from escalation.queries.messages.failures import list_unreached
from escalation.queries.people.directory import regions_of
from escalation.services.messages.quarantine import accept_mail, discard_mail
from escalation.web.access import requires, sensitive
from escalation.web.admin.acting import administrator
from escalation.web.admin.intake_words import HELD_WORDS, refused_words
from escalation.web.asked import MOST_LINE, asked_number
from escalation.web.identity import current_actor

bp = Blueprint("admin_intake", __name__, url_prefix="/admin/intake")

SEE_OTHER = 303
MOST_SHOWN = 4000
"""Characters of the words of a mail."""


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the mails that wait, the newest first, and before them whom letters do not reach."""
    regions, after = regions_of(current_actor()), asked_number("after", MOST_LINE)
    found = incoming.list_held(regions, after)
    mails = found[: incoming.PAGE]
    return render_template(
        "pages/admin/intake.html",
        mails=mails,
        unreached=list_unreached(regions) if after is None else [],
        words=HELD_WORDS,
        next_url=url_for("admin_intake.index", after=mails[-1].id) if len(found) > len(mails) else None,
    )


@bp.get("/<int(max=2147483647):mail_id>")
@requires(Office.ADMINISTRATOR)
def show(mail_id: int) -> ResponseReturnValue:
    """Show one mail that waits: why, what it says, and what may be done."""
    mail = incoming.get_held(regions_of(current_actor()), mail_id)
    read = _read(incoming.get_raw(mail_id))
    written = written_words(read.words) if read else ""
    return render_template(
        "pages/admin/intake_mail.html",
        mail=mail,
        reason=HELD_WORDS[mail.reason],
        written=written[:MOST_SHOWN],
        quoted=(read.words.strip()[:MOST_SHOWN] if read and not written else ""),
        files=[(file.name, len(file.content)) for file in read.files] if read else [],
    )


@bp.post("/<int(max=2147483647):mail_id>/accept")
@requires(Office.ADMINISTRATOR)
@sensitive
def accept(mail_id: int) -> ResponseReturnValue:
    """Take a mail for the words of whose letter it answers."""
    try:
        became = accept_mail(mail_id, administrator())
    except NotAllowed as refused:
        flash(refused_words(refused.reason), "error")
        return redirect(url_for("admin_intake.show", mail_id=mail_id), SEE_OTHER)
    said = _("The answer is on the case.") if became is Became.ANSWER else _("The comment is on the case.")
    flash(said, "success")
    return redirect(url_for("admin_intake.index"), SEE_OTHER)


@bp.post("/<int(max=2147483647):mail_id>/discard")
@requires(Office.ADMINISTRATOR)
@sensitive
def discard(mail_id: int) -> ResponseReturnValue:
    """Let a mail come to nothing."""
    discard_mail(mail_id, administrator())
    flash(_("The mail is discarded."), "success")
    return redirect(url_for("admin_intake.index"), SEE_OTHER)


def _read(raw: bytes) -> Read | None:
    try:
        return read_mail(raw)
    except Unreadable:
        return None
