"""Where the bytes of files lie: a folder of this machine, or a bucket; both are asked the same, by names of ours."""

import os
import pkgutil
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol, cast

from flask import current_app

from escalation.domain.errors import NotFound
from escalation.domain.file_settings import FileSettings

NAME: Final = re.compile(r"[0-9a-f]{32}(-small)?")
KEPT, INCOMING = "kept", "incoming"
LEAST_FREE_BYTES: Final = 1_000_000_000
LEAST_FREE_SHARE: Final = 0.1


class StoreAway(OSError):
    """The place where files are kept does not answer, or takes nothing."""


@dataclass(frozen=True)
class Stored:
    """A file as its store knows it: its name, and since when it is there."""

    name: str
    since: datetime


class Store(Protocol):
    """What keeps files; a name is one that ``new_name`` made, or such a name with ``-small`` behind it."""

    def keep(self, name: str, source: Path) -> None:
        """Keep the bytes of a local file under this name, whole or not at all."""

    def read(self, name: str) -> bytes:
        """Return the bytes kept under this name. Raises: NotFound."""

    def drop(self, name: str) -> None:
        """Let go of the bytes under this name, if there are any."""

    def names(self) -> Iterator[Stored]:
        """Yield everything that is kept."""


def new_name() -> str:
    """Return a name that was never given: 128 bits of chance."""
    return secrets.token_hex(16)


def checked_name(name: str) -> str:
    """Return a name as it is. Raises: ValueError when it is none of ours."""
    if not NAME.fullmatch(name):
        raise ValueError("not a name of ours")
    return name


class LocalStore:
    """A folder for this program only: written beside, brought to the disk, then named in one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, source: Path) -> None:
        """Keep the bytes of a file of the same disk under this name."""
        target = self._path(name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source.chmod(0o600)
        _bring_to_disk(source)
        source.rename(target)
        _bring_to_disk(target.parent)

    def read(self, name: str) -> bytes:
        """Return the bytes kept under this name. Raises: NotFound."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as missing:
            raise NotFound("file") from missing

    def drop(self, name: str) -> None:
        """Let go of the bytes under this name, if there are any."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[Stored]:
        """Yield everything that is kept."""
        for path in self._folder.glob("??/*"):
            if NAME.fullmatch(path.name):
                yield Stored(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def _path(self, name: str) -> Path:
        return self._folder / checked_name(name)[:2] / name


def _bring_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files_folder(var_dir: Path) -> Path:
    """Return the folder of files below the installation's own, made for this program only."""
    folder = var_dir / "files"
    for place in (var_dir, folder, folder / INCOMING, folder / KEPT):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def current_store() -> Store:
    """Return the store of the running application."""
    extensions = current_app.extensions
    if "file_store" not in extensions:
        config = extensions["config"]
        extensions["file_store"] = _open_store(config.files, config.var_dir)
    return cast("Store", extensions["file_store"])


def _open_store(settings: FileSettings, var_dir: Path) -> Store:
    if settings.bucket is None:
        return LocalStore(files_folder(var_dir) / KEPT)
    # Loaded where a bucket is named only: its library is an extra that others do without.
    return cast("Store", pkgutil.resolve_name("escalation.services.files.bucket:BucketStore")(settings.bucket))


def has_room(var_dir: Path) -> bool:
    """Say whether the disk may still take files: a full one would stop the database too."""
    usage = shutil.disk_usage(files_folder(var_dir))
    return usage.free >= LEAST_FREE_BYTES and usage.free >= usage.total * LEAST_FREE_SHARE
