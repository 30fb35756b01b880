"""How the databases read how one person signed in, and what happened of one kind, among many events: from an index."""

from datetime import UTC, datetime

from sqlalchemy import insert, text

from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.queries.people.events import Sought, list_security, list_sign_ins
from escalation.services.transaction import transaction
from tests.factories import REGION, Town
from tests.queries.test_inbox_plans import plan_of
from tests.queries_counter import engine_of, watching

MANY = 6000


def note_many(town: Town) -> None:
    """Write many sign-ins of many people, and few changes of a number."""
    people, now = [town.president, town.member, town.chair, town.reviewer, town.staff], datetime.now(UTC)
    rare = SecurityEventKind.PHONE_CHANGED
    with town.app.app_context(), transaction() as rows:
        noted = [
            {"at": now, "person_id": people[number % 5].id, "codes": {}}
            | {"kind": rare if number % 600 == 0 else SecurityEventKind.SIGNED_IN}
            for number in range(MANY)
        ]
        rows.execute(insert(SecurityEvent), noted)
    with town.app.app_context(), transaction() as rows:
        rows.execute(text("ANALYZE"))


def test_events_of_one_person_and_of_one_kind_are_read_from_an_index(town: Town) -> None:
    note_many(town)
    engine = engine_of(town.app)

    with town.app.app_context():
        with watching(engine, "security_events") as sent:
            assert len(list_sign_ins(town.president.id)) == 51
            assert len(list_security({REGION}, Sought(kind=SecurityEventKind.PHONE_CHANGED))) == 10
        db.session.rollback()
    of_person, of_kind = [plan_of(engine, *each) for each in sent]
    assert "ix_security_events_person_id_id" in of_person
    assert "ix_security_events_kind_id" in of_kind
