"""Places where a test may have the program killed, to prove what a crash there costs; nothing in production."""

import os
import signal

VARIABLE = "ESCALATION_TEST_FAIL_AT"


def reach(point: str) -> None:
    """Kill this process with no farewell if a test named this point, and the installation is not a production."""
    if os.environ.get(VARIABLE) == point and os.environ.get("ESCALATION_ENV", "production") != "production":
        os.kill(os.getpid(), signal.SIGKILL)
