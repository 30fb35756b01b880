"""My account: who I am here, the offices I hold and until when, my language, this session."""

from flask import Blueprint, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user

from escalation.domain.calendar import local_day
from escalation.domain.codes import Language
from escalation.queries.people.account import find_previous_sign_in, get_session_start, list_offices
from escalation.services.people.preferences import choose_language
from escalation.web.access import requires
from escalation.web.forms.account import LanguageForm
from escalation.web.identity import request_time
from escalation.web.language import CHOSEN

bp = Blueprint("account", __name__)

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("/account")
@requires()
def show() -> ResponseReturnValue:
    """Show the account of whoever is signed in."""
    return _page(LanguageForm(language=current_user.language.value))


@bp.post("/account/language")
@requires()
def language() -> ResponseReturnValue:
    """Keep the language chosen, for this page and the messages to come."""
    form = LanguageForm()
    if not form.validate():
        return _page(form), UNPROCESSABLE
    chosen = Language(form.language.data)
    choose_language(current_user.id, chosen)
    session.pop(CHOSEN, None)
    g.language = chosen
    refresh()
    flash(_("Your language is saved."), "success")
    return redirect(url_for("account.show"), SEE_OTHER)


def _page(form: LanguageForm) -> str:
    return render_template(
        "pages/account/show.html",
        form=form,
        person=current_user,
        offices=list_offices(current_user.id, local_day(request_time())),
        started_at=get_session_start(current_user.session_id),
        previous_at=find_previous_sign_in(current_user.id, current_user.session_id),
    )
