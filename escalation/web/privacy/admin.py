"""Personal data as an administrator looks after it: names that go for good, and those that might."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation.domain.account_codes import ErasureReason, TextsFate
from escalation.domain.codes import Office
from escalation.domain.errors import NotAllowed
from escalation.queries.people import directory
from escalation.queries.people.directory import regions_of
from escalation.queries.privacy import pseudonymisations
from escalation.services.people.administration import Administrator
from escalation.services.privacy import decisions
from escalation.services.privacy.pseudonymise import Wish
from escalation.services.privacy.retention import list_long_gone
from escalation.web.access import requires, sensitive
from escalation.web.forms.privacy import PseudonymiseForm
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id
from escalation.web.privacy.words import fate_words, reason_words

bp = Blueprint("admin_privacy", __name__, url_prefix="/admin")

SEE_OTHER, UNPROCESSABLE = 303, 422

NOT_ALLOWED = {
    "oneself": _l("Nobody lets their own name go: another administrator can."),
    "still_serves": _l("This person holds an office, or will: end it first."),
    "former": _l("This name is gone already."),
    "waits": _l("This waits already for a second administrator."),
    "own_wish": _l("You asked for this yourself: another administrator decides."),
}


@bp.get("/privacy")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the names that wait to go, those that might, and those that went."""
    regions = regions_of(current_actor())
    return render_template(
        "pages/admin/privacy.html",
        waiting=pseudonymisations.list_going(regions, done=False),
        done=pseudonymisations.list_going(regions, done=True),
        proposed=pseudonymisations.list_people(regions, list_long_gone(request_time())),
        reason_words=reason_words,
        fate_words=fate_words,
        me=by_id(),
    )


@bp.get("/people/<int(max=2147483647):person_id>/pseudonymise")
@requires(Office.ADMINISTRATOR)
def ask(person_id: int) -> ResponseReturnValue:
    """Ask why a name is to go, and what becomes of its bearer's texts."""
    return _page(person_id, PseudonymiseForm(formdata=None, texts=TextsFate.KEPT.value))


@bp.post("/people/<int(max=2147483647):person_id>/pseudonymise")
@requires(Office.ADMINISTRATOR)
@sensitive
def pseudonymise(person_id: int) -> ResponseReturnValue:
    """Let a name go, or have it wait for a second administrator."""
    directory.get_person(regions_of(current_actor()), person_id)
    form = PseudonymiseForm()
    if not form.validate():
        return _page(person_id, form), UNPROCESSABLE
    wish = Wish(reason=ErasureReason(form.reason.data), texts=TextsFate(form.texts.data))
    try:
        is_gone = decisions.ask_pseudonymisation(person_id, wish, _administrator())
    except NotAllowed as refused:
        form.form_errors.append(str(NOT_ALLOWED[refused.reason]))
        return _page(person_id, form), UNPROCESSABLE
    _tell(is_gone=is_gone)
    return redirect(url_for("admin_privacy.index"), SEE_OTHER)


@bp.post("/pseudonymisations/<int(max=2147483647):pseudonymisation_id>/<any(replace,drop):act>")
@requires(Office.ADMINISTRATOR)
@sensitive
def decide(pseudonymisation_id: int, act: str) -> ResponseReturnValue:
    """Let a name go that another administrator asked for, or stay."""
    pseudonymisations.get_going(regions_of(current_actor()), pseudonymisation_id)
    try:
        if act == "drop":
            decisions.drop_pseudonymisation(pseudonymisation_id, _administrator())
            flash(_("The name stays."), "success")
        else:
            decisions.approve_pseudonymisation(pseudonymisation_id, _administrator())
            _tell(is_gone=True)
    except NotAllowed as refused:
        flash(str(NOT_ALLOWED[refused.reason]), "error")
    return redirect(url_for("admin_privacy.index"), SEE_OTHER)


def _tell(*, is_gone: bool) -> None:
    said = _("The name and the address are gone: this was a former member.")
    flash(said if is_gone else _("This waits for a second administrator."), "success")


def _administrator() -> Administrator:
    return Administrator(by_id(), regions_of(current_actor()), request_time())


def _page(person_id: int, form: PseudonymiseForm) -> str:
    person = directory.get_person(regions_of(current_actor()), person_id)
    return render_template("pages/admin/pseudonymise.html", person=person, form=form)
