"""Taking back what one has just done: the offer on the next page, and the address that it is sent to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, get_flashed_messages, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.errors import NotAllowed, StaleObstacle, TransitionNotAllowed
from escalation.domain.workflow import TABLE
from escalation.models.obstacles import Obstacle
from escalation.queries.case.obstacles import get_obstacle
from escalation.queries.case.timeline import Told, list_events, taken_back
from escalation.queries.places import get_place
from escalation.services.case.undo import undo
from escalation.web import kept
from escalation.web.access import requires
from escalation.web.case.acts import ACTS
from escalation.web.case.case_form import by_form
from escalation.web.identity import current_actor, request_time

bp = Blueprint("undo", __name__, url_prefix="/obstacles")

CATEGORY = "undo"
FORBIDDEN, CONFLICT, SEE_OTHER = 403, 409, 303
TOO_LATE = _l("The time to undo it is over: those concerned are being told.")
NOT_YOURS = _l("There is nothing here that you can undo: only who made the last move can, and once.")
CHANGED = _l("Something else has happened on the case since: it can no longer be undone.")


@dataclass(frozen=True)
class Offer:
    """What may be taken back and on which case, where to ask for it, and for how long still."""

    text: str
    url: str
    reference: str
    seconds: int


@bp.post("/<reference:reference>/undo")
@requires()
def take_back(reference: str) -> ResponseReturnValue:
    """Take back the last move of a case, whose words wait in its form again, or say why that is no longer possible."""
    obstacle = get_obstacle(current_actor(), reference)
    try:
        undo(obstacle.id, by_form(None))
    except TransitionNotAllowed:
        return _refused(reference, str(TOO_LATE)), CONFLICT
    except StaleObstacle:
        return _refused(reference, str(CHANGED)), CONFLICT
    except NotAllowed:
        return _refused(reference, str(NOT_YOURS)), FORBIDDEN
    undone = _what_was_undone(obstacle)
    _give_back(reference, undone)
    event = labels.event_label(undone.event, get_place(obstacle.province_code).kind)
    flash(_("Undone: %(event)s", event=event), "success")
    return redirect(url_for("case.show", reference=reference), SEE_OTHER)


def offer_undo(reference: str, words: str, seconds: int) -> None:
    """Offer on the next page that a move which was just made be taken back, while it may be."""
    if seconds:
        until = request_time() + timedelta(seconds=seconds)
        url = url_for("undo.take_back", reference=reference)
        offer: Any = [words, url, reference, until.isoformat()]
        flash(offer, CATEGORY)


@bp.app_template_global("undo_offer")
def undo_offer() -> Offer | None:
    """Return the offer to undo that this page makes; None without one, and when its time is over."""
    offers: Any = get_flashed_messages(category_filter=[CATEGORY])
    if not offers:
        return None
    text, url, reference, until = offers[-1]
    left = int((datetime.fromisoformat(until) - request_time()).total_seconds())
    return Offer(text, url, reference, left) if left > 0 else None


def _refused(reference: str, why: str) -> str:
    return render_template("pages/undo/refused.html", reference=reference, why=why)


def _what_was_undone(obstacle: Obstacle) -> Told:
    """Return the event that the last event of a case took back."""
    *_earlier, undone = taken_back(list_events(obstacle.id)).values()
    return undone


def _give_back(reference: str, undone: Told) -> None:
    """Put what was typed for a move that was taken back into its form again, as if it had not been sent."""
    action = next(move.action for move in TABLE if move.event is undone.event)
    given = {**undone.codes, **undone.texts}
    kept.give_back(ACTS[action].form(formdata=None), url_for("actions.act", reference=reference, action=action), given)
