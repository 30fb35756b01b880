"""What reaches out of the program, and what guards secrets, is done in few places, and each of them is known."""

import ast
from pathlib import Path

from tests.house.tree import ROOT, python_files, report, shown

TALKS = frozenset({"aiohttp", "boto3", "clamav_client", "ftplib", "http.client", "httpx", "imaplib", "requests",
                   "smtplib", "socket", "socketserver", "telnetlib", "urllib.request", "urllib3",
                   "xmlrpc.client"})  # fmt: skip
TALKERS = {
    "escalation/mail/incoming/imap.py": "the mailbox that the settings name",
    "escalation/mail/transport.py": "the relay that the settings name",
    "escalation/services/files/bucket.py": "the store of files that the settings name",
    "escalation/services/files/inspector.py": "the scanner that the settings name",
    "escalation/services/webhooks/post.py": "public addresses that an administrator names, checked before each try",
    "workers/embedded.py": "asks this machine for a free port",
    "workers/ready.py": "asks its own page whether it answers",
}
"""Files that open a connection by themselves, each with whom it talks to: never one that a visitor named."""
CRYPTO = frozenset({"argon2", "cryptography", "hashlib", "hmac", "itsdangerous", "pyotp", "secrets", "ssl", "webauthn"})
INVENTORY = ROOT / "docs" / "asvs.md"


def imported(path: Path) -> set[str]:
    """Return every module that a file names in its imports, with the names taken from it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def users_of(modules: frozenset[str]) -> list[str]:
    """Return the program's files that import one of these modules."""
    places = ("escalation", "workers", "config.py")
    files = (path for path in python_files() if path.relative_to(ROOT).parts[0] in places)
    return [shown(path) for path in files if any(name in modules or _root(name) in modules for name in imported(path))]


def _root(name: str) -> str:
    return name.partition(".")[0]


def test_only_known_files_open_connections() -> None:
    found = set(users_of(TALKS))
    faults = sorted(found - set(TALKERS))
    assert not faults, report(faults, "Say in TALKERS with whom it talks; a visitor must not be able to name it:")
    assert set(TALKERS) == found, f"Take out of TALKERS what talks no more: {sorted(set(TALKERS) - found)}"


def test_every_use_of_cryptography_is_in_the_inventory() -> None:
    page = INVENTORY.read_text(encoding="utf-8")
    inventory = page[page.index("## Keys, digests and chance") : page.index("## Line by line")]
    faults = [name for name in users_of(CRYPTO) if f"`{name}`" not in inventory]
    assert not faults, report(faults, f"Write into the inventory of {INVENTORY.name} what it is used for:")
