"""The addresses of files: each is given to be saved, never to be opened as a page of ours."""

import logging
from io import BytesIO

from flask import Blueprint, Response, abort, send_file

from escalation.domain.files import MEDIA_TYPES
from escalation.models.files import CaseFile
from escalation.queries.case.files import find_case_of, get_file
from escalation.services.files.stores import StoreAway, current_store
from escalation.web.access import requires
from escalation.web.files import help_words, most_bytes
from escalation.web.identity import current_actor, request_time
from escalation.web.privacy.reading import note_reading

log = logging.getLogger(__name__)

bp = Blueprint("files", __name__, url_prefix="/files")
bp.add_app_template_global(help_words, "files_help")
bp.add_app_template_global(most_bytes, "files_most_bytes")

POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
SMALL_TYPE = "image/webp"


@bp.get("/<file:public_id>")
@requires()
def show(public_id: str) -> Response:
    """Send a file, whole or the part that is asked for, under its name."""
    row = get_file(current_actor(), public_id, request_time())
    dossier = find_case_of(current_actor(), row, request_time())
    if dossier is not None:
        note_reading(dossier)
    return _sent(row, row.stored_as, MEDIA_TYPES[row.kind], row.sha256)


@bp.get("/<file:public_id>/small")
@requires()
def small(public_id: str) -> Response:
    """Send the small copy of a picture, which was drawn when the picture came, to stand in a page."""
    row = get_file(current_actor(), public_id, request_time())
    if not row.small_bytes:
        abort(404)
    return _sent(row, f"{row.stored_as}-small", SMALL_TYPE, f"{row.sha256}-small", is_shown=True)


def _sent(row: CaseFile, stored_as: str, media_type: str, etag: str, *, is_shown: bool = False) -> Response:
    try:
        content = current_store().read(stored_as)
    except StoreAway:
        log.exception("a file could not be read")
        abort(503)
    answer = send_file(
        BytesIO(content),
        mimetype=media_type,
        as_attachment=not is_shown,
        download_name=row.name,
        conditional=True,
        etag=etag,
    )
    # What a file may do where somebody opens it all the same; a page shows its small copy under its own policy.
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
