"""The page on which an administrator lets an office rest for a time, says who holds it meanwhile, or ends that."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.queries.people import directory
from escalation.queries.people.directory import regions_of
from escalation.queries.people.rests import find_suspended, list_interims, list_suspensions
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.people.suspensions import Rest, lift_suspension, suspend_office
from escalation.web.access import requires, sensitive
from escalation.web.forms.offices import SuspensionForm, blame_office
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("rests", __name__, url_prefix="/admin")

SEE_OTHER, UNPROCESSABLE, NOT_FOUND = 303, 422, 404


@bp.get("/mandates/<int(max=2147483647):mandate_id>/rest")
@requires(Office.ADMINISTRATOR)
def show(mandate_id: int) -> ResponseReturnValue:
    """Show when an office rests, and ask for another such time."""
    return _page(mandate_id, SuspensionForm(formdata=None, data={"starts_on": local_day(request_time())}))


@bp.post("/mandates/<int(max=2147483647):mandate_id>/rest")
@requires(Office.ADMINISTRATOR)
@sensitive
def create(mandate_id: int) -> ResponseReturnValue:
    """Let an office rest."""
    directory.get_mandate(regions_of(current_actor()), mandate_id)
    form = SuspensionForm()
    if not form.validate() or form.starts_on.data is None:
        return _page(mandate_id, form), UNPROCESSABLE
    rest = Rest(starts_on=form.starts_on.data, ends_on=form.ends_on.data, interim=form.interim.data or "")
    try:
        suspend_office(mandate_id, rest, _administrator())
    except WrongField as refused:
        blame_office(form, refused.field, refused.reason)
        return _page(mandate_id, form), UNPROCESSABLE
    flash(_("Recorded: from its first day the office gives no access."), "success")
    return redirect(url_for("rests.show", mandate_id=mandate_id), SEE_OTHER)


@bp.post("/suspensions/<int(max=2147483647):suspension_id>/lift")
@requires(Office.ADMINISTRATOR)
@sensitive
def lift(suspension_id: int) -> ResponseReturnValue:
    """End a suspension at once, and with it what an interim holds."""
    mandate_id = find_suspended(suspension_id)
    if mandate_id is None:
        abort(NOT_FOUND)
    lift_suspension(suspension_id, _administrator())
    flash(_("The office gives its holder access again."), "success")
    return redirect(url_for("rests.show", mandate_id=mandate_id), SEE_OTHER)


def _administrator() -> Administrator:
    return Administrator(by_id(), regions_of(current_actor()), request_time())


def _page(mandate_id: int, form: SuspensionForm) -> str:
    held = directory.get_mandate(regions_of(current_actor()), mandate_id)
    return render_template(
        "pages/admin/rest.html",
        form=form,
        held=held,
        person=directory.get_person(regions_of(current_actor()), held.mandate.person_id),
        suspensions=list_suspensions(mandate_id),
        interims=list_interims(mandate_id),
        today=local_day(request_time()),
    )
