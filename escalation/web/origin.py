"""The check at the door of every form: it comes from a page of ours, and carries the token that page was given."""

from urllib.parse import urlsplit

from flask import abort, current_app, request

from escalation.extensions import csrf

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OUR_OWN = frozenset({"same-origin", "none"})


def check_form() -> None:
    """Let a form of ours pass; what another site sends is refused before anything of it is read.

    Raises: BadRequest when another site sent it, CSRFError when its token is missing or no longer good.
    """
    if request.method in READING or request.routing_exception is not None or _is_by_address():
        return
    if is_from_elsewhere():
        abort(400)
    csrf.protect()


def _is_by_address() -> bool:
    """Say whether whoever has the address may send the form: nothing that a browser adds by itself has a part in it."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and bool(vars(view).get("is_by_address"))


def is_from_elsewhere() -> bool:
    """Say whether the browser tells that another site sent this; a browser that tells nothing has the token alone."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched:
        return fetched not in OUR_OWN
    sender = request.headers.get("Origin") or request.headers.get("Referer")
    return sender is not None and not _is_ours(sender)


def is_known_as_ours() -> bool:
    """Say whether the browser tells that a page of ours sent this."""
    tells = any(request.headers.get(name) for name in ("Sec-Fetch-Site", "Origin", "Referer"))
    return tells and not is_from_elsewhere()


def _is_ours(address: str) -> bool:
    try:
        return urlsplit(address).netloc == request.host
    except ValueError:
        return False
