"""What happened at the doors, and the delays: two pages that an administrator reads, of which one is also written."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.settings import SETTING_RULES, ChangeInThePast, SettingOutOfBounds
from escalation.queries.people import directory
from escalation.queries.people.directory import regions_of
from escalation.queries.settings import get_settings, list_changes
from escalation.services.settings import set_setting
from escalation.web.access import requires
from escalation.web.admin.clock_words import clock_alarms
from escalation.web.admin.words import SETTING_WORDS, event_words, unit_words
from escalation.web.asked import MOST_LINE, asked_number
from escalation.web.forms.admin import SettingForm
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin", __name__, url_prefix="/admin")

bp.add_app_template_global(clock_alarms)

SEE_OTHER, UNPROCESSABLE, NOT_FOUND = 303, 422, 404


@bp.get("/security")
@requires(Office.ADMINISTRATOR)
def security() -> ResponseReturnValue:
    """Show what happened at the doors, the newest first."""
    found = directory.list_security(regions_of(current_actor()), asked_number("after", MOST_LINE))
    noted = found[: directory.PAGE]
    more = url_for("admin.security", after=noted[-1].event.id) if len(found) > len(noted) else None
    return render_template("pages/admin/security.html", noted=noted, words=event_words, next_url=more)


@bp.get("/settings")
@requires(Office.ADMINISTRATOR)
def settings() -> ResponseReturnValue:
    """Show every delay, what is decided for days to come, and what was."""
    return _page({})


@bp.post("/settings/<string(maxlength=40):key>")
@requires(Office.ADMINISTRATOR)
def change(key: str) -> ResponseReturnValue:
    """Decide a delay from a day to come on."""
    form = SettingForm()
    if key not in SETTING_RULES:
        abort(NOT_FOUND)
    if not form.validate() or form.value.data is None or form.effective_on.data is None:
        return _page({key: form}), UNPROCESSABLE
    try:
        set_setting(key, form.value.data, form.effective_on.data, by_id=by_id(), now=request_time())
    except SettingOutOfBounds:
        rule = SETTING_RULES[key]
        form.value.errors = [_("Write a number from %(least)d to %(most)d.", least=rule.minimum, most=rule.maximum)]
        return _page({key: form}), UNPROCESSABLE
    except ChangeInThePast:
        form.effective_on.errors = [_("A delay changes tomorrow at the earliest: the past keeps what it had.")]
        return _page({key: form}), UNPROCESSABLE
    flash(_("The change is recorded."), "success")
    return redirect(url_for("admin.settings"), SEE_OTHER)


def _page(sent: dict[str, SettingForm]) -> str:
    today = local_day(request_time())
    return render_template(
        "pages/admin/settings.html",
        rules=SETTING_RULES,
        values=get_settings(today),
        changes=list_changes(),
        forms={key: (sent.get(key) or SettingForm(formdata=None)).among_others(key) for key in SETTING_RULES},
        refused=next(iter(sent.values())) if sent else None,
        words=SETTING_WORDS,
        unit=unit_words,
        today=today,
    )
