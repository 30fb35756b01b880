"""Files as tests of services send them, and what is there afterwards."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from config import Config
from escalation.domain.files import FileFault, FileRefused
from escalation.extensions import db
from escalation.models.files import CaseFile
from escalation.services.files.stores import current_store
from escalation.services.files.uploads import Coming
from tests.factories import COMMUNE, Inhabitant, Town
from tests.file_makers import picture

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
FORM = "/obstacles/OBS-2026-00001/comment"
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def coming(
    person: Inhabitant, raw: bytes | None = None, name: str = "صورة.jpg", path: str = FORM, **more: Any
) -> Coming:
    """Return a file that somebody sends."""
    stream = io.BytesIO(picture() if raw is None else raw)
    return Coming(name, stream, person.id, path, more.pop("commune_code", COMMUNE), **more)


def settings(town: Town, **changes: Any) -> Config:
    """Let the installation have other settings of files."""
    config: Config = town.app.extensions["config"]
    town.app.extensions["config"] = changed = replace(config, files=replace(config.files, **changes))
    return changed


def rows() -> list[CaseFile]:
    """Return every file."""
    return list(db.session.scalars(select(CaseFile).order_by(CaseFile.id)))


def stored() -> set[str]:
    """Return the names of all that is kept."""
    return {one.name for one in current_store().names()}


def refusal(act: Callable[..., object], *args: Any) -> FileFault:
    """Return why a file is refused."""
    with pytest.raises(FileRefused) as refused:
        act(*args)
    return refused.value.fault
