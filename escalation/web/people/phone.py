"""The telephone number of one's account: written by its owner, who reads first what it is for."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.phones import phone_text
from escalation.queries.people.account import find_phone
from escalation.services.people.people import WrongField
from escalation.services.people.phone import change_own_phone
from escalation.services.people.throttle import TooManyTries
from escalation.web.access import requires, sensitive
from escalation.web.forms.account import PHONE_REFUSED, PhoneForm
from escalation.web.identity import request_time
from escalation.web.people.requester import by_id

bp = Blueprint("phone", __name__, url_prefix="/account")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("/phone")
@requires()
def show() -> ResponseReturnValue:
    """Ask for the number by which one wants to sign in."""
    return _page(PhoneForm(formdata=None, data={"phone": phone_text(find_phone(by_id()) or "")}))


@bp.post("/phone")
@requires()
@sensitive
def change() -> ResponseReturnValue:
    """Keep the number, or none."""
    form = PhoneForm()
    if not form.validate():
        return _page(form), UNPROCESSABLE
    try:
        change_own_phone(by_id(), form.phone.data or "", address=request.remote_addr or "", now=request_time())
    except WrongField as refused:
        form.phone.errors = [str(PHONE_REFUSED[refused.reason])]
    except TooManyTries as refusal:
        form.phone.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]
    else:
        flash(_("Your telephone number is saved."), "success")
        return redirect(url_for("account.show"), SEE_OTHER)
    return _page(form), UNPROCESSABLE


def _page(form: PhoneForm) -> str:
    return render_template("pages/account/phone.html", form=form)
