"""A delay for some cases only: what is said of which, by whom and from when; and saying more of it."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.settings import (
    SETTING_RULES,
    ChangeInThePast,
    Narrowed,
    ScopeNotAdmitted,
    SettingOutOfBounds,
)
from escalation.queries.settings import get_settings, list_exceptions
from escalation.queries.taxonomy import list_obstacle_types
from escalation.services.settings import set_setting
from escalation.web.access import requires, sensitive
from escalation.web.admin.words import SETTING_WORDS, unit_words
from escalation.web.forms.allowances import ExceptionForm
from escalation.web.identity import request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_exceptions", __name__, url_prefix="/admin/settings")

SEE_OTHER, UNPROCESSABLE, NOT_FOUND = 303, 422, 404


@bp.get("/<string(maxlength=40):key>/exceptions")
@requires(Office.ADMINISTRATOR)
def show(key: str) -> ResponseReturnValue:
    """Show what is said of a delay for some cases, and what was."""
    return _page(key, _offered(key, ExceptionForm(formdata=None)))


@bp.post("/<string(maxlength=40):key>/exceptions")
@requires(Office.ADMINISTRATOR)
@sensitive
def create(key: str) -> ResponseReturnValue:
    """Decide a delay for some cases, from a day to come on."""
    form = _offered(key, ExceptionForm())
    if not form.validate() or form.effective_on.data is None:
        return _page(key, form), UNPROCESSABLE
    try:
        set_setting(key, form.days, form.effective_on.data, by_id=by_id(), now=request_time(), scope=form.scope)
    except ScopeNotAdmitted as refused:
        form.blame_scope(refused)
        return _page(key, form), UNPROCESSABLE
    except SettingOutOfBounds:
        form.blame_value(key)
        return _page(key, form), UNPROCESSABLE
    except ChangeInThePast:
        form.effective_on.errors = [_("A delay changes tomorrow at the earliest: the past keeps what it had.")]
        return _page(key, form), UNPROCESSABLE
    flash(_("The change is recorded."), "success")
    return redirect(url_for("admin_exceptions.show", key=key), SEE_OTHER)


def _offered(key: str, form: ExceptionForm) -> ExceptionForm:
    if key not in SETTING_RULES or SETTING_RULES[key].narrowed is Narrowed.NOT:
        abort(NOT_FOUND)
    form.offer(list_obstacle_types())
    return form


def _page(key: str, form: ExceptionForm) -> str:
    today, rule = local_day(request_time()), SETTING_RULES[key]
    return render_template(
        "pages/admin/exceptions.html",
        key=key,
        rule=rule,
        name=SETTING_WORDS[key],
        usual=unit_words(getattr(get_settings(today), key), rule.unit),
        by_level=rule.narrowed is Narrowed.BY_CASE_AND_LEVEL,
        changes=list_exceptions(key),
        form=form,
        today=today,
    )
