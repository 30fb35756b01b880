"""What people prove themselves with besides a pass-phrase, the devices they trust, the proofs that are waited for."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models.base import UTC, Base


class AuthenticatorApp(Base):
    """An app that shows a code every thirty seconds; it counts once its owner has written one of its codes."""

    __tablename__ = "authenticator_apps"
    __table_args__ = (Index("ix_authenticator_apps_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    sealed_secret: Mapped[str] = mapped_column(String(200))
    """What it shares with us, sealed with a key that is not in the database."""
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The step of time whose code was taken last: neither it nor an earlier one is taken again."""
    created_at: Mapped[datetime] = mapped_column(UTC)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTC)
    used_at: Mapped[datetime | None] = mapped_column(UTC)


class Passkey(Base):
    """A key that a device or a token keeps and shows to this installation's own address only."""

    __tablename__ = "passkeys"
    __table_args__ = (
        UniqueConstraint("credential_hash"),
        Index("ix_passkeys_person_id", "person_id"),
        CheckConstraint("sign_count >= 0", name="sign_count_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[str] = mapped_column(Text)
    credential_hash: Mapped[str] = mapped_column(String(64))
    """By which it is found, since its own name may be a thousand bytes long."""
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UTC)
    used_at: Mapped[datetime | None] = mapped_column(UTC)


class RecoveryCode(Base):
    """One of ten codes on paper; its hash is slow to make, and has the salt of its set."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    salt: Mapped[str] = mapped_column(String(32))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTC)
    used_at: Mapped[datetime | None] = mapped_column(UTC)


class TrustedDevice(Base):
    """A browser whose owner asked not to be asked for a second proof there for a while."""

    __tablename__ = "trusted_devices"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_trusted_devices_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTC)
    used_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)


class Proof(Base):
    """A second proof that is waited for: by a sign-in whose pass-phrase was right, by a session, or of nobody known.

    Whoever holds its token may answer it, a few times and for a few minutes; one right answer ends it.
    """

    __tablename__ = "proofs"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_proofs_person_id", "person_id"),
        Index("ix_proofs_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None while nobody has said who they are: a passkey says it by itself."""
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    """None for a sign-in: there is no session yet."""
    created_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)
    tries: Mapped[int] = mapped_column(default=0)
    code_nonce: Mapped[str] = mapped_column(String(64), default="")
    code_digest: Mapped[str] = mapped_column(String(64), default="")
    """Of the code sent by mail: what makes it again with the installation's key, and by what it is known."""
    code_until: Mapped[datetime | None] = mapped_column(UTC)
    challenge: Mapped[str] = mapped_column(String(64), default="")
    """What a passkey has to sign, once."""
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
