"""An installation that asks everybody for a second proof, served under a name that browsers take for safe."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from tests.conftest import close_connections
from tests.servers import free_port
from tests.settings import settings_for


@contextmanager
def asking(create_app: Callable[..., Flask], database_url: str, home: Path) -> Iterator[tuple[Flask, str]]:
    """Serve the installation until it is left; give it and its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    config = settings_for(database_url, home, asks=True)
    app = create_app(
        replace(
            config,
            installation=replace(config.installation, base_url=address),
            security=replace(config.security, session_cookie_secure=False),
        )
    )
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield app, address
    finally:
        server.shutdown()
        thread.join()
        close_connections(app)
