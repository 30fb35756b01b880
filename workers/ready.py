"""Saying that the program is ready, once it has answered a request of its own."""

import http.client
import sys
import time
from collections.abc import Callable

ATTEMPTS = 5
PAUSE_S = 1.0
TIMEOUT_S = 30


def announce(address: str, port: int, host: str, say: Callable[[str], None]) -> None:
    """Say where we are seen once a request is answered, or say on stderr why none is.

    The request goes straight to our own port: a proxy named in the environment is for other machines.
    """
    failure = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_S)
        failure = _find_failure(address, port, host)
        if not failure:
            say(f"Ready: http://{address}:{port}")
            return
    sys.stderr.write(f"No answer from http://{address}:{port}: {failure}\n")
    sys.stderr.flush()


def _find_failure(address: str, port: int, host: str) -> str:
    connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz/live", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return "" if status == 200 else f"it answers {status} to a request for {host}"
