"""The words that administrators gave to mails, in every version: a message keeps the one it was owed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Language
from escalation.models.base import UTC, Base, code


class MailWording(Base):
    """One version of the words of one mail in one language; it is never changed, and a newer one follows it.

    Without words it says that the usual ones hold again. Versions count on from 2: 1 is what comes with the program.
    """

    __tablename__ = "mail_wordings"
    __table_args__ = (UniqueConstraint("event", "audience", "language", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(40))
    language: Mapped[Language] = mapped_column(code(Language, "language"))
    version: Mapped[int]
    subject: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str | None] = mapped_column(Text)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
