"""That a case was read: noted once its page is made, which never fails or waits for it."""

import logging

from flask import Response, g
from sqlalchemy.exc import SQLAlchemyError

from escalation.queries.case.cases import Dossier
from escalation.services.privacy.reads import note_read
from escalation.web.identity import current_actor, request_time

log = logging.getLogger(__name__)

OK = 200


def note_reading(dossier: Dossier) -> None:
    """Have it noted that whoever asked has read this case, or a file of it, once the answer is made."""
    g.reading = (dossier.obstacle.id, dossier.case)


def write_reading(response: Response) -> Response:
    """Write down the reading of this request, if there was one; a page never fails for it."""
    reading = g.pop("reading", None)
    if reading is not None and response.status_code == OK:
        try:
            obstacle_id, case = reading
            note_read(obstacle_id, case, current_actor(), request_time())
        except SQLAlchemyError:
            log.warning("the reading of a case could not be noted")
    return response
