"""Files beside a case: where each is kept, what it is, and to which words it belongs; the bytes lie elsewhere."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.files import FileKind
from escalation.models.base import UTC, Base, code


class CaseFile(Base):
    """One file. Until its form is carried out it waits for the person who chose it, and nobody else knows of it."""

    __tablename__ = "case_files"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("stored_as"),
        CheckConstraint("attached_at IS NULL OR obstacle_id IS NOT NULL", name="attached_to_a_case"),
        CheckConstraint("note_id IS NULL OR event_seq IS NULL", name="of_a_note_or_an_event"),
        Index("ix_case_files_obstacle_id", "obstacle_id"),
        Index("ix_case_files_person_id_form_path", "person_id", "form_path"),
        Index("ix_case_files_commune_code", "commune_code"),
        Index("ix_case_files_note_id", "note_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    """What stands in addresses: random, and not the name that the file is kept under."""
    stored_as: Mapped[str] = mapped_column(String(32))
    commune_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    """Whose room it takes."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    form_path: Mapped[str] = mapped_column(String(200))
    """The address of the form it was chosen in."""
    obstacle_id: Mapped[int | None] = mapped_column(ForeignKey("obstacles.id"))
    event_seq: Mapped[int | None]
    """Of the event whose words it belongs to; none while the case is a draft."""
    note_id: Mapped[int | None] = mapped_column(ForeignKey("notes.id"))
    kind: Mapped[FileKind] = mapped_column(code(FileKind, "kind"))
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes as they are kept."""
    received_sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes as they came: the same file chosen twice is one."""
    salt: Mapped[str] = mapped_column(String(32))
    """With the digest it makes what the journal holds."""
    small_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    """How large its small picture is; 0 where it has none."""
    created_at: Mapped[datetime] = mapped_column(UTC)
    attached_at: Mapped[datetime | None] = mapped_column(UTC)
    erased_at: Mapped[datetime | None] = mapped_column(UTC)
    """When its content and its name were erased by law; what the journal says of it stays."""
