"""From errors to pages, once: what a person can read, with the status that a program can read."""

import logging
import traceback

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, SecurityError

from escalation.domain.errors import NotAllowed, NotFound, TransitionNotAllowed
from escalation.web.expired import expired, held_form

log = logging.getLogger(__name__)

REFUSED = ("This address is not served here.\n", 400, {"Content-Type": "text/plain; charset=utf-8"})
"""What is answered to another host's name, under which no address of ours can be written."""

RECUSED = "recused"
PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})


def register_errors(app: Flask) -> None:
    """Give each kind of error its page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda _error: _page(404))
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(TransitionNotAllowed, lambda _error: _page(409))
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(NoConnectionFree, _no_connection_free)
    app.register_error_handler(Exception, _fault)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if isinstance(error, SecurityError):
        return REFUSED
    page, _status = _page(error.code if error.code in PAGES else (404 if error.code == 405 else 400))
    allowed = getattr(error, "valid_methods", None)
    return page, error.code, {"Allow": ", ".join(sorted(allowed))} if allowed else {}


def _not_allowed(error: NotAllowed) -> ResponseReturnValue:
    is_recused = error.reason == RECUSED
    return render_template("errors/403.html", held=held_form(), is_recused=is_recused), 403


def _database_away(error: OperationalError) -> ResponseReturnValue:
    log.error("the database did not answer: %s", type(error.orig).__name__)
    return render_template("errors/503.html", held=held_form()), 503


def _no_connection_free(_error: NoConnectionFree) -> ResponseReturnValue:
    log.error("no connection to the database became free in time")
    return render_template("errors/503.html", held=held_form()), 503


def _fault(error: Exception) -> ResponseReturnValue:
    refusal = _refused_statement(error)
    if refusal is None:
        log.error("fault on %s %s", request.method, request.endpoint, exc_info=error)
    else:
        kinds = f"{type(refusal).__name__} of {type(refusal.orig).__name__}"
        places = "".join(traceback.format_tb(error.__traceback__))
        log.error("fault on %s %s: %s\n%s", request.method, request.endpoint, kinds, places)
    return _page(500)


def _refused_statement(error: BaseException | None) -> StatementError | None:
    """Return what the database refused, if that is behind an error: its words hold what people wrote."""
    while error is not None and not isinstance(error, StatementError):
        error = error.__cause__ or error.__context__
    return error


def _page(code: int) -> tuple[str, int]:
    return render_template(f"errors/{code}.html", held=held_form()), code
