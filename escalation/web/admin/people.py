"""People as an administrator sees them: the list, one person, what is corrected, suspended or restored."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.errors import NotAllowed
from escalation.domain.phones import phone_text
from escalation.models.people import Person
from escalation.queries.messages.failures import find_failure
from escalation.queries.people import directory
from escalation.queries.people.directory import State, Wanted, regions_of
from escalation.queries.people.events import list_sessions_of, list_sign_ins
from escalation.queries.people.factors import get_enrolled
from escalation.services.messages.failures import lift_by_hand
from escalation.services.people import administration
from escalation.services.people.administration import Correction
from escalation.services.people.people import WrongField
from escalation.web.access import requires, sensitive
from escalation.web.admin.acting import administrator, person_here
from escalation.web.admin.words import NOT_ALLOWED, STATE_WORDS
from escalation.web.asked import asked_code, asked_number, asked_words
from escalation.web.forms.admin import EndForm, PersonForm, blame
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_people", __name__, url_prefix="/admin")

SEE_OTHER, UNPROCESSABLE = 303, 422
LATEST = 5


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the people of the administrator's regions, and what waits for a second administrator."""
    regions, after, today = regions_of(current_actor()), asked_number("after"), local_day(request_time())
    wanted = Wanted(asked_words("q"), asked_code("office", Office), asked_code("state", State))
    found = directory.list_people(regions, wanted, today, after)
    people = found[: directory.PAGE]
    asked: dict[str, Any] = {"q": wanted.words or None, "office": wanted.office, "state": wanted.state}
    more = url_for("admin_people.index", **asked, after=people[-1].id) if len(found) > len(people) else None
    return render_template(
        "pages/admin/people.html",
        people=people,
        held=directory.list_held([person.id for person in people]),
        waiting=directory.list_invitations(regions, to_approve=True)[: directory.PAGE] if after is None else [],
        wanted=wanted,
        offices=list(Office),
        states=STATE_WORDS,
        next_url=more,
        today=today,
        is_live=directory.is_live,
        me=by_id(),
        now=request_time(),
    )


@bp.get("/people/<int(max=2147483647):person_id>")
@requires(Office.ADMINISTRATOR)
def show(person_id: int) -> ResponseReturnValue:
    """Show one person: how they are called, what they hold, what waits, and how they signed in."""
    return person_page(person_here(person_id))


@bp.post("/people/<int(max=2147483647):person_id>")
@requires(Office.ADMINISTRATOR)
@sensitive
def correct(person_id: int) -> ResponseReturnValue:
    """Correct names, address and number."""
    person, form = person_here(person_id), PersonForm()
    if not form.validate():
        return person_page(person, form), UNPROCESSABLE
    try:
        administration.correct_person(person_id, _correction(form), administrator())
    except WrongField as refused:
        blame(form, refused.field, refused.reason)
        return person_page(person_here(person_id), form), UNPROCESSABLE
    except NotAllowed as refused:
        form.email.errors = [str(NOT_ALLOWED[refused.reason])]
        return person_page(person_here(person_id), form), UNPROCESSABLE
    flash(_("Saved."), "success")
    return _back(person_id)


@bp.post("/people/<int(max=2147483647):person_id>/suspend")
@requires(Office.ADMINISTRATOR)
@sensitive
def suspend(person_id: int) -> ResponseReturnValue:
    """Close an account until further notice."""
    person_here(person_id)
    try:
        administration.suspend(person_id, administrator())
    except NotAllowed as refused:
        flash(str(NOT_ALLOWED[refused.reason]), "error")
    else:
        flash(_("The account is suspended, and its sessions have ended."), "success")
    return _back(person_id)


@bp.post("/people/<int(max=2147483647):person_id>/restore")
@requires(Office.ADMINISTRATOR)
@sensitive
def restore(person_id: int) -> ResponseReturnValue:
    """Open a suspended account again."""
    person_here(person_id)
    try:
        administration.restore(person_id, administrator())
    except NotAllowed as refused:
        flash(str(NOT_ALLOWED[refused.reason]), "error")
    else:
        flash(_("The account is open again."), "success")
    return _back(person_id)


@bp.post("/people/<int(max=2147483647):person_id>/address-works")
@requires(Office.ADMINISTRATOR)
@sensitive
def clear_address(person_id: int) -> ResponseReturnValue:
    """Say that letters reach somebody again."""
    person_here(person_id)
    lift_by_hand(person_id, by_id=by_id(), now=request_time())
    flash(_("Noted: letters are taken to reach this person."), "success")
    return _back(person_id)


@bp.post("/people/<int(max=2147483647):person_id>/reset-factors")
@requires(Office.ADMINISTRATOR)
@sensitive
def reset_factors(person_id: int) -> ResponseReturnValue:
    """Take away the app, the passkeys and the codes of somebody who lost them."""
    person_here(person_id)
    try:
        administration.reset_factors(person_id, administrator())
    except NotAllowed as refused:
        flash(str(NOT_ALLOWED[refused.reason]), "error")
    else:
        flash(
            _("The app, the passkeys and the codes are removed; the sessions have ended, and the person is told."),
            "success",
        )
    return _back(person_id)


def person_page(person: Person, form: PersonForm | None = None, ending: Mapping[int, EndForm] | None = None) -> str:
    """Return the page of a person, with a form as it was refused."""
    regions, today = regions_of(current_actor()), local_day(request_time())
    data = {"email": person.email, "name_ar": person.name_ar, "name_fr": person.name_fr}
    held = directory.list_held([person.id])[person.id]
    here = [one for one in held if one.place.region_code in regions]
    endable = [one.mandate.id for one in here if one.mandate.ends_on is None or one.mandate.ends_on >= today]
    sign_ins = list_sign_ins(person.id, limit=LATEST)[:LATEST]
    refused = ending or {}
    return render_template(
        "pages/admin/person.html",
        person=person,
        form=form or PersonForm(formdata=None, data=data | {"phone": phone_text(person.phone or "")}),
        held=held,
        may_go=not endable and person.pseudonymised_at is None and person.id != by_id(),
        ending={one: (refused.get(one) or EndForm(formdata=None)).among_others(one) for one in endable},
        refused=next(iter(refused.values())) if refused else None,
        waiting=directory.list_invitations(regions, person_id=person.id)[: directory.PAGE],
        sign_ins=sign_ins,
        sessions=list_sessions_of(sign_ins),
        enrolled=get_enrolled(person.id),
        failure=find_failure(person.id, person.email),
        today=today,
        me=by_id(),
        now=request_time(),
    )


def _correction(form: PersonForm) -> Correction:
    return Correction(
        email=form.email.data or "",
        name_ar=form.name_ar.data or "",
        name_fr=form.name_fr.data or "",
        phone=form.phone.data or "",
    )


def _back(person_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_people.show", person_id=person_id), SEE_OTHER)
