"""What every form on a case needs: the case it stands on, who sends it, and what has changed since it was made."""

from typing import Any

from flask import request

from escalation.domain.policy import in_office
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.obstacles import get_obstacle
from escalation.queries.case.timeline import Told, list_events
from escalation.services.case.transitions import By
from escalation.web.forms.acting import OfficeForm
from escalation.web.forms.fields import ActForm, new_key
from escalation.web.identity import current_actor, request_time

AS_ASKED: dict[str, Any] = {"changes": [], "was_sent": False, "refusal": "", "is_blank": False}
"""What the page of a form says of a refusal when there was none."""


def read_case(reference: str) -> Dossier:
    """Return a case as the reader finds it now. Raises: NotFound outside the reader's territory."""
    return read_dossier(get_obstacle(current_actor(), reference), request_time())


def by_form(form: ActForm | None, *, may_undo: bool = False) -> By:
    """Return who acts, in the office they named, on which version and under which key of the form they sent, if any."""
    if form is None:
        return By(actor=current_actor(), now=request_time(), may_undo=may_undo)
    office = form.office_named if isinstance(form, OfficeForm) else None
    return By(
        actor=current_actor() if office is None else in_office(current_actor(), office),
        now=request_time(),
        seen_version=form.seen_version,
        key=form.key,
        form_path=request.path,
        may_undo=may_undo,
    )


def first_answers(dossier: Dossier) -> dict[str, str]:
    """Return what a form says that nobody has sent yet: the version it shows, and a key of its own."""
    return {"version": str(dossier.obstacle.version), "idempotency_key": new_key()}


def changes_since(dossier: Dossier, seen_version: int | None) -> list[Told]:
    """Return what happened to a case after the version that a form was made for."""
    seen = seen_version or 0
    return [told for told in list_events(dossier.obstacle.id) if told.codes.get("version", 0) > seen]
