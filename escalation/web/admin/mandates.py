"""Offices that end, and who follows: the last day of a mandate, and the page that replaces who holds it."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Office
from escalation.domain.errors import NotAllowed, NotFound
from escalation.queries.people import directory
from escalation.queries.people.directory import Held, regions_of
from escalation.services.people import administration
from escalation.services.people.invitations import POWERFUL
from escalation.services.people.people import WrongField
from escalation.services.people.replacement import Successor, replace_holder
from escalation.web.access import requires, sensitive
from escalation.web.admin.acting import administrator, person_here
from escalation.web.admin.people import person_page
from escalation.web.admin.words import NOT_ALLOWED
from escalation.web.forms.admin import EndForm, ReplaceForm, blame
from escalation.web.identity import current_actor, request_time

bp = Blueprint("admin_mandates", __name__, url_prefix="/admin/mandates")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.post("/<int(max=2147483647):mandate_id>/end")
@requires(Office.ADMINISTRATOR)
@sensitive
def end(mandate_id: int) -> ResponseReturnValue:
    """Write the last day of an office."""
    held, form = _held(mandate_id), EndForm()
    person = person_here(held.mandate.person_id)
    if not form.validate() or form.ends_on.data is None:
        return person_page(person, None, {mandate_id: form}), UNPROCESSABLE
    try:
        administration.end_mandate(mandate_id, form.ends_on.data, administrator())
    except WrongField as refused:
        blame(form, refused.field, refused.reason)
        return person_page(person_here(person.id), None, {mandate_id: form}), UNPROCESSABLE
    except NotAllowed as refused:
        form.ends_on.errors = [str(NOT_ALLOWED[refused.reason])]
        return person_page(person_here(person.id), None, {mandate_id: form}), UNPROCESSABLE
    flash(_("The last day is recorded."), "success")
    return redirect(url_for("admin_people.show", person_id=person.id), SEE_OTHER)


@bp.get("/<int(max=2147483647):mandate_id>/replace")
@requires(Office.ADMINISTRATOR)
def ask(mandate_id: int) -> ResponseReturnValue:
    """Ask who follows, and from when."""
    held = _replaceable(mandate_id)
    last_day = held.mandate.ends_on or local_day(request_time())
    form = ReplaceForm(formdata=None, data={"language": Language.AR.value, "last_day": last_day})
    return _page(held, form)


@bp.post("/<int(max=2147483647):mandate_id>/replace")
@requires(Office.ADMINISTRATOR)
@sensitive
def replace(mandate_id: int) -> ResponseReturnValue:
    """End the office of who leaves, and invite who follows."""
    held, form = _replaceable(mandate_id), ReplaceForm()
    form.offer()
    if not form.validate() or form.last_day.data is None:
        return _page(held, form), UNPROCESSABLE
    try:
        outcome = replace_holder(mandate_id, form.last_day.data, _successor(form), administrator())
    except WrongField as refused:
        blame(form, refused.field, refused.reason)
        return _page(_replaceable(mandate_id), form), UNPROCESSABLE
    except NotAllowed as refused:
        form.last_day.errors = [str(NOT_ALLOWED[refused.reason])]
        return _page(_replaceable(mandate_id), form), UNPROCESSABLE
    if outcome.mandate_id is not None:
        flash(_("The replacement is recorded, and who follows is told."), "success")
    else:
        flash(_("The last day is recorded, and who follows is invited."), "success")
    return redirect(url_for("admin_people.show", person_id=outcome.person_id), SEE_OTHER)


def _held(mandate_id: int) -> Held:
    return directory.get_mandate(regions_of(current_actor()), mandate_id)


def _replaceable(mandate_id: int) -> Held:
    """Return an office that has not ended. Raises: NotFound."""
    held = _held(mandate_id)
    if held.mandate.ends_on is not None and held.mandate.ends_on < local_day(request_time()):
        raise NotFound("mandate")
    return held


def _successor(form: ReplaceForm) -> Successor:
    return Successor(
        email=form.email.data or "",
        name_ar=form.name_ar.data or "",
        name_fr=form.name_fr.data or "",
        phone=form.phone.data or "",
        language=Language(form.language.data),
        ends_on=form.ends_on.data,
    )


def _page(held: Held, form: ReplaceForm) -> str:
    form.offer()
    return render_template(
        "pages/admin/replace.html",
        form=form,
        held=held,
        person=person_here(held.mandate.person_id),
        waits=held.mandate.office in POWERFUL,
        yesterday=local_day(request_time()) - timedelta(days=1),
    )
