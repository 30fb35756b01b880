"""How I sign in: the app, the passkeys, the codes on paper and the devices I trust; each can be taken away here."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from escalation.queries.people.factors import get_enrolled, list_trusted
from escalation.queries.people.sessions import list_sessions
from escalation.services.people import factors
from escalation.services.people.passkeys import find_site
from escalation.services.people.recovery import renew_codes
from escalation.services.people.trusted import forget_device
from escalation.web.access import requires, sensitive, while_unenrolled
from escalation.web.identity import must_enrol, request_time

bp = Blueprint("factors", __name__, url_prefix="/account")

SEE_OTHER = 303


@bp.get("/factors")
@requires()
@while_unenrolled
def index() -> ResponseReturnValue:
    """Show how whoever is signed in proves who they are, and what an office asks of them."""
    idle_minutes = current_app.extensions["config"].security.session_idle_minutes
    return render_template(
        "pages/factors/index.html",
        enrolled=get_enrolled(current_user.id),
        trusted=list_trusted(current_user.id, request_time()),
        sessions=list_sessions(current_user.id, request_time(), idle_minutes),
        must_enrol=must_enrol(),
        site=find_site(),
    )


@bp.post("/app/remove")
@requires()
@sensitive
def remove_app() -> ResponseReturnValue:
    """Take the app away."""
    factors.remove_app(current_user.id, current_user.session_id, request_time())
    flash(_("The app is removed. Every other session has ended."), "success")
    return redirect(url_for("factors.index"), SEE_OTHER)


@bp.post("/passkeys/<int(max=2147483647):passkey_id>/remove")
@requires()
@sensitive
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Take a passkey away."""
    factors.remove_passkey(current_user.id, passkey_id, current_user.session_id, request_time())
    flash(_("The passkey is removed. Every other session has ended."), "success")
    return redirect(url_for("factors.index"), SEE_OTHER)


@bp.get("/recovery-codes")
@requires()
def recovery() -> ResponseReturnValue:
    """Say what recovery codes are for, and how many are left."""
    enrolled = get_enrolled(current_user.id)
    if not enrolled.any:
        return redirect(url_for("factors.index"))
    return render_template("pages/factors/recovery.html", left=enrolled.codes_left, codes=None, name=None)


@bp.post("/recovery-codes")
@requires()
@sensitive
def renew_recovery() -> ResponseReturnValue:
    """Show ten new codes, this once."""
    if not current_user.has_factor:
        return redirect(url_for("factors.index"), SEE_OTHER)
    codes = renew_codes(current_user.id, request_time())
    return render_template("pages/factors/recovery.html", left=len(codes), codes=codes, name=current_user.name)


@bp.post("/devices/<int(max=2147483647):device_id>/forget")
@requires()
def forget(device_id: int) -> ResponseReturnValue:
    """Trust one device no more."""
    forget_device(current_user.id, device_id, request_time())
    flash(_("That device is trusted no more."), "success")
    return redirect(url_for("factors.index"), SEE_OTHER)


@bp.post("/devices/forget-all")
@requires()
def forget_all() -> ResponseReturnValue:
    """Trust no device any more."""
    forget_device(current_user.id, None, request_time())
    flash(_("No device is trusted any more."), "success")
    return redirect(url_for("factors.index"), SEE_OTHER)
