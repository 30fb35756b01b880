"""What lets people in and tells on who came: invitations, new pass-phrases asked for, events of security."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Office
from escalation.models.base import UTC, Base, Json, code


class Invitation(Base):
    """One office at one place that one person is to take up, by one letter; of its token only the digest is held."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_invitations_person_id", "person_id"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    office: Mapped[Office] = mapped_column(code(Office, "office"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    token_hash: Mapped[str | None] = mapped_column(String(64))
    """None until its letter is written: while a second administrator is waited for."""
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTC)
    accepted_at: Mapped[datetime | None] = mapped_column(UTC)
    revoked_at: Mapped[datetime | None] = mapped_column(UTC)


class PasswordReset(Base):
    """Somebody asked to choose another pass-phrase: first an address, then one letter to whom it belongs."""

    __tablename__ = "password_resets"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_password_resets_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    """The address or number that was typed, until a worker looks it up: the page that asks takes as long for all."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    token_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    """When it was used, or when a newer one took its place."""


class SecurityEvent(Base):
    """Something that happened at a door: to whom, by whom, and codes about it; never a secret, never a text."""

    __tablename__ = "security_events"
    __table_args__ = (
        Index("ix_security_events_person_id_id", "person_id", "id"),
        Index("ix_security_events_at", "at"),
        Index("ix_security_events_kind_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTC)
    kind: Mapped[SecurityEventKind] = mapped_column(code(SecurityEventKind, "kind", checked=False))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    codes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
