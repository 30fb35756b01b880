"""Invitations as an administrator makes them: written, sent again, taken back, approved by a second one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Level, Office
from escalation.domain.errors import LinkClosed, NotAllowed
from escalation.domain.phones import phone_text
from escalation.queries.people import directory
from escalation.queries.people.directory import regions_of
from escalation.queries.places import get_places, list_communes_by_province
from escalation.services.people import invitations
from escalation.services.people.invitations import Invited
from escalation.services.people.people import Term, WrongField
from escalation.web.access import requires, sensitive
from escalation.web.asked import asked_number
from escalation.web.forms.admin import InviteForm, blame
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_invitations", __name__, url_prefix="/admin/invitations")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the invitations that wait, the newest first."""
    found = directory.list_invitations(regions_of(current_actor()), after=asked_number("after"))
    waiting = found[: directory.PAGE]
    more = url_for("admin_invitations.index", after=waiting[-1].invitation.id) if len(found) > len(waiting) else None
    return render_template(
        "pages/admin/invitations.html", waiting=waiting, next_url=more, me=by_id(), now=request_time()
    )


@bp.get("/new")
@requires(Office.ADMINISTRATOR)
def new() -> ResponseReturnValue:
    """Ask who is invited to what; somebody who is here already is filled in."""
    data = {"language": Language.AR.value, "starts_on": local_day(request_time())}
    person_id = asked_number("person")
    if person_id is not None:
        person = directory.get_person(regions_of(current_actor()), person_id)
        data |= {name: getattr(person, name) for name in ("email", "name_ar", "name_fr", "language")}
        data["phone"] = phone_text(person.phone or "")
    return _page(_offered(InviteForm(formdata=None, data=data)))


@bp.post("/new")
@requires(Office.ADMINISTRATOR)
@sensitive
def create() -> ResponseReturnValue:
    """Invite somebody, or give another office to who has an account."""
    form = _offered(InviteForm())
    if not form.validate():
        return _page(form), UNPROCESSABLE
    try:
        outcome = invitations.invite(_invited(form), by_id=by_id(), now=request_time())
    except WrongField as refused:
        blame(form, refused.field, refused.reason)
        return _page(form), UNPROCESSABLE
    if outcome.mandate_id is not None:
        flash(_("The office is recorded, and its holder is told."), "success")
    else:
        flash(_("The invitation is recorded."), "success")
    return redirect(url_for("admin_people.show", person_id=outcome.person_id), SEE_OTHER)


@bp.post("/<int(max=2147483647):invitation_id>/<any(resend,revoke,approve):act>")
@requires(Office.ADMINISTRATOR)
@sensitive
def carry_out(invitation_id: int, act: str) -> ResponseReturnValue:
    """Send an invitation again, take it back, or approve it as the second administrator."""
    row = directory.get_invitation(regions_of(current_actor()), invitation_id)
    acts = {"resend": invitations.resend, "revoke": invitations.revoke, "approve": invitations.approve}
    said = {
        "resend": _("Another link is on its way; the one before opens nothing any more."),
        "revoke": _("The invitation is taken back."),
        "approve": _("Approved: it goes on."),
    }
    try:
        acts[act](invitation_id, by_id=by_id(), now=request_time())
    except LinkClosed:
        flash(_("This invitation has been answered, or has ended: nothing was changed."), "error")
    except NotAllowed:
        flash(_("Whoever asked for it cannot approve it: another administrator must."), "error")
    except WrongField:
        flash(_("This office can no longer be given to this person: write another invitation."), "error")
    else:
        flash(said[act], "success")
    return redirect(url_for("admin_people.show", person_id=row.person_id), SEE_OTHER)


def _invited(form: InviteForm) -> Invited:
    starts_on = form.starts_on.data or local_day(request_time())
    return Invited(
        email=form.email.data or "",
        name_ar=form.name_ar.data or "",
        name_fr=form.name_fr.data or "",
        phone=form.phone.data or "",
        language=Language(form.language.data),
        term=Term(Office(form.office.data), form.place.data or "", starts_on, form.ends_on.data),
    )


def _offered(form: InviteForm) -> InviteForm:
    regions = regions_of(current_actor())
    own = get_places(regions).values()
    by_province = list_communes_by_province(regions)
    places = {
        "": [("", _("Choose…"))],
        labels.level_label(Level.REGION): [(row.code, labels.name_of(row)) for row in own],
    }
    places[_("Prefectures and provinces")] = [(row.code, labels.name_of(row)) for row in by_province]
    places |= {
        labels.place_label(province): [(row.code, labels.name_of(row)) for row in communes]
        for province, communes in by_province.items()
    }
    form.offer(places)
    return form


def _page(form: InviteForm) -> str:
    return render_template("pages/admin/invite.html", form=form)
