"""A filing that saves itself while somebody types: into a real draft, but for the answers that no draft can hold.

What cannot be read yet, such as half of a date, is left out of the draft and kept as it was typed beside it; so is
another commune, in whose list the draft stands only once its writer presses a button.
"""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from escalation.domain.codes import Status
from escalation.domain.content import Content
from escalation.domain.errors import AlreadySubmitted, StaleObstacle
from escalation.models.obstacles import Obstacle
from escalation.services.case.filing import OwnDraftMovedOn, keep_draft
from escalation.services.case.kept import drop_kept, keep_form
from escalation.services.case.transitions import By
from escalation.web.forms.filing import FilingForm
from escalation.web.identity import request_time
from escalation.web.kept import is_somebody_elses, saved, typed_in

UNAUTHORIZED, CONFLICT = 401, 409


def keep_filing(form: FilingForm, commune_code: str, draft: Obstacle | None, by: By) -> ResponseReturnValue:
    """Keep what is being typed as a draft, and answer where the form goes on; an empty form makes none."""
    if is_somebody_elses():
        return {}, UNAUTHORIZED
    left_out = _leave_out_unreadable(form)
    if draft is not None and form.commune.data not in (None, "", commune_code):
        left_out |= typed_in(form, {form.commune.name})
    content = form.content()
    if draft is None and content == Content():
        return saved()
    try:
        kept = keep_draft(commune_code, content, by, draft.id if draft else None, form.told_by)
    except OwnDraftMovedOn as newer:
        return {"version": newer.version, "draft": _address(newer.obstacle_id)}, CONFLICT
    except (StaleObstacle, AlreadySubmitted):
        return {}, CONFLICT
    if kept.status is not Status.DRAFT:
        return {}, CONFLICT
    version, address = kept.version, _address(kept.id)
    if left_out:
        keep_form(current_user.id, address, left_out, request_time())
    else:
        drop_kept(current_user.id, address)
    return saved(version, address)


def _leave_out_unreadable(form: FilingForm) -> dict[str, list[str]]:
    """Take out of a form what no draft can hold, and return it as it was typed."""
    form.is_keepable()
    faulty = {field.name for field in form if field.errors}
    typed = typed_in(form, faulty & set(request.form))
    for name in faulty:
        form[name].data = None
    return typed


def _address(draft_id: int | None) -> str:
    return url_for("filing.edit", draft_id=draft_id)
