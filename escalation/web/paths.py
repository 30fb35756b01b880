"""Where a page may send its reader on to: addresses of our own, and no others."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LONGEST = 2000
ANY_CASE = "OBS-0000-00000"
NOT_A_PLACE_TO_GO = frozenset({"sign_in.show", "sign_in.create", "sign_in.destroy"})


def own_path(asked: str | None) -> str | None:
    """Return the address asked for when it is a page of ours that can be opened, else None."""
    if not asked or len(asked) > LONGEST or not asked.startswith("/") or asked.startswith("//"):
        return None
    path = unquote(urlsplit(asked).path)
    if any(char == "\\" or not char.isprintable() for char in unquote(asked)) or path.startswith("//"):
        return None
    try:
        endpoint, _arguments = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint in NOT_A_PLACE_TO_GO else asked


def case_addresses() -> Callable[[str], str]:
    """Return what makes the address of a case of its reference: a list builds one address, and writes many."""
    before, after = url_for("case.show", reference=ANY_CASE).split(ANY_CASE)
    return lambda reference: f"{before}{reference}{after}"
