"""The pages of a filing: the questions, the draft with where it would go, the filing itself, the discarding."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import COMMUNE_OFFICES, Action, Office, Status
from escalation.domain.errors import AlreadySubmitted, NotAllowed, NotFound, StaleObstacle
from escalation.domain.policy import may, may_file
from escalation.domain.proposals import SECTOR_OF_TYPE
from escalation.models.obstacles import Obstacle
from escalation.models.places import Place
from escalation.queries.cases import read_dossier
from escalation.queries.obstacles import get_draft
from escalation.queries.places import get_places
from escalation.queries.routes import preview_route
from escalation.queries.taxonomy import list_bodies, list_obstacle_types, list_sectors
from escalation.services.filing import discard_draft, file_obstacle, save_draft
from escalation.services.transitions import By
from escalation.web import kept as keeping
from escalation.web.access import requires
from escalation.web.forms.filing import FilingForm, answers_of
from escalation.web.identity import current_actor, request_time
from escalation.web.kept_draft import keep_filing

bp = Blueprint("filing", __name__, url_prefix="/obstacles")

FORBIDDEN, UNPROCESSABLE, CONFLICT, SEE_OTHER = 403, 422, 409, 303


@bp.get("/new")
@requires(*COMMUNE_OFFICES)
def new() -> ResponseReturnValue:
    """Show the questions, unanswered but for what was typed before and belongs to no draft yet."""
    form = _form(idempotency_key=str(uuid.uuid4()))
    return _page(form, kept=keeping.restore(form))


@bp.post("/new")
@requires(*COMMUNE_OFFICES)
def create() -> ResponseReturnValue:
    """Keep the answers as a draft, or file them."""
    return _save(_form(), None)


@bp.get("/drafts/<int(max=2147483647):draft_id>")
@requires(*COMMUNE_OFFICES, Office.SECRETARIAT_STAFF)
def edit(draft_id: int) -> ResponseReturnValue:
    """Show a draft and where it would go; what has been filed since is shown as the case it became."""
    draft = get_draft(current_actor(), draft_id)
    if draft.status is not Status.DRAFT:
        return redirect(url_for("case.show", reference=draft.reference))
    form = _form(**answers_of(draft), idempotency_key=str(uuid.uuid4()))
    return _page(form, draft, kept=keeping.restore_beside_draft(form, draft.changed_at))


@bp.post("/drafts/<int(max=2147483647):draft_id>")
@requires(*COMMUNE_OFFICES, Office.SECRETARIAT_STAFF)
def update(draft_id: int) -> ResponseReturnValue:
    """Keep the answers in the draft, or file it; when it is there no more, show them as those of a new draft."""
    form = _form()
    try:
        return _save(form, get_draft(current_actor(), draft_id))
    except NotFound:
        if not _communes():
            raise
        _begin_anew(form)
        return _page(form, is_gone=True), CONFLICT


@bp.post("/drafts/<int(max=2147483647):draft_id>/discard")
@requires(*COMMUNE_OFFICES, Office.SECRETARIAT_STAFF)
def discard(draft_id: int) -> ResponseReturnValue:
    """Delete a draft for good."""
    discard_draft(get_draft(current_actor(), draft_id).id, _by(None))
    flash(_("The draft was deleted."), "success")
    return redirect(url_for("obstacles.index"), SEE_OTHER)


def _save(form: FilingForm, draft: Obstacle | None) -> ResponseReturnValue:
    """Carry out what the pressed button says: save, continue to where it goes, or file."""
    if keeping.is_asked():
        return _keep(form, draft)
    do = request.form.get("do", "continue")
    is_sound = form.is_keepable() if do == "save" else form.is_fileable()
    if not (draft or form.names_commune()) or not is_sound:
        return _page(form, draft), UNPROCESSABLE
    commune_code = draft.commune_code if draft else (form.commune.data or _communes()[0].code)
    keep = file_obstacle if do == "file" else save_draft
    try:
        kept = keep(commune_code, form.content(), _by(form), draft.id if draft else None)
    except NotAllowed:
        return _kept_only(form, save_draft(commune_code, form.content(), _by(form), draft.id if draft else None))
    except StaleObstacle as stale:
        return _page(form, draft, changed_version=stale.version), CONFLICT
    except AlreadySubmitted as sent:
        return _sent_before(form, sent.obstacle_id), CONFLICT
    return _after(kept, do)


def _keep(form: FilingForm, draft: Obstacle | None) -> ResponseReturnValue:
    """Keep what is being typed: in a draft, but for somebody who may still choose another commune for it."""
    if (draft is None and len(_communes()) != 1) or not keeping.is_keeping():
        return keeping.keep_answers(form)
    return keep_filing(form, draft.commune_code if draft else _communes()[0].code, draft, _by(form))


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
    return _page(form, draft), FORBIDDEN


def _page(
    form: FilingForm,
    draft: Obstacle | None = None,
    changed_version: int | None = None,
    *,
    is_gone: bool = False,
    kept: keeping.Kept | None = None,
) -> str:
    if changed_version is not None:
        form.show_version(changed_version)
    shown = None if form.errors else draft
    return render_template(
        "pages/filing/form.html",
        form=form,
        draft=draft,
        changed=changed_version is not None,
        is_gone=is_gone,
        kept=kept,
        preview=preview_route(shown, request_time()) if shown else None,
        may_file=any(may_file(current_actor(), code) for code in _communes_of(draft)),
        may_discard=draft is not None and _may_discard(draft),
        communes=_communes(),
        sectors_of_types=SECTOR_OF_TYPE,
    )


def _communes_of(draft: Obstacle | None) -> list[str]:
    return [draft.commune_code] if draft else [place.code for place in _communes()]


def _may_discard(draft: Obstacle) -> bool:
    return may(current_actor(), Action.DISCARD, read_dossier(draft, request_time()).case)


def _sent_before(form: FilingForm, obstacle_id: int) -> str:
    """Show what was filed beside what was sent now, which can be kept as a draft of its own."""
    filed = get_draft(current_actor(), obstacle_id)
    _begin_anew(form)
    form.commune.data = filed.commune_code
    return render_template("pages/filing/sent_before.html", form=form, filed=filed, communes=_communes())


def _begin_anew(form: FilingForm) -> None:
    """Let what was typed belong to no draft yet."""
    form.idempotency_key.data = str(uuid.uuid4())
    form.idempotency_key.raw_data = form.version.raw_data = None
    form.version.data = ""


def _form(**answers: object) -> FilingForm:
    form = FilingForm(data=answers) if answers else FilingForm()
    form.today = local_day(request_time())
    form.offer(_communes(), _types(), list_bodies(), list_sectors())
    return form


def _types() -> dict[str, list[tuple[str, str]]]:
    """Return the obstacle types under the names of their groups."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("", _("Choose…"))]}
    for row in list_obstacle_types():
        groups.setdefault(labels.type_group_label(row.group), []).append((row.code, labels.name_of(row)))
    return groups


def _communes() -> list[Place]:
    mandates = [mandate for mandate in current_actor().mandates if mandate.office in COMMUNE_OFFICES]
    if "communes" not in g:
        places = get_places({mandate.place_code for mandate in mandates})
        g.communes = [places[code] for code in dict.fromkeys(mandate.place_code for mandate in mandates)]
    return g.communes


def _by(form: FilingForm | None) -> By:
    seen, key = (form.seen_version, form.key) if form else (None, None)
    return By(actor=current_actor(), now=request_time(), seen_version=seen, key=key)
