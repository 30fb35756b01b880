"""Who may call a view: the marks, and the gate that reads them before every request; the decisions are the policy's."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from escalation.domain.codes import Office
from escalation.web.expired import held_form
from escalation.web.identity import current_actor, must_enrol
from escalation.web.kept import is_keeping
from escalation.web.paths import own_path
from escalation.web.step_up import ask_proof, is_proven

P = ParamSpec("P")
R = TypeVar("R")

FOUND, SEE_OTHER, UNAUTHORIZED, FORBIDDEN = 302, 303, 401, 403

PUBLIC = "public"
ANY_OFFICE = frozenset(Office)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as open to everybody, signed in or not."""
    vars(view)["access"] = PUBLIC
    return view


def requires(*offices: Office) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as open to those who hold one of these offices now; none named: to whoever is signed in."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        vars(view)["access"] = frozenset(offices) or ANY_OFFICE
        return view

    return mark


def sensitive(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as one before which people prove again who they are, unless they have just done so."""
    vars(view)["is_sensitive"] = True
    return view


def by_address(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view whose address alone is the right to it: any program may send its form, from wherever it is."""
    vars(view)["is_by_address"] = True
    return view


def while_unenrolled(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as open to who holds an office that asks for a second factor and has none yet."""
    vars(view)["is_for_unenrolled"] = True
    return view


def check_access() -> ResponseReturnValue | None:
    """Let the request pass, or send it to sign in, or refuse it: a view without a mark is refused to everybody."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    access = vars(view).get("access", frozenset())
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if not vars(view).get("is_for_unenrolled") and must_enrol():
        return _ask_to_enrol()
    if access is not ANY_OFFICE and not any(mandate.office in access for mandate in current_actor().mandates):
        abort(403)
    if vars(view).get("is_sensitive") and not is_proven():
        return ask_proof()
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    """Send a reader to sign in and back; a form of ours is held on its page meanwhile, with all that was typed."""
    if is_keeping():
        return {}, UNAUTHORIZED
    held = held_form()
    if held is not None:
        return render_template("errors/401.html", held=held), UNAUTHORIZED
    wanted = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(url_for("sign_in.show", next=own_path(wanted)), SEE_OTHER if request.method == "POST" else FOUND)


def _ask_to_enrol() -> ResponseReturnValue:
    """Lead to the page of second factors; a form of ours is held on its page meanwhile, with all that was typed."""
    if is_keeping():
        return {}, UNAUTHORIZED
    held = held_form()
    if held is not None:
        return render_template("errors/enrol.html", held=held), FORBIDDEN
    return redirect(url_for("factors.index"), SEE_OTHER if request.method == "POST" else FOUND)
