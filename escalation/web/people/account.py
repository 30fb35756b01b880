"""My account: who I am here, the offices I hold and until when, my language, this session."""

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import MEMBER_OFFICES, Language
from escalation.queries.messages.failures import find_failure
from escalation.queries.people.account import find_phone, find_previous_sign_in, get_session_start, list_offices
from escalation.queries.people.sessions import list_sessions
from escalation.queries.people.sign_ins import count_failed_tries
from escalation.services.people.passwords import CommonPassword, WrongLength
from escalation.services.people.preferences import choose_language, correct_own_name
from escalation.services.people.sign_in import (
    WrongCredentials,
    change_password,
    end_other_sessions,
    end_own_session,
)
from escalation.services.people.throttle import TooManyTries
from escalation.web.access import requires, sensitive, while_unenrolled
from escalation.web.forms.account import LanguageForm, OwnNameForm
from escalation.web.forms.doors import TOO_COMMON, ChangePasswordForm
from escalation.web.identity import current_actor, keep_signed_in, request_time
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
@while_unenrolled
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


@bp.post("/account/name")
@requires()
def name() -> ResponseReturnValue:
    """Correct how one's own name is written."""
    form = OwnNameForm()
    if not form.validate():
        return _page(LanguageForm(formdata=None, language=current_user.language.value), name_form=form), UNPROCESSABLE
    correct_own_name(current_user.id, form.name_ar.data or "", form.name_fr.data or "", request_time())
    flash(_("Your name is saved."), "success")
    return redirect(url_for("account.show"), SEE_OTHER)


@bp.post("/account/sessions/<int(max=2147483647):session_id>/end")
@requires()
@sensitive
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's own sessions, on whichever device it is."""
    if session_id != current_user.session_id:
        end_own_session(current_user.id, session_id, request_time())
        flash(_("That session has ended."), "success")
    return redirect(url_for("account.show"), SEE_OTHER)


@bp.post("/account/sessions/end-others")
@requires()
@sensitive
def end_others() -> ResponseReturnValue:
    """End every session but this one."""
    end_other_sessions(current_user.id, current_user.session_id, request_time())
    flash(_("All other sessions have ended."), "success")
    return redirect(url_for("account.show"), SEE_OTHER)


@bp.get("/account/password")
@requires()
@sensitive
def new_password() -> ResponseReturnValue:
    """Ask for the pass-phrase that is and the one that is to be."""
    return _password_page(ChangePasswordForm(formdata=None))


@bp.post("/account/password")
@requires()
@sensitive
def password() -> ResponseReturnValue:
    """Choose another pass-phrase, for who knows the present one."""
    form = ChangePasswordForm()
    if not form.validate():
        return _password_page(form), UNPROCESSABLE
    try:
        token = change_password(
            current_user.session_id,
            form.current.data or "",
            form.password.data or "",
            address=request.remote_addr or "",
            now=request_time(),
        )
    except WrongCredentials:
        form.current.errors = [_("This is not your current password.")]
    except (CommonPassword, WrongLength):
        form.password.errors = [str(TOO_COMMON)]
    except TooManyTries as refusal:
        form.current.errors = [_("Too many tries: wait until %(time)s.", time=labels.instant_text(refusal.until))]
    else:
        keep_signed_in(token)
        flash(_("Your password is changed. Every other session has ended."), "success")
        return redirect(url_for("account.show"), SEE_OTHER)
    return _password_page(form), UNPROCESSABLE


def _password_page(form: ChangePasswordForm) -> str:
    return render_template("pages/account/password.html", form=form)


def _page(form: LanguageForm, name_form: OwnNameForm | None = None) -> str:
    names = {"name_ar": current_user.name_ar, "name_fr": current_user.name_fr}
    idle_minutes = current_app.extensions["config"].security.session_idle_minutes
    previous_at = find_previous_sign_in(current_user.id, current_user.session_id)
    return render_template(
        "pages/account/show.html",
        form=form,
        name_form=name_form or OwnNameForm(formdata=None, data=names),
        sessions=list_sessions(current_user.id, request_time(), idle_minutes),
        this_session=current_user.session_id,
        person=current_user,
        offices=list_offices(current_user.id, local_day(request_time())),
        sits_at_desk=any(mandate.office in MEMBER_OFFICES for mandate in current_actor().mandates),
        started_at=get_session_start(current_user.session_id),
        previous_at=previous_at,
        phone=find_phone(current_user.id),
        fails=find_failure(current_user.id, current_user.email) is not None,
        failed_tries=count_failed_tries(current_user.id, previous_at),
    )
