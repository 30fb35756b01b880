"""The mails that wait for an administrator: of the regions that are theirs, and those that belong to no case."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal_column, or_, select

from escalation.domain.errors import NotFound
from escalation.domain.intake import ACCEPTABLE, HeldFor
from escalation.extensions import db
from escalation.models.intake import IncomingMail
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person

PAGE = 50

# Written out, not bound: an index of some rows serves only where the query itself says that it asks for these.
IS_HELD = IncomingMail.status == literal_column("'held'")
IS_NEW = IncomingMail.status == literal_column("'new'")


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that waits, without its bytes, and whose letter it answers."""

    id: int
    reason: HeldFor
    sender: str
    subject: str
    received_at: Any
    size_bytes: int
    is_hint: bool
    letter_id: int | None
    person: Person | None
    reference: str | None

    @property
    def is_acceptable(self) -> bool:
        """Say whether it may be taken for the words of that person."""
        known = self.person is not None and self.person.pseudonymised_at is None and self.reference is not None
        return known and self.reason in ACCEPTABLE


def list_held(regions: Collection[str], before: int | None = None) -> list[HeldMail]:
    """Return the mails that wait, the newest first, fifty and one more."""
    query = _held(regions).order_by(IncomingMail.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(IncomingMail.id < before)
    return [_line(row) for row in db.session.execute(query)]


def get_held(regions: Collection[str], mail_id: int) -> HeldMail:
    """Return one mail that waits. Raises: NotFound."""
    row = db.session.execute(_held(regions).where(IncomingMail.id == mail_id)).first()
    if row is None:
        raise NotFound("mail")
    return _line(row)


def is_anything_new() -> bool:
    """Say whether a mail waits to be read."""
    return db.session.scalar(select(IncomingMail.id).where(IS_NEW).limit(1)) is not None


def get_raw(mail_id: int) -> bytes:
    """Return the bytes of a mail as it came."""
    return db.session.scalar(select(IncomingMail.raw).where(IncomingMail.id == mail_id)) or b""


def _held(regions: Collection[str]) -> Select[*tuple[Any, ...]]:
    here = or_(Obstacle.id.is_(None), Obstacle.region_code.in_(sorted(regions)))
    return (
        select(
            IncomingMail.id,
            IncomingMail.reason,
            IncomingMail.sender,
            IncomingMail.subject,
            IncomingMail.received_at,
            IncomingMail.size_bytes,
            IncomingMail.is_hint,
            IncomingMail.letter_id,
            Person,
            Obstacle.reference,
        )
        .outerjoin(OutboxMessage, OutboxMessage.id == IncomingMail.letter_id)
        .outerjoin(Obstacle, Obstacle.id == OutboxMessage.obstacle_id)
        .outerjoin(Person, Person.id == IncomingMail.person_id)
        .where(IS_HELD, here)
    )


def _line(row: Any) -> HeldMail:
    return HeldMail(
        id=row.id, reason=HeldFor(row.reason), sender=row.sender, subject=row.subject, received_at=row.received_at,
        size_bytes=row.size_bytes, is_hint=row.is_hint, letter_id=row.letter_id, person=row.Person,
        reference=row.reference,
    )  # fmt: skip
