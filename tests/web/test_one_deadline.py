"""One deadline, said by the queue, the page of the case and the letter alike, in each language and across Ramadan."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select, update

from escalation import labels
from escalation.domain.calendar import LOCAL_ZONE, end_of_day, start_of_day
from escalation.domain.codes import Language, MessageStatus
from escalation.extensions import db
from escalation.mail.letter import Letterhead
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.services.case import moves
from escalation.services.case.clock import run_clock
from escalation.services.messages.claims import claim_due
from escalation.services.messages.letters import Envelope, write_letter
from escalation.services.transaction import transaction
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row, sign_in
from tests.visitor import Visitor

HEAD = Letterhead(name="Suivi", sender="no-reply@example.test", base_url="https://suivi.example.test")
TIME = re.compile(r'<time datetime="(\d{4}-\d\d-\d\d)">([^<]+)</time>')
FILED = {
    "into Ramadan": (datetime(2026, 2, 2, 23, 30, tzinfo=UTC), date(2026, 2, 24)),
    "out of Ramadan": (datetime(2026, 3, 9, 23, 30, tzinfo=UTC), date(2026, 3, 31)),
    "off the hour for good": (datetime(2026, 9, 9, 22, 59, tzinfo=UTC), date(2026, 9, 30)),
}
"""At an hour that is another day in Morocco before, or in, Ramadan; and the last of the fifteen working days."""


def letter(town: Town, language: Language) -> str:
    """Return the letter that tells who has the case that it is late."""
    with town.app.app_context():
        for message in claim_due(500):
            if message.address == town.reviewer.email and message.event == "deadline_passed":
                assert message.language is language
                written = message_from_bytes(
                    write_letter(message, HEAD, Envelope(HEAD.sender, message.address)), policy=default
                )
                return f"{written['Subject']} {written.get_body(('plain',))}"
    raise AssertionError("nobody was told")


@pytest.mark.parametrize("when", FILED)
@pytest.mark.parametrize("language", list(Language))
def test_it_is_one_day_everywhere(town: Town, language: Language, when: str) -> None:
    filed_at, due_on = FILED[when]
    with town.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == town.reviewer.id).values(language=language))
    case = file_obstacle(town.app, town.president, now=filed_at)
    move(town.app, moves.claim, case, town.reviewer, now=filed_at)
    with town.app.app_context():
        with transaction() as session:
            session.execute(update(OutboxMessage).values(status=MessageStatus.SENT))
        run_clock(start_of_day(due_on + timedelta(days=1)) + timedelta(hours=9))
    assert filed_at.astimezone(LOCAL_ZONE).utcoffset() != end_of_day(due_on).astimezone(LOCAL_ZONE).utcoffset()
    assert obstacle_row(town.app, case)["due_at"] == end_of_day(due_on)
    visitor = sign_in(Visitor(town.app), town.reviewer)
    in_queue = dict(TIME.findall(visitor.get(f"/queue?lang={language.value}").text))
    on_page = dict(TIME.findall(visitor.get(f"/obstacles/{case.reference}?lang={language.value}").text))
    words = labels.day_text(due_on, language)
    assert on_page[due_on.isoformat()] == words
    assert words.startswith(in_queue[due_on.isoformat()]), "a list leaves the year out, where it is this one"
    assert words in letter(town, language)
    assert _frozen(town, case) == {due_on.isoformat()}


def _frozen(town: Town, case: Filed) -> set[str]:
    """Return the days that the messages of a case say, in whatever language."""
    with town.app.app_context():
        facts = db.session.scalars(select(OutboxMessage.facts).where(OutboxMessage.obstacle_id == case.id))
        return {str(one["due_on"]) for one in facts}
