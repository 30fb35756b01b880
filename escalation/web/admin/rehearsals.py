"""Rehearsing delays: writing a draft, having the last 90 days replayed under it, reading what came out, deciding it."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.rehearsal import Effect
from escalation.domain.settings import SETTING_RULES, ChangeInThePast, ScopeNotAdmitted, SettingOutOfBounds
from escalation.models.rehearsals import Rehearsal, RehearsalStatus
from escalation.queries.people.directory import regions_of
from escalation.queries.places import get_places
from escalation.queries.rehearsals import PAGE, find_person, get_rehearsal, list_found, list_rehearsals
from escalation.queries.taxonomy import find_obstacle_type, list_obstacle_types
from escalation.services import rehearsals
from escalation.services.rehearsals import REHEARSED, NotNow
from escalation.web.access import requires, sensitive
from escalation.web.admin.acting import administrator
from escalation.web.admin.rehearsal_words import EFFECT_WORDS, NOT_NOW
from escalation.web.admin.words import SETTING_WORDS
from escalation.web.asked import asked_code, asked_number
from escalation.web.forms.allowances import ForceForm, LineForm
from escalation.web.identity import current_actor, request_time

bp = Blueprint("admin_rehearsals", __name__, url_prefix="/admin/rehearsals")

SEE_OTHER, UNPROCESSABLE, CONFLICT = 303, 422, 409
REFRESH_AFTER_S = 3


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the latest drafts, and begin another."""
    regions = regions_of(current_actor())
    return render_template(
        "pages/admin/rehearsals.html", latest=list_rehearsals(regions), regions=list(get_places(regions).values())
    )


@bp.post("")
@requires(Office.ADMINISTRATOR)
@sensitive
def create() -> ResponseReturnValue:
    """Begin a draft for one of the administrator's regions."""
    region = request.form.get("region", "") or min(regions_of(current_actor()))
    return _to(rehearsals.begin_rehearsal(region, administrator()))


@bp.get("/<int(max=2147483647):rehearsal_id>")
@requires(Office.ADMINISTRATOR)
def show(rehearsal_id: int) -> ResponseReturnValue:
    """Show a draft and what came out; while a worker replays it, the page asks again by itself."""
    row = _row(rehearsal_id)
    answer = make_response(_page(row))
    if row.status is RehearsalStatus.WAITING:
        answer.headers["Refresh"] = str(REFRESH_AFTER_S)
    return answer


@bp.post("/<int(max=2147483647):rehearsal_id>/lines")
@requires(Office.ADMINISTRATOR)
@sensitive
def write(rehearsal_id: int) -> ResponseReturnValue:
    """Write a delay into a draft."""
    row, form = _row(rehearsal_id), _offered(LineForm())
    key = form.key.data or ""
    if not form.validate():
        return _page(row, form), UNPROCESSABLE
    try:
        rehearsals.write_line(rehearsal_id, key, form.days, form.scope, administrator())
    except ScopeNotAdmitted as refused:
        form.blame_scope(refused)
    except SettingOutOfBounds:
        form.blame_value(key)
    except NotNow as refused:
        form.key.errors = [str(NOT_NOW[refused.reason])]
    else:
        return _to(rehearsal_id)
    return _page(_row(rehearsal_id), form), UNPROCESSABLE


@bp.post("/<int(max=2147483647):rehearsal_id>/drop")
@requires(Office.ADMINISTRATOR)
@sensitive
def drop(rehearsal_id: int) -> ResponseReturnValue:
    """Take a delay out of a draft."""
    number = request.form.get("line", -1, type=int)
    return _try(rehearsal_id, lambda: rehearsals.drop_line(rehearsal_id, number, administrator()))


@bp.post("/<int(max=2147483647):rehearsal_id>/run")
@requires(Office.ADMINISTRATOR)
@sensitive
def run(rehearsal_id: int) -> ResponseReturnValue:
    """Have a draft replayed by a worker."""
    return _try(rehearsal_id, lambda: rehearsals.run_rehearsal(rehearsal_id, administrator()))


@bp.post("/<int(max=2147483647):rehearsal_id>/force")
@requires(Office.ADMINISTRATOR)
@sensitive
def force(rehearsal_id: int) -> ResponseReturnValue:
    """Put a rehearsed draft into force from a day to come on."""
    row, form = _row(rehearsal_id), ForceForm()
    if not form.validate() or form.effective_on.data is None:
        return _page(row, forcing=form), UNPROCESSABLE
    try:
        rehearsals.put_into_force(rehearsal_id, form.effective_on.data, administrator())
    except ChangeInThePast:
        form.effective_on.errors = [_("A delay changes tomorrow at the earliest: the past keeps what it had.")]
        return _page(_row(rehearsal_id), forcing=form), UNPROCESSABLE
    except NotNow as refused:
        form.effective_on.errors = [str(NOT_NOW[refused.reason])]
        return _page(_row(rehearsal_id), forcing=form), UNPROCESSABLE
    flash(_("Recorded: these delays hold from that day on. What was given before keeps what it had."), "success")
    return _to(rehearsal_id)


@bp.get("/<int(max=2147483647):rehearsal_id>/cases")
@requires(Office.ADMINISTRATOR)
def cases(rehearsal_id: int) -> ResponseReturnValue:
    """Show the cases on which something was or would have been, page by page."""
    row, kind = _row(rehearsal_id), asked_code("kind", Effect) or Effect.LATE
    after, stay = asked_number("after"), asked_number("stay")
    all_of_them = request.args.get("all") == "1"
    place = (after, stay) if after and stay else None
    found = list_found(row, kind, current_actor(), place, all_of_them=all_of_them) if _is_done(row) else []
    shown = found[:PAGE]
    here: dict[str, Any] = {"rehearsal_id": row.id, "kind": kind.value, "all": "1" if all_of_them else None}
    is_more = len(found) > len(shown)
    last = shown[-1].effect if is_more else None
    more = url_for(".cases", **here, after=last.obstacle_id, stay=last.stay) if last else None
    return render_template(
        "pages/admin/rehearsed_cases.html",
        row=row,
        kind=kind,
        words=EFFECT_WORDS,
        found=shown,
        all_of_them=all_of_them,
        type_of=find_obstacle_type,
        next_url=more,
    )


def _row(rehearsal_id: int) -> Rehearsal:
    return get_rehearsal(regions_of(current_actor()), rehearsal_id)


def _to(rehearsal_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_rehearsals.show", rehearsal_id=rehearsal_id), SEE_OTHER)


def _try(rehearsal_id: int, act: Callable[[], None]) -> ResponseReturnValue:
    """Do something with a draft, or say why it cannot be done now."""
    _row(rehearsal_id)
    try:
        act()
    except NotNow as refused:
        flash(str(NOT_NOW[refused.reason]), "error")
    return _to(rehearsal_id)


def _offered(form: LineForm) -> LineForm:
    form.offer(list_obstacle_types())
    form.offer_keys(REHEARSED)
    return form


def _is_done(row: Rehearsal) -> bool:
    return row.status is RehearsalStatus.DONE


def _page(row: Rehearsal, form: LineForm | None = None, forcing: ForceForm | None = None) -> str:
    return render_template(
        "pages/admin/rehearsal.html",
        row=row,
        lines=rehearsals.lines_of(row, row.until_on or local_day(request_time())),
        form=form or _offered(LineForm(formdata=None)),
        forcing=forcing or ForceForm(formdata=None),
        refused=next((one for one in (form, forcing) if one is not None and one.errors), None),
        words=SETTING_WORDS,
        rules=SETTING_RULES,
        effects=_effects(row) if _is_done(row) else [],
        begun_by=find_person(row.person_id),
        forced_by=find_person(row.forced_by_id),
    )


def _effects(row: Rehearsal) -> Sequence[tuple[Effect, Any, Sequence[int]]]:
    """Return each effect with its words, and how often it was, would have been, and only was or would have been."""
    return [(effect, EFFECT_WORDS[effect], row.counts.get(effect.value, (0, 0, 0, 0))) for effect in Effect]
