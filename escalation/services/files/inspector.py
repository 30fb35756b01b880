"""Having a file looked at: by a process that may fail, and by a scanner for viruses where the settings name one."""

import json
import subprocess  # nosec B404
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket

from escalation.domain.files import FileFault, FileKind, FileRefused
from escalation.services.files.checker import CONTENT, SMALL

MOST_AT_ONCE: Final = 2
"""How many files one process of the program has looked at together: what they take of memory is bounded by it."""
TURN_WITHIN_S: Final = 15
CHECKED_WITHIN_S: Final = 25
SCANNED_WITHIN_S: Final = 20
FOUND = "FOUND"
_TURNS = BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True)
class Inspected:
    """A file that may be kept: its kind, and where its bytes and its small copy lie."""

    kind: FileKind
    content: Path
    small: Path | None


def inspect(place: Path, name: str, most_bytes: int) -> Inspected:
    """Return what may be kept of the file at a place. Raises: FileRefused."""
    words = [sys.executable, "-m", "escalation.services.files.checker", str(place), _plain(name), str(most_bytes)]
    with _turn():
        try:
            # Only what it needs is told to it: no address, no key and no password of ours.
            done = subprocess.run(  # noqa: S603  # nosec B603
                words, capture_output=True, timeout=CHECKED_WITHIN_S, check=False, env={"PYTHONPATH": _paths()}
            )
        except subprocess.TimeoutExpired as endless:
            raise FileRefused(FileFault.TOO_LONG) from endless
    if done.returncode != 0:
        raise FileRefused(FileFault.BROKEN)
    said = json.loads(done.stdout)
    if "fault" in said:
        raise FileRefused(FileFault(said["fault"]))
    small = place.with_suffix(SMALL)
    return Inspected(FileKind(said["kind"]), place.with_suffix(CONTENT), small if small.exists() else None)


def scan(place: Path, clamd: str) -> None:
    """Refuse a file in which the scanner finds something, and every file while it is away. Raises: FileRefused."""
    host, _colon, port = clamd.rpartition(":")
    is_socket = clamd.startswith("/")
    scanner = (
        ClamdUnixSocket(path=clamd, timeout=SCANNED_WITHIN_S)
        if is_socket
        else ClamdNetworkSocket(host=host, port=int(port), timeout=SCANNED_WITHIN_S)
    )
    try:
        with place.open("rb") as stream:
            status = scanner.instream(stream)["stream"][0]
    except (ClamdError, OSError, KeyError, IndexError, ValueError) as away:
        raise FileRefused(FileFault.NO_SCANNER) from away
    if status != "OK":
        raise FileRefused(FileFault.VIRUS if status == FOUND else FileFault.NO_SCANNER)


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURNS.acquire(timeout=TURN_WITHIN_S):
        raise FileRefused(FileFault.BUSY)
    try:
        yield
    finally:
        _TURNS.release()


def _paths() -> str:
    return ":".join(path for path in sys.path if path)


def _plain(name: str) -> str:
    """Return a name as a word of a command line can hold it."""
    return name.replace("\0", "").encode("utf-8", "replace").decode()
