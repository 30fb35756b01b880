"""The obstacle, its stays at desks, the pauses of their clocks, and what people wrote about it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import (
    MOVES,
    Cause,
    Channel,
    ConfirmedBy,
    Event,
    Level,
    Outcome,
    PauseReason,
    Status,
    Urgency,
)
from escalation.models.base import FAR, UTC, Base, Json, code

MOVES_AS_SQL = tuple(event.value for event in Event if event in MOVES)
"""Only a move opens or closes a stay."""

OPEN_AT_A_DESK = text("status NOT IN ('draft','closed','declined','withdrawn')")
"""What the indexes of open cases hold; said by what it is not, so that no planner takes it for a choice of statuses."""

QUEUE_KEYS = {
    "deadline": "due_at",
    "age": "(coalesce(filed_at, created_at))",
    "amount": "(-coalesce(amount_blocked_centimes, -1))",
    "people": "(-coalesce(people_affected, -1))",
}
"""By what a queue can be sorted, the first first; what is unknown comes last."""

DISPUTED = text("opened_by IN ('obstacle_transferred', 'obstacle_contested')")
"""Of stays: the desk before was said to be the wrong one, or to have solved nothing."""

_NARROWED_BY = ("status", "assignee_id", "urgency", "obstacle_type", "sector", "province_code", "due_at")


def _queue_index(order: str) -> Index:
    """One order of a desk’s open cases; it holds what a queue is narrowed by too: passing a case over is cheap."""
    narrowed_by = [column for column in _NARROWED_BY if column != QUEUE_KEYS[order]]
    key = "due_at" if order == "deadline" else text(QUEUE_KEYS[order])
    columns = ("desk_code", key, "id", *narrowed_by)
    return Index(f"ix_obstacles_queue_{order}", *columns, sqlite_where=OPEN_AT_A_DESK, postgresql_where=OPEN_AT_A_DESK)


class Obstacle(Base):
    """What blocks a project, where it stands, who has it and by when; a draft has no reference and no desk."""

    __tablename__ = "obstacles"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("(status = 'draft') = (reference IS NULL)", name="a_draft_has_no_reference"),
        CheckConstraint("(status = 'draft') = (desk_code IS NULL)", name="a_draft_has_no_desk"),
        *(_queue_index(order) for order in QUEUE_KEYS),
        Index("ix_obstacles_queue_status", "desk_code", "status", "due_at", "id"),
        Index("ix_obstacles_commune_code_id", "commune_code", "id"),
        Index("ix_obstacles_commune_code_status_id", "commune_code", "status", "id"),
        Index("ix_obstacles_province_code_id", "province_code", "id"),
        Index("ix_obstacles_region_code_id", "region_code", "id"),
        Index("ix_obstacles_author_id_id", "author_id", "id"),
        Index(
            "ix_obstacles_in_charge",
            "assignee_id",
            "due_at",
            "id",
            sqlite_where=OPEN_AT_A_DESK,
            postgresql_where=OPEN_AT_A_DESK,
        ),
        Index("ix_obstacles_clock", "clock_at", "id", sqlite_where=OPEN_AT_A_DESK, postgresql_where=OPEN_AT_A_DESK),
        Index(
            "ix_obstacles_warnings",
            "warn_at",
            "desk_code",
            "id",
            sqlite_where=OPEN_AT_A_DESK,
            postgresql_where=OPEN_AT_A_DESK,
        ),
        Index(
            "ix_obstacles_unsealed",
            "id",
            sqlite_where=text("journal_seq > sealed_seq"),
            postgresql_where=text("journal_seq > sealed_seq"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[Status] = mapped_column(code(Status, "status"), default=Status.DRAFT)
    level: Mapped[Level] = mapped_column(code(Level, "level"), default=Level.COMMUNE)
    commune_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    province_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    region_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    desk_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[Channel] = mapped_column(code(Channel, "channel"), default=Channel.WEB)

    title: Mapped[str] = mapped_column(String(200), default="")
    project_name: Mapped[str] = mapped_column(String(200), default="")
    project_owner: Mapped[str | None] = mapped_column(ForeignKey("bodies.code"))
    obstacle_type: Mapped[str | None] = mapped_column(ForeignKey("obstacle_types.code"))
    sector: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"))
    blocked_since: Mapped[date | None]
    description: Mapped[str] = mapped_column(Text, default="")
    request: Mapped[str] = mapped_column(Text, default="")
    programme: Mapped[str] = mapped_column(String(200), default="")
    budget_centimes: Mapped[int | None] = mapped_column(BigInteger)
    amount_blocked_centimes: Mapped[int | None] = mapped_column(BigInteger)
    people_affected: Mapped[int | None]
    asked_of: Mapped[list[str]] = mapped_column(Json, default=list)
    tried_already: Mapped[str] = mapped_column(Text, default="")
    needed_by: Mapped[date | None]
    urgency: Mapped[Urgency] = mapped_column(code(Urgency, "urgency"), default=Urgency.NORMAL)
    urgency_reason: Mapped[str] = mapped_column(Text, default="")
    callback_phone: Mapped[str] = mapped_column(String(40), default="")

    created_at: Mapped[datetime] = mapped_column(UTC)
    changed_at: Mapped[datetime] = mapped_column(UTC)
    filed_at: Mapped[datetime | None] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    due_at: Mapped[datetime] = mapped_column(UTC, default=FAR)
    clock_at: Mapped[datetime] = mapped_column(UTC, default=FAR)
    """When the clock looks at the case next: at its next turn, or again after it failed."""
    warn_at: Mapped[datetime] = mapped_column(UTC, default=FAR)
    """When the next warning about the case may be due."""
    answer_by: Mapped[date | None]
    confirm_by: Mapped[date | None]
    outcome: Mapped[Outcome | None] = mapped_column(code(Outcome, "outcome"))
    commitment_by: Mapped[date | None]
    confirmed_by: Mapped[ConfirmedBy | None] = mapped_column(code(ConfirmedBy, "confirmed_by"))
    filing_confirmed_at: Mapped[datetime | None] = mapped_column(UTC)
    """When the commune confirmed what was filed on its behalf."""
    marked_for_meeting: Mapped[bool] = mapped_column(default=False)

    journal_seq: Mapped[int] = mapped_column(default=0)
    journal_hash: Mapped[str] = mapped_column(String(64), default="")
    sealed_seq: Mapped[int] = mapped_column(default=0)


class Referral(Base):
    """One stay of an obstacle at one desk: opened, why, due, closed; one is open at most."""

    __tablename__ = "referrals"
    __table_args__ = (
        UniqueConstraint("obstacle_id", "seq"),
        CheckConstraint(f"opened_by IN {MOVES_AS_SQL}", name="opened_by"),
        CheckConstraint(f"closed_by IN {MOVES_AS_SQL}", name="closed_by"),
        Index("ix_referrals_desk_code_obstacle_id", "desk_code", "obstacle_id"),
        Index("ix_referrals_disputed", "opened_at", sqlite_where=DISPUTED, postgresql_where=DISPUTED),
        Index(
            "uq_referrals_one_open",
            "obstacle_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    seq: Mapped[int]
    desk_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    level: Mapped[Level] = mapped_column(code(Level, "level"))
    opened_by: Mapped[Event] = mapped_column(code(Event, "opened_by", checked=False))
    cause: Mapped[Cause | None] = mapped_column(code(Cause, "cause"))
    opened_at: Mapped[datetime] = mapped_column(UTC)
    allowance_days: Mapped[int]
    grace_days: Mapped[int] = mapped_column(default=3)
    """After the deadline, before the clock refers the case to the region; as it was set when the stay began."""
    acknowledge_by: Mapped[date]
    due_on: Mapped[date | None]
    claimed_at: Mapped[datetime | None] = mapped_column(UTC)
    closed_at: Mapped[datetime | None] = mapped_column(UTC)
    closed_by: Mapped[Event | None] = mapped_column(code(Event, "closed_by", checked=False))


class Pause(Base):
    """A stretch in which a desk's clock stood still, and who was waited for."""

    __tablename__ = "pauses"
    __table_args__ = (Index("ix_pauses_referral_id", "referral_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id"))
    reason: Mapped[PauseReason] = mapped_column(code(PauseReason, "reason"))
    started_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)


class Approach(Base):
    """Somebody outside who was asked, a body or a council in session: by when a reply is expected, and the reply.

    What was asked and replied are the statements of the two events.
    """

    __tablename__ = "approaches"
    __table_args__ = (
        UniqueConstraint("obstacle_id", "number"),
        CheckConstraint("(body_code IS NULL) <> (session IS NULL)", name="a_body_or_a_session"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    number: Mapped[int]
    """Its place among those of the obstacle, from 1."""
    body_code: Mapped[str | None] = mapped_column(ForeignKey("bodies.code"))
    session: Mapped[Level | None] = mapped_column(code(Level, "session"))
    """Of which council: that of the commune, of the province or of the region."""
    asked_on: Mapped[date]
    asked_seq: Mapped[int]
    expected_on: Mapped[date]
    was_extended: Mapped[bool] = mapped_column(default=False)
    replied_seq: Mapped[int | None]


class Statement(Base):
    """What a person wrote with a move (a question, an answer, a reason); the journal holds only its salted digest."""

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("obstacle_id", "event_seq", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    event_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32))


class Submission(Base):
    """A form that was carried out, so that the same form sent twice acts once."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(String(64))
    body_digest: Mapped[str] = mapped_column(String(64))
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTC)


class ReferenceCounter(Base):
    """The last number given in a year, for references like OBS-2026-00042."""

    __tablename__ = "reference_counters"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]
