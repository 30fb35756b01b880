"""The page on which a president lets a delegate file for a time, or takes that back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.queries.people.absences import Delegate, list_delegates
from escalation.services.people.people import WrongField
from escalation.services.people.permissions import grant_filing_permission, take_back_permission
from escalation.web.access import requires
from escalation.web.forms.offices import PermissionForm, blame_office
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("delegates", __name__, url_prefix="/delegates")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("")
@requires(Office.COMMUNE_PRESIDENT)
def index() -> ResponseReturnValue:
    """Show the delegates of my communes, and who of them may file until when."""
    return _page(PermissionForm(formdata=None, data={"starts_on": local_day(request_time())}))


@bp.post("")
@requires(Office.COMMUNE_PRESIDENT)
def create() -> ResponseReturnValue:
    """Let a delegate file for a time."""
    form = PermissionForm()
    form.offer(_choices(_delegates()))
    if not form.validate() or form.starts_on.data is None or form.ends_on.data is None:
        return _page(form), UNPROCESSABLE
    try:
        grant_filing_permission(
            mandate_id=int(form.delegate.data or 0),
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
            granted_by_id=by_id(),
            now=request_time(),
            tells=True,
        )
    except WrongField as refused:
        blame_office(form, refused.field, refused.reason)
        return _page(form), UNPROCESSABLE
    flash(_("Recorded: the delegate is told."), "success")
    return redirect(url_for("delegates.index"), SEE_OTHER)


@bp.post("/<int(max=2147483647):permission_id>/end")
@requires(Office.COMMUNE_PRESIDENT)
def end(permission_id: int) -> ResponseReturnValue:
    """Take a permission back at once."""
    take_back_permission(permission_id, person_id=by_id(), now=request_time())
    flash(_("Taken back: from now on this delegate only prepares."), "success")
    return redirect(url_for("delegates.index"), SEE_OTHER)


def _delegates() -> list[Delegate]:
    held = current_actor().mandates
    communes = {mandate.place_code for mandate in held if mandate.office is Office.COMMUNE_PRESIDENT}
    return list(list_delegates(communes, local_day(request_time())))


def _choices(delegates: list[Delegate]) -> list[tuple[str, str]]:
    language = labels.current_language()
    return [(str(one.mandate.id), f"{one.person.name(language)} · {labels.name_of(one.place)}") for one in delegates]


def _page(form: PermissionForm) -> str:
    delegates = _delegates()
    form.offer(_choices(delegates))
    return render_template("pages/delegates/index.html", form=form, delegates=delegates)
