"""The settings of mail that comes in: under which domain it is answered, and from which mailbox it is fetched."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

INTAKE_DEFAULTS: Final[Mapping[str, str]] = {
    "ESCALATION_INTAKE_DOMAIN": "",
    "ESCALATION_INTAKE_AUTHSERV_ID": "",
    "ESCALATION_INTAKE_IMAP_HOST": "",
    "ESCALATION_INTAKE_IMAP_PORT": "993",
    "ESCALATION_INTAKE_IMAP_USERNAME": "",
    "ESCALATION_INTAKE_IMAP_PASSWORD": "",
    "ESCALATION_INTAKE_IMAP_FOLDER": "INBOX",
    "ESCALATION_INTAKE_IMAP_DONE_FOLDER": "",
}
DOMAIN: Final = re.compile(r"(?=.{1,100}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """A mailbox that is looked into by IMAP over TLS."""

    host: str
    port: int = 993
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    done_folder: str = ""
    """Where a mail goes once it is stored here; nothing: it stays, and is marked as seen."""


@dataclass(frozen=True, kw_only=True)
class IntakeSettings:
    """How mail comes in; without a domain none does, and nobody is told that they may answer by mail."""

    domain: str = ""
    authserv_id: str = ""
    """The name under which our own relay says whether a sender is who it seems; nothing: it says nothing."""
    mailbox: Mailbox | None = None


def read_intake_settings(text: Mapping[str, str], faults: list[str]) -> IntakeSettings:
    """Return the settings that these texts describe; what cannot be read is added to ``faults``."""
    domain, host = text["ESCALATION_INTAKE_DOMAIN"].lower(), text["ESCALATION_INTAKE_IMAP_HOST"]
    if domain and not DOMAIN.fullmatch(domain):
        faults.append("ESCALATION_INTAKE_DOMAIN must be the name of a domain, such as reply.example.org.")
    if host and not domain:
        faults.append("ESCALATION_INTAKE_IMAP_HOST needs ESCALATION_INTAKE_DOMAIN.")
    if host and not text["ESCALATION_INTAKE_IMAP_USERNAME"]:
        faults.append("ESCALATION_INTAKE_IMAP_USERNAME is missing.")
    mailbox = Mailbox(
        host=host,
        port=_port(text["ESCALATION_INTAKE_IMAP_PORT"], faults),
        username=text["ESCALATION_INTAKE_IMAP_USERNAME"],
        password=text["ESCALATION_INTAKE_IMAP_PASSWORD"],
        folder=text["ESCALATION_INTAKE_IMAP_FOLDER"],
        done_folder=text["ESCALATION_INTAKE_IMAP_DONE_FOLDER"],
    )
    return IntakeSettings(
        domain=domain,
        authserv_id=text["ESCALATION_INTAKE_AUTHSERV_ID"].lower(),
        mailbox=mailbox if host else None,
    )


def _port(given: str, faults: list[str]) -> int:
    if given.isascii() and given.isdigit() and 1 <= int(given) <= 65535:
        return int(given)
    faults.append("ESCALATION_INTAKE_IMAP_PORT must be a whole number from 1 to 65535.")
    return 993
