"""People, what their mandates let them be and for how long, and the rows that keep them signed in or out."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Language, Office
from escalation.domain.names import name_in
from escalation.models.base import UTC, Base, code


class Person(Base):
    """Somebody who can sign in; what they may do is in their mandates."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("email"),
        UniqueConstraint("phone"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(16))
    """As it is dialled from anywhere (E.164); one may sign in by it, and nothing is sent to it."""
    name_ar: Mapped[str] = mapped_column(String(120))
    name_fr: Mapped[str] = mapped_column(String(120))
    language: Mapped[Language] = mapped_column(code(Language, "language"))
    password_hash: Mapped[str] = mapped_column(String(200))
    """Empty for who was invited and has chosen no pass-phrase yet: nothing opens that account."""
    created_at: Mapped[datetime] = mapped_column(UTC)
    suspended_at: Mapped[datetime | None] = mapped_column(UTC)
    pseudonymised_at: Mapped[datetime | None] = mapped_column(UTC)
    """When name and address went for good; what the person did stays, as that of a former member."""

    def name(self, language: str) -> str:
        """Return the name in the letters of a language; of whom it went, that they were a member."""
        return name_in(language, self.name_ar, self.name_fr)


class Mandate(Base):
    """Person x office x place x start x end; a row is ended, never overwritten. ``ends_on`` is its last day."""

    __tablename__ = "mandates"
    __table_args__ = (
        Index("ix_mandates_person_id", "person_id"),
        Index("ix_mandates_place_code_office", "place_code", "office"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    office: Mapped[Office] = mapped_column(code(Office, "office"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    interim_for_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id"))
    """The mandate in whose place this one is held while that one rests."""
    created_at: Mapped[datetime] = mapped_column(UTC)


class FilingPermission(Base):
    """The dated permission of a delegate to file in the commune's name, given by a president."""

    __tablename__ = "filing_permissions"
    __table_args__ = (
        Index("ix_filing_permissions_mandate_id", "mandate_id"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UTC)
    taken_back_at: Mapped[datetime | None] = mapped_column(UTC)


class SignInSession(Base):
    """One signed-in browser; the token itself is only in its cookie, the row holds its digest."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_sessions_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    seen_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    device: Mapped[str] = mapped_column(String(80), default="")
    """The browser and its system, as their own words name them, without version."""
    proven_at: Mapped[datetime | None] = mapped_column(UTC)
    """When a second proof was given in it last; None where none was asked."""


class SignInThrottle(Base):
    """How many sign-ins failed for one key (an account, an address, everybody) in one window of time."""

    __tablename__ = "sign_in_throttles"
    __table_args__ = (Index("ix_sign_in_throttles_person_id", "person_id"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    window_starts_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    failures: Mapped[int]
    person_id: Mapped[int | None]
    """Whose account was named, where it is known: by an address or by a number it is the same one."""
    noted: Mapped[int] = mapped_column(default=0)
    """How many of the failures their owner can read of."""
