"""The pages of a filing: the questions, the draft with where it would go, the filing itself, the discarding."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import COMMUNE_OFFICES, Office, Status
from escalation.domain.errors import AlreadySubmitted, MissingInput, NotAllowed, NotFound, StaleObstacle
from escalation.models.obstacles import Obstacle
from escalation.queries.case.obstacles import get_draft
from escalation.services.case.filing import discard_draft, file_obstacle, save_draft
from escalation.web import files
from escalation.web import kept as keeping
from escalation.web.access import requires
from escalation.web.case.case_form import by_form
from escalation.web.filing.filing_page import (
    communes,
    draft_of_files,
    may_name_commune,
    new_form,
    show_form,
    take_in_files,
)
from escalation.web.filing.kept_draft import keep_filing
from escalation.web.forms.fields import new_key
from escalation.web.forms.filing import FilingForm
from escalation.web.identity import current_actor
from escalation.web.uploads import takes_files

bp = Blueprint("filing", __name__, url_prefix="/obstacles")

WRITERS = (*COMMUNE_OFFICES, Office.SECRETARIAT_STAFF)
FORBIDDEN, UNPROCESSABLE, CONFLICT, SEE_OTHER = 403, 422, 409, 303


@bp.get("/new")
@requires(*WRITERS)
def new() -> ResponseReturnValue:
    """Show the questions, unanswered but for what was typed before and belongs to no draft yet."""
    form = new_form(idempotency_key=new_key())
    keeping.restore(form)
    return show_form(form)


@bp.post("/new")
@requires(*WRITERS)
@takes_files
def create() -> ResponseReturnValue:
    """Keep the answers as a draft, or file them."""
    return _save(new_form(), None)


@bp.get("/drafts/<int(max=2147483647):draft_id>")
@requires(*WRITERS)
def edit(draft_id: int) -> ResponseReturnValue:
    """Show a draft and where it would go; what has been filed since is shown as the case it became."""
    draft = get_draft(current_actor(), draft_id)
    if draft.status is not Status.DRAFT:
        return redirect(url_for("case.show", reference=draft.reference))
    form = new_form(draft, idempotency_key=new_key())
    keeping.restore_beside_draft(form, draft.changed_at)
    return show_form(form, draft)


@bp.post("/drafts/<int(max=2147483647):draft_id>")
@requires(*WRITERS)
@takes_files
def update(draft_id: int) -> ResponseReturnValue:
    """Keep the answers in the draft, or file it; when it is there no more, show them as those of a new draft."""
    form = new_form()
    try:
        return _save(form, get_draft(current_actor(), draft_id))
    except NotFound:
        if not communes():
            raise
        form.begin_anew()
        return show_form(form, is_gone=True), CONFLICT


@bp.post("/drafts/<int(max=2147483647):draft_id>/discard")
@requires(*WRITERS)
def discard(draft_id: int) -> ResponseReturnValue:
    """Delete a draft for good."""
    discard_draft(get_draft(current_actor(), draft_id).id, by_form(None))
    flash(_("The draft was deleted."), "success")
    return redirect(url_for("obstacles.index"), SEE_OTHER)


def _save(form: FilingForm, draft: Obstacle | None) -> ResponseReturnValue:
    """Carry out what the pressed button says: save, continue to where it goes, or file."""
    if keeping.is_asked():
        return _keep(form, draft)
    take_in_files(form, draft)
    if files.is_attaching():
        return files.told(form, draft_of_files(draft))
    do = request.form.get("do", "continue")
    if draft and not (form.commune.data and may_name_commune(draft)):
        form.commune.data = draft.commune_code
    is_sound = form.is_keepable() if do == "save" else form.is_fileable()
    if not (draft or form.names_commune()) or not is_sound:
        return show_form(form, draft), UNPROCESSABLE
    return _carry_out(form, draft, do)


def _carry_out(form: FilingForm, draft: Obstacle | None, do: str) -> ResponseReturnValue:
    commune_code = form.commune.data or communes()[0].code
    sent = (commune_code, form.content(), by_form(form), draft.id if draft else None, form.told_by)
    try:
        return _after(file_obstacle(*sent) if do == "file" else save_draft(*sent), do)
    except NotAllowed:
        return _kept_only(form, save_draft(*sent))
    except MissingInput as lacking:
        form.mark_missing(lacking.fields)
        return show_form(form, draft), UNPROCESSABLE
    except StaleObstacle as stale:
        return show_form(form, get_draft(current_actor(), stale.obstacle_id or 0), has_changed=True), CONFLICT
    except AlreadySubmitted as sent_before:
        return _sent_before(form, sent_before.obstacle_id), CONFLICT


def _keep(form: FilingForm, draft: Obstacle | None) -> ResponseReturnValue:
    """Keep what is being typed: in a draft, but for somebody who may still choose another commune for it."""
    if (draft is None and len(communes()) != 1) or not keeping.is_keeping():
        return keeping.keep_answers(form)
    return keep_filing(form, draft.commune_code if draft else communes()[0].code, draft, by_form(form))


def _after(kept: Obstacle, do: str) -> ResponseReturnValue:
    keeping.forget()
    if kept.status is not Status.DRAFT:
        return redirect(url_for("case.receipt", reference=kept.reference), SEE_OTHER)
    if do == "save":
        flash(_("Your draft is saved. You can finish it whenever you like."), "success")
    anchor = None if do == "save" else "route"
    return redirect(url_for("filing.edit", draft_id=kept.id, _anchor=anchor), SEE_OTHER)


def _kept_only(form: FilingForm, draft: Obstacle) -> ResponseReturnValue:
    """Refuse to file for somebody who only prepares; what they wrote is kept as a draft for those who may."""
    form.show_version(draft.version)
    return show_form(form, draft), FORBIDDEN


def _sent_before(form: FilingForm, obstacle_id: int) -> str:
    """Show what was filed beside what was sent now, which can be kept as a draft of its own."""
    filed = get_draft(current_actor(), obstacle_id)
    form.begin_anew()
    form.commune.data = filed.commune_code
    return render_template("pages/filing/sent_before.html", form=form, filed=filed, communes=communes())
