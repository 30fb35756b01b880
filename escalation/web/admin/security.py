"""What happened at the doors, and the delays: two pages that an administrator reads, of which one is also written."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.calendar import LOCAL_ZONE, local_day
from escalation.domain.codes import Office
from escalation.domain.settings import SETTING_RULES, ChangeInThePast, SettingOutOfBounds
from escalation.queries.people.directory import PAGE, regions_of
from escalation.queries.people.events import Noted, Sought, list_offices_of, list_security, list_sessions_of
from escalation.queries.settings import count_exceptions, get_settings, list_changes
from escalation.services.settings import set_setting
from escalation.web.access import requires, sensitive
from escalation.web.admin.clock_words import clock_alarms
from escalation.web.admin.words import SETTING_WORDS, about_event, event_words, scope_words, unit_words, value_words
from escalation.web.asked import MOST_LINE, asked_number
from escalation.web.forms.admin import EventsForm, SettingForm
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin", __name__, url_prefix="/admin")

bp.add_app_template_global(clock_alarms)
bp.add_app_template_global(scope_words, "setting_scope")
bp.add_app_template_global(value_words, "setting_value")

SEE_OTHER, UNPROCESSABLE, NOT_FOUND = 303, 422, 404


@bp.get("/security")
@requires(Office.ADMINISTRATOR)
def security() -> ResponseReturnValue:
    """Show what happened at the doors, the newest first; of what an address asks, what cannot be read is named."""
    form = EventsForm(request.args)
    form.offer()
    form.validate()
    found = list_security(regions_of(current_actor()), _sought(form), asked_number("after", MOST_LINE))
    noted = found[:PAGE]
    asked: dict[str, Any] = {name: request.args.get(name) or None for name in ("q", "kind", "since", "until")}
    more = url_for("admin.security", **asked, after=noted[-1].event.id) if len(found) > len(noted) else None
    return render_template(
        "pages/admin/security.html",
        form=form,
        noted=noted,
        words=event_words,
        about=_about(noted),
        is_narrowed=any(asked.values()),
        next_url=more,
    )


def _sought(form: EventsForm) -> Sought:
    """Return what the filters ask for; a day is one of Morocco's, from its beginning to its end."""
    since, until = form.since.data, form.until.data
    return Sought(
        words=form.words,
        kind=form.chosen_kind,
        since=datetime.combine(since, time.min, LOCAL_ZONE) if since else None,
        until=datetime.combine(until + timedelta(days=1), time.min, LOCAL_ZONE) if until else None,
    )


def _about(noted: Sequence[Noted]) -> Callable[[Noted], str]:
    events = [one.event for one in noted]
    offices, sessions = list_offices_of(events), list_sessions_of(events)
    return lambda one: about_event(
        one.event, offices.get(one.event.id), sessions.get(one.event.codes.get("session") or 0)
    )


@bp.get("/settings")
@requires(Office.ADMINISTRATOR)
def settings() -> ResponseReturnValue:
    """Show every delay, what is decided for days to come, and what was."""
    return _page({})


@bp.post("/settings/<string(maxlength=40):key>")
@requires(Office.ADMINISTRATOR)
@sensitive
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
        exceptions=count_exceptions(today),
        forms={key: (sent.get(key) or SettingForm(formdata=None)).among_others(key) for key in SETTING_RULES},
        refused=next(iter(sent.values())) if sent else None,
        words=SETTING_WORDS,
        unit=unit_words,
        today=today,
    )
