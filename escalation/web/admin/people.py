"""People as an administrator sees them: the list, one person, what is corrected, suspended, restored or ended."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.errors import NotAllowed
from escalation.models.people import Person
from escalation.queries.people import directory
from escalation.queries.people.directory import regions_of
from escalation.queries.people.factors import get_enrolled
from escalation.services.people import administration
from escalation.services.people.administration import Administrator, Correction
from escalation.services.people.people import WrongField
from escalation.web.access import requires, sensitive
from escalation.web.asked import asked_number, asked_words
from escalation.web.forms.admin import EndForm, PersonForm, blame
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_people", __name__, url_prefix="/admin")

SEE_OTHER, UNPROCESSABLE = 303, 422

NOT_ALLOWED = {
    "oneself": _l("Nobody suspends their own account: another administrator can."),
    "own_factors": _l("Nobody removes their own here: use a recovery code, or ask another administrator."),
    "elsewhere": _l("This person also holds an office in another region: its administrator has to do it."),
}


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the people of the administrator's regions, and the invitations that wait."""
    regions, words = regions_of(current_actor()), asked_words("q")
    after = asked_number("after")
    found = directory.list_people(regions, words, after)
    people = found[: directory.PAGE]
    more = url_for("admin_people.index", q=words or None, after=people[-1].id) if len(found) > len(people) else None
    return render_template(
        "pages/admin/people.html",
        people=people,
        held=directory.list_held([person.id for person in people]),
        waiting=directory.list_invitations(regions) if after is None and not words else [],
        words=words,
        next_url=more,
        today=local_day(request_time()),
        is_live=directory.is_live,
        me=by_id(),
        now=request_time(),
    )


@bp.get("/people/<int(max=2147483647):person_id>")
@requires(Office.ADMINISTRATOR)
def show(person_id: int) -> ResponseReturnValue:
    """Show one person: how they are called, what they hold, what waits, and how they signed in."""
    person = _person(person_id)
    data = {"email": person.email, "name_ar": person.name_ar, "name_fr": person.name_fr}
    return _page(person, PersonForm(formdata=None, data=data))


@bp.post("/people/<int(max=2147483647):person_id>")
@requires(Office.ADMINISTRATOR)
@sensitive
def correct(person_id: int) -> ResponseReturnValue:
    """Correct names and address."""
    person, form = _person(person_id), PersonForm()
    if not form.validate():
        return _page(person, form), UNPROCESSABLE
    correction = Correction(
        email=form.email.data or "", name_ar=form.name_ar.data or "", name_fr=form.name_fr.data or ""
    )
    try:
        administration.correct_person(person_id, correction, _administrator())
    except WrongField as refused:
        blame(form, refused.field, refused.reason)
        return _page(_person(person_id), form), UNPROCESSABLE
    except NotAllowed as refused:
        form.email.errors = [str(NOT_ALLOWED[refused.reason])]
        return _page(_person(person_id), form), UNPROCESSABLE
    flash(_("Saved."), "success")
    return _back(person_id)


@bp.post("/people/<int(max=2147483647):person_id>/suspend")
@requires(Office.ADMINISTRATOR)
@sensitive
def suspend(person_id: int) -> ResponseReturnValue:
    """Close an account until further notice."""
    _person(person_id)
    try:
        administration.suspend(person_id, _administrator())
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
    _person(person_id)
    try:
        administration.restore(person_id, _administrator())
    except NotAllowed as refused:
        flash(str(NOT_ALLOWED[refused.reason]), "error")
    else:
        flash(_("The account is open again."), "success")
    return _back(person_id)


@bp.post("/people/<int(max=2147483647):person_id>/reset-factors")
@requires(Office.ADMINISTRATOR)
@sensitive
def reset_factors(person_id: int) -> ResponseReturnValue:
    """Take away the app, the passkeys and the codes of somebody who lost them."""
    _person(person_id)
    try:
        administration.reset_factors(person_id, _administrator())
    except NotAllowed as refused:
        flash(str(NOT_ALLOWED[refused.reason]), "error")
    else:
        flash(
            _("The app, the passkeys and the codes are removed; the sessions have ended, and the person is told."),
            "success",
        )
    return _back(person_id)


@bp.post("/mandates/<int(max=2147483647):mandate_id>/end")
@requires(Office.ADMINISTRATOR)
@sensitive
def end_mandate(mandate_id: int) -> ResponseReturnValue:
    """Write the last day of an office."""
    held, form = directory.get_mandate(regions_of(current_actor()), mandate_id), EndForm()
    person = _person(held.mandate.person_id)
    if not form.validate() or form.ends_on.data is None:
        return _page(person, None, {mandate_id: form}), UNPROCESSABLE
    try:
        administration.end_mandate(mandate_id, form.ends_on.data, _administrator())
    except WrongField as refused:
        blame(form, refused.field, refused.reason)
        return _page(_person(person.id), None, {mandate_id: form}), UNPROCESSABLE
    except NotAllowed:
        form.ends_on.errors = [_("This is the last administrator of the region: invite another one first.")]
        return _page(_person(person.id), None, {mandate_id: form}), UNPROCESSABLE
    flash(_("The last day is recorded."), "success")
    return _back(person.id)


def _administrator() -> Administrator:
    return Administrator(by_id(), regions_of(current_actor()), request_time())


def _person(person_id: int) -> Person:
    return directory.get_person(regions_of(current_actor()), person_id)


def _back(person_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_people.show", person_id=person_id), SEE_OTHER)


def _page(person: Person, form: PersonForm | None, ending: dict[int, EndForm] | None = None) -> str:
    regions, today = regions_of(current_actor()), local_day(request_time())
    data = {"email": person.email, "name_ar": person.name_ar, "name_fr": person.name_fr}
    held = directory.list_held([person.id])[person.id]
    endable = [one for one in held if one.mandate.ends_on is None or one.mandate.ends_on >= today]
    return render_template(
        "pages/admin/person.html",
        person=person,
        form=form or PersonForm(formdata=None, data=data),
        held=held,
        ending={
            one.mandate.id: ((ending or {}).get(one.mandate.id) or EndForm(formdata=None)).among_others(one.mandate.id)
            for one in endable
        },
        refused=next(iter(ending.values())) if ending else None,
        waiting=directory.list_invitations(regions, person.id),
        sign_ins=directory.list_sign_ins(person.id),
        enrolled=get_enrolled(person.id),
        noted=directory.list_security(regions, person_id=person.id)[:10],
        is_live=directory.is_live,
        today=today,
        me=by_id(),
        now=request_time(),
    )
