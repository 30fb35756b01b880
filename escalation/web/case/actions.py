"""The pages of the moves: one address a move, one form, one service; and what is said when the page was stale."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Action
from escalation.domain.errors import (
    AlreadySubmitted,
    DomainError,
    MissingInput,
    StaleObstacle,
    TransitionNotAllowed,
    WrongInput,
)
from escalation.models.obstacles import Obstacle
from escalation.queries.case.timeline import list_events
from escalation.services.case.transitions import check_move
from escalation.web import files, kept
from escalation.web.access import requires
from escalation.web.case import case_page
from escalation.web.case.acting import acting_words, move_choices
from escalation.web.case.acts import ACTS
from escalation.web.case.asking import Asking
from escalation.web.case.before import words_before
from escalation.web.case.case_form import AS_ASKED, by_form, changes_since, first_answers, read_case
from escalation.web.case.refusals import mark, move_words
from escalation.web.case.timeline_words import (
    asked_words,
    awaited_words,
    desk_words,
    ground_words,
    meant_for_words,
    moved_words,
)
from escalation.web.case.undo import offer_undo
from escalation.web.forms.actions import MoveForm
from escalation.web.forms.fields import new_key
from escalation.web.identity import current_actor
from escalation.web.lists.queue_trail import form_trail, url_after_move
from escalation.web.uploads import takes_files

bp = Blueprint("actions", __name__, url_prefix="/obstacles")
for words in (asked_words, awaited_words, desk_words, ground_words, meant_for_words, moved_words, new_key):
    bp.add_app_template_global(words)

UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


@bp.get("/<reference:reference>/<action:action>")
@requires()
def ask(reference: str, action: Action) -> ResponseReturnValue:
    """Show the form of a move to those who may make it now; why it cannot be made, when the case forbids it."""
    asking = _asking(reference)
    form = _form(asking, action, fresh=True)
    try:
        check_move(asking.dossier, action, by_form(None))
    except TransitionNotAllowed as refused:
        return _page(asking, action, form, refusal=move_words(refused), is_blank=True), CONFLICT
    return _page(asking, action, form)


@bp.post("/<reference:reference>/<action:action>")
@requires()
@takes_files
def act(reference: str, action: Action) -> ResponseReturnValue:
    """Make a move, once; a form that lacks something comes back whole, a stale one with what changed."""
    asking = _asking(reference)
    form = _form(asking, action)
    if kept.is_asked() or files.is_attaching():
        check_move(asking.dossier, action, by_form(None))
        return kept.keep_answers(form) if kept.is_asked() else _attached(asking, form)
    try:
        done = _carried_out(asking, action, form)
    except (StaleObstacle, AlreadySubmitted) as conflict:
        return _conflict(reference, action, form, conflict), CONFLICT
    except TransitionNotAllowed as refused:
        return _page(asking, action, form, refusal=move_words(refused)), CONFLICT
    return _onwards(asking, action, done) if done else (_page(asking, action, form), UNPROCESSABLE)


def _carried_out(asking: Asking, action: Action, form: MoveForm) -> Obstacle | None:
    """Return the obstacle after the move; None when an answer is wrong or missing, which its question then says."""
    by = by_form(form, may_undo=True)
    if action in case_page.offered_actions(current_actor(), asking.dossier):
        files.take_in(form, asking.dossier.obstacle.commune_code)
    if not form.validate():
        check_move(asking.dossier, action, by)
        return None
    try:
        return ACTS[action].carry_out(asking.dossier.obstacle.id, by, form)
    except (WrongInput, MissingInput) as refused:
        mark(form, refused)
        return None


def _attached(asking: Asking, form: MoveForm) -> ResponseReturnValue:
    """Take in files of a form that is still being written, and tell which wait now."""
    files.take_in(form, asking.dossier.obstacle.commune_code)
    return files.told(form)


def _onwards(asking: Asking, action: Action, done: Obstacle) -> ResponseReturnValue:
    """Say what was done, offer to take it back, and lead on."""
    kept.forget()
    reference, words, onwards = str(done.reference), _label(asking, action), url_after_move(str(done.reference))
    is_elsewhere = not onwards.startswith(url_for("case.show", reference=reference))
    flash(_("Done: %(action)s", action=f"{words} · \u2066{reference}\u2069" if is_elsewhere else words), "success")
    offer_undo(reference, words, asking.dossier.settings.undo_seconds)
    return redirect(onwards, SEE_OTHER)


def _conflict(reference: str, action: Action, form: MoveForm, conflict: DomainError) -> str:
    """Tell the second of two what changed meanwhile, with all that they typed."""
    asking = _asking(reference)
    form.prepare(asking)
    changes = changes_since(asking.dossier, form.seen_version)
    form.renew(asking.dossier.obstacle.version)
    return _page(asking, action, form, changes=changes, was_sent=isinstance(conflict, AlreadySubmitted))


def _page(asking: Asking, action: Action, form: MoveForm, **more: object) -> str:
    obstacle = asking.dossier.obstacle
    is_possible = action in case_page.offered_actions(current_actor(), asking.dossier)
    files.hold(form)
    return render_template(
        "pages/actions/ask.html",
        **AS_ASKED | more,
        action=action,
        address=url_for("actions.act", reference=obstacle.reference, action=action),
        act=ACTS[action],
        acting=acting_words(asking.actor, asking.dossier, [action]) if is_possible and not form.acting_in else [],
        before=words_before(action, asking) if is_possible else [],
        events=list_events(obstacle.id),
        form=form,
        heading=_label(asking, action),
        is_commune=asking.is_commune,
        is_possible=is_possible,
        obstacle=obstacle,
        page=case_page,
        province=asking.province,
        trail=form_trail(str(obstacle.reference)),
    )


def _form(asking: Asking, action: Action, *, fresh: bool = False) -> MoveForm:
    form = ACTS[action].form(data=first_answers(asking.dossier)) if fresh else ACTS[action].form()
    if fresh:
        kept.restore(form)
    form.prepare(asking)
    form.offer_offices(move_choices(asking.actor, asking.dossier, action))
    return form


def _asking(reference: str) -> Asking:
    return Asking(read_case(reference), current_actor())


def _label(asking: Asking, action: Action) -> str:
    return labels.move_label(action, asking.province.kind, is_commune=asking.is_commune)
