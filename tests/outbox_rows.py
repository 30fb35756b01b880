"""Rows for tests of the outbox: people who are owed messages, an obstacle they are about, and the messages."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.domain.codes import Audience, Lane, Language, Level, PlaceKind
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.models.places import Place

EVENT_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
numbers = itertools.count(1)

FACTS = {
    "reference": "OBS-2026-00042",
    "name": "Ahmed Benali",
    "office": "commune_president",
    "office_place": "Taounate",
    "office_place_kind": "commune",
    "commune": "Taounate",
    "province": "Taounate",
    "province_kind": "province",
    "region": "Fès-Meknès",
    "level": "province",
    "type": "Foncier",
    "project": "Piste de Bouhouda",
    "cause": None,
    "outcome": None,
    "confirmed_by": None,
    "asks": False,
    "acknowledge_by": "2026-03-05",
    "due_on": "2026-03-23",
    "answer_by": None,
    "confirm_by": None,
}


def a_person(session: Session, email: str | None = None) -> Person:
    """Add somebody who can be written to."""
    email = email or f"person{next(numbers)}@example.test"
    person = Person(
        email=email, name_ar="أحمد", name_fr="Ahmed", language=Language.FR, password_hash="-", created_at=EVENT_AT
    )
    session.add(person)
    session.flush()
    return person


def an_obstacle(session: Session, author: Person) -> Obstacle:
    """Add a draft, with the territory it needs if it is not there."""
    chain = (("03", Level.REGION, PlaceKind.REGION, None), ("03.531", Level.PROVINCE, PlaceKind.PROVINCE, "03"),
             ("03.531.01.01.", Level.COMMUNE, PlaceKind.COMMUNE, "03.531"))  # fmt: skip
    for code, level, kind, parent in chain:
        if session.get(Place, code) is None:
            names = {"name_ar": "تاونات", "name_fr": "Taounate", "name_en": "Taounate"}
            session.add(Place(code=code, level=level, kind=kind, parent_code=parent, region_code="03", **names))
            session.flush()
    obstacle = Obstacle(
        commune_code="03.531.01.01.", province_code="03.531", region_code="03", author_id=author.id,
        created_at=EVENT_AT, changed_at=EVENT_AT, blocked_since=date(2026, 1, 5),
    )  # fmt: skip
    session.add(obstacle)
    session.flush()
    return obstacle


def owe(session: Session, person: Person, obstacle: Obstacle | None = None, **changes: Any) -> OutboxMessage:
    """Add a message that is due."""
    number = next(numbers)
    values: dict[str, Any] = {
        "source_kind": "event", "source_id": number, "event": "obstacle_filed", "audience": Audience.COMMUNE,
        "obstacle_id": obstacle.id if obstacle else None, "recipient_id": person.id, "address": person.email,
        "language": Language.FR, "facts": FACTS, "message_id": f"<ntf.{uuid.uuid4()}@example.test>",
        "event_at": EVENT_AT, "order_seq": number, "not_before_ms": number, "lane": Lane.BULK,
    }  # fmt: skip
    message = OutboxMessage(**values | changes)
    session.add(message)
    session.flush()
    return message
