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
AROUND_ANSWERS_BYTES = 600_000
"""What a form with long answers sends beside its files."""


def takes_file(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as taking a file of this size at most."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        vars(view)["most_bytes"] = most_bytes
        return view

    return mark


def takes_files(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as taking files beside its answers, as many and as large as the settings say."""
    vars(view)["takes_files"] = True
    return view


def make_room_for_file() -> None:
    """Let a marked address take a file, before anything of the request is read; from nobody else, and nowhere else."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = _most_bytes(view) if view is not None and request.method not in READING else None
    if most_bytes is None or is_from_elsewhere() or not current_user.is_authenticated:
        return
    access = vars(view).get("access", frozenset())
    if access != PUBLIC and any(mandate.office in access for mandate in current_actor().mandates):
        request.max_content_length = most_bytes + AROUND_BYTES


def _most_bytes(view: Callable[..., object]) -> int | None:
    """Return how much a view takes; of files one more than it keeps, so that the one too many is named."""
    if not vars(view).get("takes_files"):
        most_bytes: int | None = vars(view).get("most_bytes")
        return most_bytes
    if request.mimetype != "multipart/form-data":
        return None
    settings = current_app.extensions["config"].files
    return int((settings.most_files + 1) * settings.most_bytes + AROUND_ANSWERS_BYTES)
