"""Requests to a server on this machine, which never pass through a proxy that the environment names."""

from __future__ import annotations

import http.client
from contextlib import closing


def get(port: int, path: str, host: str | None = None) -> tuple[int, bytes]:
    """Return the status and the body. Raises: OSError, where nobody listens."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
