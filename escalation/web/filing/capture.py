"""The page on which the secretariat's staff note many obstacles at once, as they are told in a meeting."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation.domain.codes import Channel, Office
from escalation.domain.errors import AlreadySubmitted, NotFound
from escalation.queries.case.on_behalf import list_mine
from escalation.queries.taxonomy import list_obstacle_types
from escalation.services.case.capture import capture_drafts, list_captured
from escalation.services.case.transitions import By
from escalation.web import kept
from escalation.web.access import requires
from escalation.web.choices import types_by_group
from escalation.web.filing.filing_page import communes_by_group
from escalation.web.forms.capture import CaptureForm
from escalation.web.forms.fields import new_key
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.case_lines import case_lines

bp = Blueprint("capture", __name__, url_prefix="/obstacles/capture")

UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


@bp.get("")
@requires(Office.SECRETARIAT_STAFF)
def new() -> ResponseReturnValue:
    """Show twelve empty rows, or those that were being filled in."""
    form = CaptureForm(data={"idempotency_key": new_key()})
    kept.restore(form)
    return _page(_offered(form))


@bp.post("")
@requires(Office.SECRETARIAT_STAFF)
def create() -> ResponseReturnValue:
    """Make a draft of each row, or show all of them again: with more room, or with what is wrong in them."""
    form = _offered(CaptureForm())
    key = _key(form)
    if kept.is_asked():
        return kept.keep_answers(form)
    if request.form.get("do") == "more":
        form.add_rows()
        return _page(_offered(form))
    if not form.is_sound():
        return _page(form), UNPROCESSABLE
    by = By(actor=current_actor(), now=request_time(), key=key)
    try:
        capture_drafts([row.told() for row in form.filled()], Channel(form.channel.data), by)
    except AlreadySubmitted:
        form.begin_anew()
        return _page(form, made_before=key), CONFLICT
    kept.forget()
    return redirect(url_for("capture.show", form_key=key), SEE_OTHER)


@bp.get("/<uuid:form_key>")
@requires(Office.SECRETARIAT_STAFF)
def show(form_key: uuid.UUID) -> ResponseReturnValue:
    """Show the drafts that one form made, each to be completed."""
    made = list_captured(current_actor().person_id, str(form_key))
    if not made:
        raise NotFound("captured")
    lines = case_lines(list_mine(current_actor(), made).rows, request_time())
    return render_template("pages/capture/show.html", lines=lines)


def _offered(form: CaptureForm) -> CaptureForm:
    form.offer(communes_by_group(), types_by_group(list_obstacle_types()))
    return form


def _key(form: CaptureForm) -> str:
    """Return the key of this form; one that we did not give counts as none, and gets one."""
    try:
        return str(uuid.UUID(form.key or ""))
    except ValueError:
        form.begin_anew()
        return str(form.idempotency_key.data)


def _page(form: CaptureForm, made_before: str | None = None) -> str:
    return render_template("pages/capture/new.html", form=form, faults=list(form.faults()), made_before=made_before)
