"""Files of a form: taken in as they come, shown with it until it is sent, and told to the script that uploads them."""

from collections.abc import Mapping
from time import monotonic

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user

from escalation import labels
from escalation.domain.files import FileFault, FileRefused
from escalation.models.files import CaseFile
from escalation.queries.case.files import list_chosen
from escalation.services.files.uploads import Coming, leave_out, receive_file
from escalation.web.forms.fields import ActForm
from escalation.web.forms.files import KINDS, NAME, FilesField
from escalation.web.identity import request_time

ATTACH, LEAVE_OUT = "attach", "leave_out"
TAKEN_WITHIN_S = 40
"""Beyond it no further file of a request is looked at: its sender is told, before the server gives the request up."""
NAME_SHOWN = 60

WORDS = {
    FileFault.EMPTY: _l("it is empty."),
    FileFault.KIND: _l(
        "this kind is not taken: send a picture (JPG, PNG, WebP), a PDF, or a Word, Excel or ODT document."
    ),
    FileFault.NAME_LIES: _l("its name says another kind than it holds: give it the right ending."),
    FileFault.BROKEN: _l("it is damaged or cannot be read: open it, save it again, and send that."),
    FileFault.TOO_MANY_PIXELS: _l("this picture is too large: make it smaller, below 40 million pixels."),
    FileFault.UNPACKS_TOO_LARGE: _l("it unpacks to too much: save it with fewer pictures, or as PDF."),
    FileFault.MACROS: _l("it holds macros: save it without them, or as PDF."),
    FileFault.ACTIVE: _l(
        "it holds scripts, other files or links that act by themselves: print it to PDF and send that."
    ),
    FileFault.LOCKED: _l("it is locked with a password: send it without."),
    FileFault.TOO_LONG: _l("it takes too long to look at: send a simpler one."),
    FileFault.BUSY: _l("too many files are being looked at just now: send it again in a minute."),
    FileFault.VIRUS: _l("the scanner found a virus in it."),
    FileFault.NO_SCANNER: _l("it could not be scanned for viruses now: send it again later. Everything else works."),
    FileFault.NO_ROOM: _l("there is no room for files just now: send it again later. Everything else works."),
    FileFault.QUOTA: _l("the commune has used all its room for files: send what is needed another way."),
}
"""Why a file is not taken, after its name."""


def is_attaching() -> bool:
    """Say whether this request only brings or takes back files of a form that is still being written."""
    return request.method == "POST" and request.form.get("do") == ATTACH


def take_in(form: ActForm, commune_code: str, draft_id: int | None = None) -> None:
    """Take in the files that came with a form, and take back those ticked; each that is refused is named beside them.

    The other answers, and the other files, are not touched by it. ``draft_id``: the draft whose files count with them.
    """
    field = getattr(form, NAME, None)
    if not isinstance(field, FilesField):
        return
    if ticked := request.form.getlist(LEAVE_OUT):
        leave_out(current_user.id, request.path, ticked, draft_id)
    until = monotonic() + TAKEN_WITHIN_S
    for given in request.files.getlist(NAME):
        if given.filename:
            coming = Coming(given.filename, given.stream, current_user.id, request.path, commune_code, draft_id)
            refused = _refusal(coming) if monotonic() < until else _refused(coming.name, FileFault.BUSY)
            field.refusals += [refused] if refused else []


def _refusal(coming: Coming) -> str | None:
    """Take in one file; return in words why it is not taken, None when it is."""
    try:
        receive_file(coming, request_time())
    except FileRefused as refused:
        return _refused(coming.name, refused.fault)
    return None


def _refused(name: str, fault: FileFault) -> str:
    return f"\u2068{_shown(name)}\u2069: {fault_words(fault)}"


def fault_words(fault: FileFault) -> str:
    """Return why a file is not taken, and what to do."""
    settings = current_app.extensions["config"].files
    if fault is FileFault.TOO_LARGE:
        return _("it is too large: send at most %(size)s a file.", size=labels.size_text(settings.most_bytes))
    if fault is FileFault.TOO_MANY:
        words = ngettext("at most %(num)d file goes with it.", "at most %(num)d files go with it.", settings.most_files)
        return str(words)
    return str(WORDS[fault])


def _shown(name: str) -> str:
    """Return the end of a name as it can be read: without what turns the writing round."""
    return "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())[-NAME_SHOWN:]


def hold(form: ActForm, draft_id: int | None = None) -> None:
    """Let a form show the files that wait in it."""
    if NAME in form:
        hold_all({request.path: form}, draft_id)


def hold_all(forms: Mapping[str, ActForm], draft_id: int | None = None) -> None:
    """Let each form of a page, by the address it goes to, show the files that wait in it; in one query."""
    if not forms:
        return
    chosen = list_chosen(current_user.id, forms, draft_id)
    for path, form in forms.items():
        form[NAME].held = [row for row in chosen if row.form_path == path or row.obstacle_id is not None]


def told(form: ActForm, draft_id: int | None = None) -> ResponseReturnValue:
    """Answer the script that uploads: which files wait now, and why another one was not taken."""
    if NAME not in form:
        return {"files": [], "refused": []}
    hold(form, draft_id)
    return {"files": [_line(row) for row in form[NAME].held], "refused": form[NAME].refusals}


def _line(row: CaseFile) -> dict[str, str]:
    return {
        "id": row.public_id,
        "name": row.name,
        "size": labels.size_text(row.size_bytes),
        "url": url_for("files.show", public_id=row.public_id),
    }


def help_words() -> str:
    """Return what may be sent, in one sentence."""
    settings = current_app.extensions["config"].files
    return _(
        "Up to %(num)d files of %(size)s each: %(kinds)s",
        num=settings.most_files,
        size=labels.size_text(settings.most_bytes),
        kinds=f"\u2066{KINDS}\u2069",
    )


def most_bytes() -> int:
    """Return how large one file may be."""
    return int(current_app.extensions["config"].files.most_bytes)
