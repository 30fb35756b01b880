"""A browser for tests: https, our own host, a new application context for each request, and forms with their token."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

ORIGIN = "https://localhost"
CSRF_VALUE = "a-value-for-tests"


class Visitor(FlaskClient):
    """A client whose requests never share `flask.g`, even where the test itself holds an application context."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, app.response_class, use_cookies=True)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and return the answer, read whole."""
        kwargs.setdefault("base_url", ORIGIN)
        with self.application.app_context():
            return super().open(*args, **kwargs)

    def submit(self, path: str, fields: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Post a form as a page of ours would, in English: with its token and from our own origin."""
        with self.session_transaction(base_url=ORIGIN) as session:
            session.setdefault("language", "en")
            session.setdefault("csrf_token", CSRF_VALUE)
            value = session["csrf_token"]
        token = URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token").dumps(value)
        headers = {"Referer": f"{ORIGIN}/", **kwargs.pop("headers", {})}
        return self.post(path, data={"csrf_token": token, **(fields or {})}, headers=headers, **kwargs)
