"""What was refused is written down: who asked what of which part, in ids and codes, so that a pattern can be seen."""

import logging

from flask import Response, g, request

from escalation.web.identity import SignedIn

log = logging.getLogger(__name__)

REFUSED = frozenset({400, 403, 413, 429})
"""A form of another site or a host that is not ours, a right that is missing, too much at once, too many tries."""
HIDDEN = 404
"""What is not one's own looks as if it were not there; to who is signed in it is a refusal all the same."""
DOORS = frozenset(
    {"sign_in.create", "second.create", "second.passkey", "prove.create", "account.password", "enrol.confirm"}
)
"""Where an answer that is not taken may be a wrong pass-phrase or a wrong code."""
NOT_TAKEN = 422


def note_refused(response: Response) -> Response:
    """Write down a refusal; never an address, a name, or a word of what was sent."""
    status = response.status_code
    is_hidden = status == HIDDEN and request.endpoint is not None and isinstance(g.get("_login_user"), SignedIn)
    is_wrong = status == NOT_TAKEN and request.endpoint in DOORS
    if status in REFUSED or is_hidden or is_wrong:
        log.warning("refused: %s %s %s to %s", status, request.method, request.endpoint or "nowhere", _who())
    return response


def _who() -> str:
    """Return who asked, as far as the request had come: the database is not asked for it."""
    user = g.get("_login_user")
    return f"person {user.id}" if isinstance(user, SignedIn) else "nobody known"
