"""A backlog that is brought in from a table, of obstacles or of people: its lines as read, and how far it came."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models.base import UTC, Base, Json, code


class ImportKind(StrEnum):
    """What the lines of a table are."""

    OBSTACLES = "obstacles"
    PEOPLE = "people"


class ImportStatus(StrEnum):
    """Where an import is."""

    CHECKING = "checking"
    READY = "ready"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"


class BacklogImport(Base):
    """One file: checked line by line, then brought in whole or not at all."""

    __tablename__ = "backlog_imports"
    __table_args__ = (Index("ix_backlog_imports_status_id", "status", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    kind: Mapped[ImportKind] = mapped_column(code(ImportKind, "kind"), default=ImportKind.OBSTACLES)
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    """Of the lines as they were read: the same file sent twice is one import."""
    status: Mapped[ImportStatus] = mapped_column(code(ImportStatus, "status"), default=ImportStatus.CHECKING)
    lines: Mapped[list[Any]] = mapped_column(Json)
    """Each line as it was read: its number in the file and its cells by column; none once they are not needed."""
    outcomes: Mapped[list[Any]] = mapped_column(Json, default=list)
    """For each line checked so far: what it makes, or what is wrong with it."""
    unread: Mapped[list[Any]] = mapped_column(Json, default=list)
    """The headings of the file that name no column of ours."""
    total: Mapped[int] = mapped_column(default=0)
    """How many lines the file held."""
    checked: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
