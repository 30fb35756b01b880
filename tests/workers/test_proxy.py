"""The one process behind a proxy: what the proxy says of its visitors is believed as far as the settings say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import request
from werkzeug.test import Client

from config import Config
from escalation.app import create_app
from tests.conftest import close_connections
from tests.servers import free_port
from workers.embedded import _listen

SAID = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost"}

HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("hops", "seen"), [(0, ("127.0.0.1", "http")), (1, ("198.51.100.7", "https"))])
def test_a_visitor_is_who_the_proxy_says_only_where_one_is_believed(
    config: Config, hops: int, seen: tuple[str, str]
) -> None:
    behind = replace(config, port=free_port(), security=replace(config.security, proxy_hops=hops))
    app, met = create_app(behind), []
    app.before_request(lambda: met.append((request.remote_addr, request.scheme)))
    server = _listen(app, behind)
    try:
        Client(server.application).get("/healthz/live", base_url="http://localhost", headers=SAID, environ_base=HERE)
    finally:
        server.close()
        close_connections(app)
    assert met == [seen]
