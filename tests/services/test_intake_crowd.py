"""Thousands of mails of every kind pass through: none stops the reader, no good address is flagged, no robot speaks."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from escalation.domain.intake import IncomingStatus
from escalation.extensions import db
from escalation.models.files import CaseFile
from escalation.models.intake import AddressFailure, IncomingMail
from tests.factories import Town
from tests.mails.bounces import bounces
from tests.mails.hostile import by_chance, hostile
from tests.mails.robots import perhaps_robots, robots
from tests.services.mailing import asked_case, count_letters, events_of, question, take_in, taking_mail

pytestmark = pytest.mark.usefixtures("reference_data")


def test_no_robot_no_report_in_sentences_and_no_soft_one_does_anything(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    before = events_of(town.app, case), count_letters(town.app)
    harmless = [one.raw for one in bounces(letter.to, letter.bounce_to) if one.meaning not in ("hard", "arrived")]
    take_in(town.app, *harmless, to=letter.bounce_to)
    everywhere = [*robots(letter.to, letter.reply_to), *perhaps_robots(letter.to, letter.reply_to)]
    take_in(town.app, *everywhere, *harmless, to=letter.reply_to)
    take_in(town.app, *(one.raw for one in bounces(letter.to, letter.bounce_to)), to=letter.reply_to)
    with town.app.app_context():
        assert db.session.query(AddressFailure).count() == 0
        assert db.session.query(IncomingMail).filter_by(status=IncomingStatus.NEW).count() == 0
    assert (events_of(town.app, case), count_letters(town.app)) == before


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_thousand_hostile_mails_are_read_or_held(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    mails = {*hostile(letter.reply_to), *by_chance(letter.reply_to, 1000, seed=42)}
    became = take_in(town.app, *mails, to=letter.reply_to)
    assert len(became) == len(mails)
    assert not any(one.startswith("new") or one == "held:crashed" for one in became)
    told = events_of(town.app, case)
    assert told.count("comment_added") + told.count("information_provided") <= 10
    with town.app.app_context():
        assert db.session.query(AddressFailure).count() == 0
        assert all(file.kind != "exe" for file in db.session.scalars(select(CaseFile)))
