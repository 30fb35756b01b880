"""What people add to a case beside the moves: one address a remark, one form, one service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Channel, Event, Remark
from escalation.domain.errors import AlreadySubmitted, NotAllowed, WrongInput
from escalation.domain.policy import allowed_remarks, mandates_to_remark
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier
from escalation.queries.people.people import Reader
from escalation.queries.places import get_place
from escalation.services.case.notes import add_note, readers_at, record_contact
from escalation.services.case.remarks import add_comment, check_remark, confirm_filing
from escalation.services.case.transitions import By
from escalation.web import files, kept
from escalation.web.access import requires
from escalation.web.case import case_page
from escalation.web.case.acting import remark_choices
from escalation.web.case.case_form import AS_ASKED, by_form, changes_since, first_answers, read_case
from escalation.web.case.refusals import mark
from escalation.web.forms.remarks import CommentForm, ContactForm, NoteForm, RemarkForm
from escalation.web.identity import current_actor
from escalation.web.lists.queue_trail import trail, with_trail
from escalation.web.uploads import takes_files

bp = Blueprint("remarks", __name__, url_prefix="/obstacles")

UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


@dataclass(frozen=True)
class Saying:
    """One remark as a page."""

    form: type[RemarkForm]
    carry_out: Callable[[int, By, Any], Obstacle]
    event: Event | None = None
    """What it is called in the story; None for what only a desk reads."""


# fmt: off
SAYINGS: dict[Remark, Saying] = {
    Remark.COMMENT: Saying(
        CommentForm, lambda i, by, form: add_comment(i, by, comment=form.comment.data), Event.COMMENT_ADDED
    ),
    Remark.CONFIRM_FILING: Saying(RemarkForm, lambda i, by, _form: confirm_filing(i, by), Event.FILING_CONFIRMED),
    Remark.NOTE: Saying(NoteForm, lambda i, by, form: add_note(i, by, note=form.note.data, mentions=form.called())),
    Remark.RECORD_CONTACT: Saying(
        ContactForm,
        lambda i, by, form: record_contact(
            i, by, spoke_with=form.spoke_with.data, channel=Channel(form.channel.data), contact=form.contact.data
        ),
    ),
}
# fmt: on


@bp.get("/<reference:reference>/<remark:remark>")
@requires()
def ask(reference: str, remark: Remark) -> ResponseReturnValue:
    """Show the form of a remark to those who may make it now."""
    dossier = read_case(reference)
    check_remark(dossier, remark, by_form(None))
    form = new_form(dossier, remark)
    kept.restore(form)
    return _page(dossier, remark, form)


@bp.post("/<reference:reference>/<remark:remark>")
@requires()
@takes_files
def say(reference: str, remark: Remark) -> ResponseReturnValue:
    """Keep a remark, once; a form that lacks something, or came after the case had ended, comes back whole."""
    dossier = read_case(reference)
    form = _prepared(SAYINGS[remark].form(), dossier, remark)
    moved_on = form.seen_version not in (None, dossier.obstacle.version)
    try:
        if _is_in_writing(dossier, remark, form) or not form.validate():
            check_remark(dossier, remark, by_form(None))
            return _answered(dossier, remark, form)
        SAYINGS[remark].carry_out(dossier.obstacle.id, by_form(form), form)
    except WrongInput as refused:
        mark(form, refused)
        return _page(dossier, remark, form), UNPROCESSABLE
    except (AlreadySubmitted, NotAllowed) as conflict:
        if isinstance(conflict, NotAllowed) and not moved_on:
            raise
        return _conflict(reference, remark, form, conflict), CONFLICT
    kept.forget()
    flash(_done(remark), "success")
    return redirect(with_trail(url_for("case.show", reference=reference)), SEE_OTHER)


def _is_in_writing(dossier: Dossier, remark: Remark, form: RemarkForm) -> bool:
    """Take in the files that came, from who may make the remark; say whether it is still being written."""
    if kept.is_asked():
        return True
    if files.is_attaching():
        check_remark(dossier, remark, by_form(None))
    if remark in allowed_remarks(current_actor(), dossier.case):
        files.take_in(form, dossier.obstacle.commune_code)
    return files.is_attaching()


def _answered(dossier: Dossier, remark: Remark, form: RemarkForm) -> ResponseReturnValue:
    """Answer a form that is not carried out: kept, told of its files, or shown again with what is wrong."""
    if kept.is_asked():
        return kept.keep_answers(form)
    return files.told(form) if files.is_attaching() else (_page(dossier, remark, form), UNPROCESSABLE)


def _done(remark: Remark) -> str:
    event = SAYINGS[remark].event
    return labels.event_label(event) if event else _("Written down for your desk.")


def _conflict(reference: str, remark: Remark, form: RemarkForm, conflict: Exception) -> str:
    """Say what stood in the way, with all that was typed."""
    dossier = read_case(reference)
    changes = changes_since(dossier, form.seen_version)
    form.renew(dossier.obstacle.version)
    return _page(dossier, remark, form, changes=changes, was_sent=isinstance(conflict, AlreadySubmitted))


def _page(dossier: Dossier, remark: Remark, form: RemarkForm, **more: object) -> str:
    files.hold(form)
    return render_template(
        "pages/remarks/ask.html",
        **AS_ASKED | more,
        remark=remark,
        address=url_for("remarks.say", reference=dossier.obstacle.reference, remark=remark),
        heading=labels.remark_label(remark),
        form=form,
        obstacle=dossier.obstacle,
        province=get_place(dossier.obstacle.province_code),
        is_possible=remark in allowed_remarks(current_actor(), dossier.case),
        page=case_page,
        trail=trail(),
    )


def new_form(dossier: Dossier, remark: Remark) -> RemarkForm:
    """Return the form of a remark, unanswered."""
    form = _prepared(SAYINGS[remark].form(formdata=None, data=first_answers(dossier)), dossier, remark)
    if "acting_in" in form:
        form.acting_in.id = f"{remark}-{form.acting_in.name}"
    return form


def _prepared(form: RemarkForm, dossier: Dossier, remark: Remark) -> RemarkForm:
    form.prepare(list_colleagues(dossier) if isinstance(form, NoteForm) else [])
    form.offer_offices(remark_choices(current_actor(), dossier, remark))
    return form


def list_colleagues(dossier: Dossier) -> list[Reader]:
    """Return who else reads the notes that the reader could write on a case, at any desk of theirs that has it."""
    found: dict[int, Reader] = {}
    for mandate in mandates_to_remark(current_actor(), Remark.NOTE, dossier.case):
        found |= {reader.person_id: reader for reader in _sitting_at(mandate.place_code, dossier)}
    return [reader for reader in found.values() if reader.person_id != current_actor().person_id]


def _sitting_at(desk: str, dossier: Dossier) -> list[Reader]:
    obstacle = dossier.obstacle
    is_read = desk in (obstacle.desk_code, obstacle.province_code, obstacle.region_code)
    return dossier.members_of(desk) if is_read else readers_at(dossier, desk)
