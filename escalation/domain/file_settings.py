"""The settings of files beside a case: how much is taken, where it is kept, and who looks at it for viruses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

MB: Final = 1_000_000

FILE_DEFAULTS: Final[Mapping[str, str]] = {
    "ESCALATION_FILES_MOST": "5",
    "ESCALATION_FILES_MOST_MB": "10",
    "ESCALATION_FILES_COMMUNE_MB": "2000",
    "ESCALATION_S3_BUCKET": "",
    "ESCALATION_S3_ENDPOINT": "",
    "ESCALATION_S3_REGION": "",
    "ESCALATION_S3_ACCESS_KEY": "",
    "ESCALATION_S3_SECRET_KEY": "",
    "ESCALATION_CLAMD": "",
}


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A place of an object store; without keys those of the machine's own surroundings serve."""

    name: str
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class FileSettings:
    """How many files stand with one text, how large one may be, and how much one commune keeps in all."""

    most_files: int = 5
    most_bytes: int = 10 * MB
    commune_bytes: int = 2000 * MB
    bucket: Bucket | None = None
    """Where files are kept; none: in a folder of this machine."""
    clamd: str | None = None
    """host:port of a scanner for viruses, or the path of its socket."""

    def endpoint_fault(self) -> str | None:
        """Return why the address of the object store must not be used, or None."""
        endpoint = self.bucket.endpoint if self.bucket else None
        if endpoint is None or endpoint.startswith("https://"):
            return None
        is_here = endpoint.startswith("http://") and _host(endpoint) in ("127.0.0.1", "localhost", "::1")
        return None if is_here else "must be an https address, or one of this machine."


def read_file_settings(text: Mapping[str, str], faults: list[str]) -> FileSettings:
    """Return the settings that these texts describe; what cannot be read is added to ``faults``."""
    name = text["ESCALATION_S3_BUCKET"]
    bucket = Bucket(
        name=name,
        endpoint=text["ESCALATION_S3_ENDPOINT"] or None,
        region=text["ESCALATION_S3_REGION"] or None,
        access_key=text["ESCALATION_S3_ACCESS_KEY"] or None,
        secret_key=text["ESCALATION_S3_SECRET_KEY"] or None,
    )
    clamd = text["ESCALATION_CLAMD"]
    host, _colon, port = clamd.rpartition(":")
    if clamd and not clamd.startswith("/") and not (host and port.isdigit()):
        faults.append("ESCALATION_CLAMD must be host:port, or the path of a socket.")
    return FileSettings(
        most_files=_whole(text, "ESCALATION_FILES_MOST", 20, faults),
        most_bytes=_whole(text, "ESCALATION_FILES_MOST_MB", 50, faults) * MB,
        commune_bytes=_whole(text, "ESCALATION_FILES_COMMUNE_MB", 1_000_000, faults) * MB,
        bucket=bucket if name else None,
        clamd=clamd or None,
    )


def _whole(text: Mapping[str, str], name: str, most: int, faults: list[str]) -> int:
    given = text[name]
    if given.isascii() and given.isdigit() and 1 <= int(given) <= most:
        return int(given)
    faults.append(f"{name} must be a whole number from 1 to {most}.")
    return 1


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
