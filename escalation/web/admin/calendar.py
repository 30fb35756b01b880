"""The working calendar as an administrator sees and corrects it: what a change moves is shown before it is saved."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.queries.calendar import list_days
from escalation.queries.case.open_clocks import MovedDates
from escalation.queries.case.warned import list_pauses
from escalation.queries.people.directory import regions_of
from escalation.queries.places import list_communes_by_province
from escalation.services.calendar import change_day, pause_reminders, plan_day
from escalation.services.people.people import WrongField
from escalation.web.access import requires, sensitive
from escalation.web.forms.calendar import REASONS, DayForm, PauseForm
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_calendar", __name__, url_prefix="/admin/calendar")

SEE_OTHER, UNPROCESSABLE = 303, 422
MOST_SHOWN = 20


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the days off to come, and what was corrected."""
    return _page()


@bp.post("")
@requires(Office.ADMINISTRATOR)
@sensitive
def change() -> ResponseReturnValue:
    """Show what a change of a day moves; sent again as sure, make it."""
    form = _day_form(DayForm())
    if not form.validate():
        return _page(form), UNPROCESSABLE
    try:
        if request.form.get("sure") != "1":
            return _page(form, plan_day(form.change(), local_day(request_time())))
        moved = change_day(form.change(), current_actor(), request_time())
    except WrongField as refused:
        form[refused.field].errors = [str(REASONS[refused.reason])]
        return _page(form), UNPROCESSABLE
    flash(
        ngettext("Saved: %(num)d case has another date.", "Saved: %(num)d cases have another date.", len(moved)),
        "success",
    )
    return redirect(url_for("admin_calendar.index"), SEE_OTHER)


@bp.post("/pause")
@requires(Office.ADMINISTRATOR)
@sensitive
def pause() -> ResponseReturnValue:
    """Let reminders rest from one day to another, or leave again."""
    form = PauseForm()
    if not form.validate():
        return _page(pausing=form), UNPROCESSABLE
    try:
        pause_reminders(form.starts_on.data, form.ends_on.data, by_id(), request_time())
    except WrongField as refused:
        form[refused.field].errors = [str(REASONS[refused.reason])]
        return _page(pausing=form), UNPROCESSABLE
    flash(_("Saved."), "success")
    return redirect(url_for("admin_calendar.index"), SEE_OTHER)


def _day_form(form: DayForm) -> DayForm:
    form.offer(list_communes_by_province(regions_of(current_actor())))
    return form


def _page(
    form: DayForm | None = None, moved: Sequence[MovedDates] | None = None, pausing: PauseForm | None = None
) -> str:
    today = local_day(request_time())
    return render_template(
        "pages/admin/calendar.html",
        form=form or _day_form(DayForm(formdata=None)),
        pausing=(pausing or PauseForm(formdata=None)).among_others("pause"),
        refused=next((one for one in (form, pausing) if one is not None and one.errors), None),
        moved=moved,
        shown=list(moved or ())[:MOST_SHOWN],
        days=list_days(today),
        pauses=list_pauses(today),
    )
