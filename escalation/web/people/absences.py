"""The page on which who sits at a desk names a deputy for an absence, and sees for whom they act themselves."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import MEMBER_OFFICES
from escalation.queries.people.absences import list_absences, list_colleagues, list_desk_offices
from escalation.services.people.deputies import Absence, name_deputy, take_back_deputy
from escalation.services.people.people import WrongField
from escalation.web.access import requires
from escalation.web.forms.offices import AbsenceForm, blame_office
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("absences", __name__, url_prefix="/absences")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("")
@requires(*MEMBER_OFFICES)
def index() -> ResponseReturnValue:
    """Show who acts for me, for whom I act, and ask for a deputy."""
    return _page(_offered(AbsenceForm(formdata=None, data={"starts_on": local_day(request_time())})))


@bp.post("")
@requires(*MEMBER_OFFICES)
def create() -> ResponseReturnValue:
    """Name a deputy."""
    form = _offered(AbsenceForm())
    if not form.validate() or form.starts_on.data is None or form.ends_on.data is None:
        return _page(form), UNPROCESSABLE
    absence = Absence(
        mandate_id=int(form.mandate.data or 0),
        deputy_id=int(form.deputy.data or 0),
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
    )
    try:
        name_deputy(absence, person_id=by_id(), now=request_time())
    except WrongField as refused:
        blame_office(form, refused.field, refused.reason)
        return _page(form), UNPROCESSABLE
    flash(_("Recorded: your deputy is told."), "success")
    return redirect(url_for("absences.index"), SEE_OTHER)


@bp.post("/<int(max=2147483647):deputyship_id>/end")
@requires(*MEMBER_OFFICES)
def end(deputyship_id: int) -> ResponseReturnValue:
    """Take it back at once."""
    take_back_deputy(deputyship_id, person_id=by_id(), now=request_time())
    flash(_("Taken back: from now on nobody acts for you there."), "success")
    return redirect(url_for("absences.index"), SEE_OTHER)


def _offered(form: AbsenceForm) -> AbsenceForm:
    offices, language = list_desk_offices(current_actor()), labels.current_language()
    desks = {place.code: place for _mandate, place in offices}
    colleagues = list_colleagues(list(desks), by_id(), local_day(request_time()))
    form.offer(
        [
            (str(mandate.id), f"{labels.office_label(mandate.office, place.kind)} · {labels.name_of(place)}")
            for mandate, place in offices
        ],
        {
            labels.desk_at(desks[code].level, desks[code]): [(str(one.id), one.name(language)) for one in people]
            for code, people in colleagues.items()
        },
    )
    return form


def _page(form: AbsenceForm) -> str:
    me = by_id()
    found = list_absences(me, local_day(request_time()))
    return render_template(
        "pages/absences/index.html",
        form=form,
        mine=[one for one in found if one.holder.id == me],
        theirs=[one for one in found if one.deputy.id == me],
        today=local_day(request_time()),
    )
