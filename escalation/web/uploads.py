"""Files that people send: only an address marked for them takes more than a form, and only from those it is for."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import current_app, request
from flask_login import current_user

from escalation.web.access import PUBLIC
from escalation.web.identity import current_actor
from escalation.web.origin import READING, is_from_elsewhere

P = ParamSpec("P")
R = TypeVar("R")

AROUND_BYTES = 20_000
"""What the form sends beside its file."""


def takes_file(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as taking a file of this size at most."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        vars(view)["most_bytes"] = most_bytes
        return view

    return mark


def make_room_for_file() -> None:
    """Let a marked address take a file, before anything of the request is read; from nobody else, and nowhere else."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = vars(view).get("most_bytes") if view is not None and request.method not in READING else None
    if most_bytes is None or is_from_elsewhere() or not current_user.is_authenticated:
        return
    access = vars(view).get("access", frozenset())
    if access != PUBLIC and any(mandate.office in access for mandate in current_actor().mandates):
        request.max_content_length = most_bytes + AROUND_BYTES
