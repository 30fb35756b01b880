"""What every table shares: the typed base, the column types for instants and codes, and the far date."""

from datetime import UTC as UTC_ZONE
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Enum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from escalation.extensions import db

FAR = datetime(9999, 12, 31, tzinfo=UTC_ZONE)
"""The due time of a case whose clock stands still: it sorts after every real one."""

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The typed parent of every model; it shares Flask-SQLAlchemy's metadata."""

    metadata = db.metadata


class UTC(TypeDecorator[datetime]):
    """An instant: stored in UTC, read back aware; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: give it a time zone")
        value = value.astimezone(UTC_ZONE)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC_ZONE) if value.tzinfo is None else value.astimezone(UTC_ZONE)


def code(codes: type[StrEnum], name: str, *, checked: bool = True) -> Enum:
    """A column type that holds one code of a closed list as text, with a CHECK of that name unless told otherwise."""

    def values(enum: type[Any]) -> list[str]:
        return [member.value for member in enum]

    return Enum(
        codes,
        name=name,
        native_enum=False,
        create_constraint=checked,
        length=40,
        values_callable=values,
        validate_strings=True,
    )
