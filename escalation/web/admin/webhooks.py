"""Other systems that are told of cases, as an administrator adds, tries, pauses and removes them."""

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.codes import Event, Office
from escalation.domain.webhooks import TEST, EndpointState
from escalation.models.webhooks import WebhookEndpoint
from escalation.queries.people.directory import regions_of
from escalation.queries.places import get_places
from escalation.queries.webhooks import PAGE, find_endpoint, find_untaken, list_deliveries, list_endpoints
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.webhooks import endpoints
from escalation.web.access import requires, sensitive
from escalation.web.asked import asked_number
from escalation.web.forms.webhooks import REASONS, EndpointForm, reason_words
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_webhooks", __name__, url_prefix="/admin/webhooks")

SEE_OTHER, NOT_FOUND, UNPROCESSABLE = 303, 404, 422

STATES = {EndpointState.ACTIVE: _l("In use"), EndpointState.PAUSED: _l("Paused")}
DONE = {
    "test": _l("A test is on its way: look below in a moment."),
    "pause": _l("Paused: nothing is sent there until you resume."),
    "resume": _l("Resumed: what happens from now on is sent."),
    "catch-up": _l("Resumed: what was skipped meanwhile is sent too, in its order."),
    "remove": _l("Removed: nothing more is sent there."),
}
Act = Callable[[int, Administrator], None]
ACTS: Mapping[str, Act] = {
    "test": endpoints.try_endpoint,
    "pause": endpoints.pause_endpoint,
    "resume": lambda number, by: endpoints.resume_endpoint(number, by, with_skipped=False),
    "catch-up": lambda number, by: endpoints.resume_endpoint(number, by, with_skipped=True),
    "remove": endpoints.remove_endpoint,
}


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the systems that are told, and the form to add one."""
    return _index(_offered(EndpointForm(formdata=None)))


@bp.post("")
@requires(Office.ADMINISTRATOR)
@sensitive
def add() -> ResponseReturnValue:
    """Let another system be told, and show its secret this once."""
    form = _offered(EndpointForm())
    if not form.validate():
        return _index(form), UNPROCESSABLE
    try:
        number, secret = endpoints.add_endpoint(form.new(), _administrator())
    except WrongField as refused:
        form[refused.field].errors = [str(REASONS[refused.reason])]
        return _index(form), UNPROCESSABLE
    return _secret(number, secret, is_renewed=False)


@bp.get("/<int(max=2147483647):endpoint_id>")
@requires(Office.ADMINISTRATOR)
def show(endpoint_id: int) -> ResponseReturnValue:
    """Show a system, what can be done with it, and what it was told."""
    endpoint = _endpoint(endpoint_id)
    told = list_deliveries(endpoint_id, asked_number("before"))
    more = told[PAGE - 1].id if len(told) > PAGE else None
    return render_template(
        "pages/admin/webhook.html",
        endpoint=endpoint,
        state=STATES[endpoint.state],
        events=[labels.event_label(Event(one)) for one in endpoint.events],
        told=told[:PAGE],
        event_words=_event_words,
        reason_words=reason_words,
        more=url_for("admin_webhooks.show", endpoint_id=endpoint_id, before=more) if more else None,
    )


@bp.post("/<int(max=2147483647):endpoint_id>/secret")
@requires(Office.ADMINISTRATOR)
@sensitive
def renew(endpoint_id: int) -> ResponseReturnValue:
    """Give a system another secret, and show it this once."""
    return _secret(endpoint_id, endpoints.renew_secret(endpoint_id, _administrator()), is_renewed=True)


@bp.post("/<int(max=2147483647):endpoint_id>/<any(test,pause,resume,'catch-up',remove):act>")
@requires(Office.ADMINISTRATOR)
@sensitive
def change(endpoint_id: int, act: str) -> ResponseReturnValue:
    """Try a system, let it rest, tell it again, or remove it."""
    ACTS[act](endpoint_id, _administrator())
    flash(DONE[act], "success")
    gone = act == "remove"
    return redirect(
        url_for("admin_webhooks.index") if gone else url_for("admin_webhooks.show", endpoint_id=endpoint_id), SEE_OTHER
    )


def _endpoint(endpoint_id: int) -> WebhookEndpoint:
    endpoint = find_endpoint(endpoint_id)
    if endpoint is None or endpoint.state is EndpointState.REMOVED:
        abort(NOT_FOUND)
    if endpoint.region_code not in regions_of(current_actor()):
        abort(NOT_FOUND)
    return endpoint


def _administrator() -> Administrator:
    return Administrator(by_id(), regions_of(current_actor()), request_time())


def _offered(form: EndpointForm) -> EndpointForm:
    form.offer(list(get_places(regions_of(current_actor())).values()))
    return form


def _index(form: EndpointForm) -> str:
    regions = regions_of(current_actor())
    told = list_endpoints(regions)
    return render_template(
        "pages/admin/webhooks.html",
        form=form,
        endpoints=told,
        untaken=find_untaken([one.id for one in told]) if told else {},
        places=get_places(regions),
        states=STATES,
    )


def _secret(endpoint_id: int, secret: str, *, is_renewed: bool) -> str:
    endpoint = _endpoint(endpoint_id)
    return render_template("pages/admin/webhook_secret.html", endpoint=endpoint, secret=secret, is_renewed=is_renewed)


def _event_words(event: str) -> str:
    return _("Test") if event == TEST else labels.event_label(Event(event))
