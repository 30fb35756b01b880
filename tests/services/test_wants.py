"""What people chose, in the rows: e-mails at once, in a digest, in the app only; followed, muted; nothing ever lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from escalation.domain.codes import Channel, Event, MessageChannel, MessageSource, MessageStatus, Urgency
from escalation.domain.errors import NotFound
from escalation.domain.wants import ADJUSTABLE, Attention, Kind, Quiet, Way
from escalation.extensions import db
from escalation.mail.letter import Letterhead
from escalation.models.outbox import Digest, OutboxMessage
from escalation.models.people import Mandate, Person
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.case import filing, moves, remarks
from escalation.services.case.capture import Told, capture_drafts, list_captured
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.messages.claims import claim_due
from escalation.services.messages.digests import MOST_LINES, write_digests
from escalation.services.messages.letters import Envelope, write_letter
from escalation.services.messages.preferences import attend, choose_wants
from escalation.services.messages.unsubscribe import read_token
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, Filed, Inhabitant, Town, actor_of, content, file_obstacle, move

pytestmark = pytest.mark.usefixtures("reference_data")

HEAD = Letterhead(name="Suivi", sender="no-reply@example.test", base_url="https://suivi.example.test")
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=1, hours=1)
NEXT_WEEK = NOW + timedelta(days=8)


def choose(town: Town, person: Inhabitant, way: Way, *kinds: Kind, quiet: Quiet | None = None) -> None:
    """Let a person want these kinds, or all of them, in one way."""
    with town.app.app_context():
        choose_wants(person.id, dict.fromkeys(kinds or ADJUSTABLE, way), quiet, NOW)


def mails(app: Flask, person: Inhabitant, **only: Any) -> list[OutboxMessage]:
    """Return the e-mails to a person, the oldest first."""
    with app.app_context():
        query = select(OutboxMessage).filter_by(recipient_id=person.id, channel=MessageChannel.EMAIL, **only)
        return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def fates(app: Flask, person: Inhabitant) -> list[tuple[str, str, str]]:
    """Return what became of each e-mail to a person."""
    return [(one.event, one.status.value, one.status_reason) for one in mails(app, person)]


def write(app: Flask, now: datetime) -> int:
    """Write the letters that are due."""
    with app.app_context():
        return write_digests(now)


def violations(app: Flask) -> list[str]:
    with app.app_context():
        return [str(one) for one in list_violations(NOW)]


def some_steps(town: Town, case: Filed) -> Filed:
    """Let a case be claimed and commented: two things that a president is told and not asked."""
    case = move(town.app, moves.claim, case, town.reviewer)
    return move(town.app, remarks.add_comment, case, town.reviewer, comment="نص")


def test_a_digest_holds_everything_once_and_each_message_ends_in_it(town: Town) -> None:
    choose(town, town.president, Way.DAILY)
    cases = [some_steps(town, file_obstacle(town.app, town.president)) for _ in range(2)]
    assert {(status, way) for status, way in _ways(town)} == {(MessageStatus.WAITING, Way.DAILY)}
    assert violations(town.app) == []
    with town.app.app_context():
        assert not [one for one in claim_due(100) if one.event in set(Event) and one.audience == "commune"]
    assert write(town.app, NOW) == 0, "its hour has not come"
    assert write(town.app, TOMORROW) == 1
    assert write(town.app, TOMORROW) == 0, "twice"
    digest = mails(town.app, town.president, source_kind=MessageSource.DIGEST)
    assert [(one.status, one.event) for one in digest] == [(MessageStatus.QUEUED, "digest")]
    told = [one for one in mails(town.app, town.president) if one.source_kind is not MessageSource.DIGEST]
    own = [one for one in told if one.source_kind == MessageSource.EVENT]
    assert len(own) == 6
    assert {(one.status, one.status_reason) for one in own} == {
        (MessageStatus.SKIPPED, f"in digest {digest[0].source_id}")
    }
    lines = digest[0].facts["lines"]
    assert Counter((line["reference"], line["event"]) for line in lines) == Counter(
        (case.reference, event) for case in cases for event in ("obstacle_filed", "obstacle_claimed", "comment_added")
    )
    assert violations(town.app) == []


def _ways(town: Town) -> list[tuple[MessageStatus, Way | None]]:
    return [(one.status, one.way) for one in mails(town.app, town.president)]


def test_the_letter_of_a_digest_can_be_sent_and_ended_with_one_click(town: Town) -> None:
    choose(town, town.president, Way.WEEKLY)
    case = some_steps(town, file_obstacle(town.app, town.president))
    assert write(town.app, TOMORROW + timedelta(days=7)) == 1
    with town.app.app_context():
        db.session.execute(update(OutboxMessage).values(not_before_ms=1).where(OutboxMessage.event == "digest"))
        db.session.commit()
        claimed = next(one for one in claim_due(100) if one.event == "digest")
        letter = write_letter(claimed, HEAD, Envelope(HEAD.sender, claimed.address)).decode()
        assert letter == write_letter(claimed, HEAD, Envelope(HEAD.sender, claimed.address)).decode()
    assert f"List-Unsubscribe: <https://suivi.example.test/unsubscribe/{claimed.facts['unsubscribe']}>" in letter
    assert "Weekly digest: 3 items" in letter
    assert str(case.reference) in letter
    with town.app.app_context():
        assert read_token(claimed.facts["unsubscribe"]).way is Way.WEEKLY


def test_a_digest_is_late_when_nobody_wrote_it_and_then_holds_all_that_waited(town: Town) -> None:
    choose(town, town.president, Way.DAILY)
    some_steps(town, file_obstacle(town.app, town.president))
    long_after = NOW + timedelta(days=20)
    assert write(town.app, long_after) == 1
    assert len(mails(town.app, town.president, source_kind=MessageSource.DIGEST)[0].facts["lines"]) == 3
    assert violations(town.app) == []


def test_what_comes_after_the_digest_of_a_day_is_in_that_of_the_next(town: Town) -> None:
    choose(town, town.president, Way.DAILY)
    case = file_obstacle(town.app, town.president)
    assert write(town.app, TOMORROW) == 1
    case = some_steps(town, case)
    with town.app.app_context():
        db.session.execute(update(OutboxMessage).where(OutboxMessage.status == "waiting").values(not_before_ms=1))
        db.session.commit()
    assert write(town.app, TOMORROW) == 0, "one a day"
    assert write(town.app, TOMORROW + timedelta(days=1)) == 1
    with town.app.app_context():
        assert list(db.session.scalars(select(Digest.lines).order_by(Digest.id))) == [1, 2]


def test_a_long_digest_comes_in_parts_and_none_of_it_is_lost(town: Town) -> None:
    choose(town, town.president, Way.DAILY)
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    for number in range(MOST_LINES):
        move(town.app, remarks.add_comment, case, town.reviewer, comment=f"نص {number}")
    assert write(town.app, TOMORROW) == 2
    letters = mails(town.app, town.president, source_kind=MessageSource.DIGEST)
    assert [(one.facts["part"], one.facts["parts"], len(one.facts["lines"])) for one in letters] == [
        (1, 2, MOST_LINES),
        (2, 2, 2),
    ]
    assert violations(town.app) == []


def test_a_letter_that_cannot_be_written_holds_up_nobody_s_and_is_tried_again(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    for person in (town.president, town.coordinator):
        choose(town, person, Way.DAILY)
    case = file_obstacle(town.app, town.president)
    move(town.app, moves.escalate, case, town.reviewer, reason="سبب")
    with town.app.app_context():
        facts = {"cases": [1]}
        db.session.execute(
            update(OutboxMessage).where(OutboxMessage.recipient_id == town.president.id).values(facts=facts)
        )
        db.session.commit()
    assert write(town.app, TOMORROW) == 1
    assert "could not be written" in caplog.text
    caplog.clear()
    assert write(town.app, TOMORROW + timedelta(minutes=1)) == 0
    assert "could not be written" not in caplog.text
    write(town.app, TOMORROW + timedelta(minutes=11))
    assert "could not be written" in caplog.text
    assert {one.status for one in mails(town.app, town.president)} == {MessageStatus.WAITING}


def test_a_question_comes_at_once_whatever_was_chosen_and_muted(town: Town) -> None:
    choose(town, town.president, Way.APP_ONLY)
    case = file_obstacle(town.app, town.president)
    with town.app.app_context():
        attend(actor_of(town.app, town.president), str(case.reference), Attention.MUTED, NOW)
    case = move(town.app, moves.claim, case, town.reviewer)
    move(town.app, moves.request_information, case, town.reviewer, question="متى؟")
    assert fates(town.app, town.president) == [
        ("obstacle_filed", "skipped", "app_only"),
        ("obstacle_claimed", "skipped", "muted"),
        ("information_requested", "queued", ""),
    ]
    assert violations(town.app) == []


def test_in_the_app_everybody_is_told_of_everything_whatever_they_chose(town: Town) -> None:
    choose(town, town.president, Way.APP_ONLY)
    some_steps(town, file_obstacle(town.app, town.president))
    with town.app.app_context():
        query = select(OutboxMessage.event).filter_by(recipient_id=town.president.id, channel=MessageChannel.APP)
        assert set(db.session.scalars(query)) == {"obstacle_filed", "obstacle_claimed", "comment_added"}


def test_who_follows_a_case_is_told_of_it_and_of_no_other(town: Town) -> None:
    followed, other = (file_obstacle(town.app, town.president) for _ in range(2))
    with town.app.app_context():
        attend(actor_of(town.app, town.secretary), str(followed.reference), Attention.FOLLOWED, NOW)
        attend(actor_of(town.app, town.secretary), str(followed.reference), Attention.FOLLOWED, NOW)
    for case in (followed, other):
        move(town.app, moves.claim, case, town.reviewer)
    told = mails(town.app, town.secretary)
    assert [(one.event, one.audience, one.facts["office"]) for one in told] == [
        ("obstacle_claimed", "follower", "regional_secretary")
    ]
    with town.app.app_context():
        letter = next(one for one in claim_due(100) if one.audience == "follower")
        assert (
            "There is news of a case that you follow"
            in write_letter(letter, HEAD, Envelope(HEAD.sender, letter.address)).decode()
        )
    assert violations(town.app) == []


def test_nobody_follows_what_they_may_not_see_nor_hears_of_it_when_they_no_longer_may(town: Town) -> None:
    case = file_obstacle(town.app, town.president)
    for stranger in (town.stranger, town.president2, town.admin):
        with town.app.app_context(), pytest.raises(NotFound):
            attend(actor_of(town.app, stranger), str(case.reference), Attention.FOLLOWED, NOW)
    with town.app.app_context():
        attend(actor_of(town.app, town.secretary), str(case.reference), Attention.FOLLOWED, NOW)
        with transaction() as session:
            yesterday = NOW.date() - timedelta(days=1)
            session.execute(update(Mandate).where(Mandate.person_id == town.secretary.id).values(ends_on=yesterday))
    move(town.app, moves.claim, case, town.reviewer)
    assert mails(town.app, town.secretary) == []


def test_a_digest_tells_nothing_of_a_case_that_its_reader_may_no_longer_see(town: Town) -> None:
    choose(town, town.coordinator, Way.DAILY)
    case = file_obstacle(town.app, town.president)
    move(town.app, moves.escalate, case, town.reviewer, reason="سبب")
    assert [one.way for one in mails(town.app, town.coordinator, status=MessageStatus.WAITING)] == [Way.DAILY]
    with town.app.app_context(), transaction() as session:
        yesterday = NOW.date() - timedelta(days=1)
        session.execute(update(Mandate).where(Mandate.person_id == town.coordinator.id).values(ends_on=yesterday))
    assert write(town.app, TOMORROW) == 0
    assert fates(town.app, town.coordinator)[-1] == ("obstacle_escalated", "skipped", "no_longer_reads")
    assert violations(town.app) == []


def test_whoever_is_suspended_has_a_row_that_says_so_and_the_journal_counts_them_not(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.coordinator.id).suspended_at = NOW
    file_obstacle(town.app, town.president)
    assert fates(town.app, town.coordinator) == [("obstacle_filed", "skipped", "suspended")]
    assert violations(town.app) == []


def test_who_has_no_address_has_a_row_that_says_so(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.reviewer.id).email = ""
    file_obstacle(town.app, town.president)
    assert fates(town.app, town.reviewer) == [("obstacle_filed", "skipped", "no_address")]


def test_a_move_that_is_taken_back_is_in_no_digest(town: Town) -> None:
    choose(town, town.president, Way.DAILY)
    case = file_obstacle(town.app, town.president)
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.reviewer), now=NOW, may_undo=True, key="a-key")
        moves.claim(case.id, by)
        undo(case.id, by)
    assert fates(town.app, town.president)[-1] == ("obstacle_claimed", "skipped", "undone")
    assert write(town.app, TOMORROW) == 1
    digest = mails(town.app, town.president, source_kind=MessageSource.DIGEST)[0]
    assert [line["event"] for line in digest.facts["lines"]] == ["obstacle_filed"]


def test_quiet_hours_put_off_what_can_wait_and_are_no_lateness(town: Town) -> None:
    hour = (datetime.now(UTC) + timedelta(hours=1)).hour
    quiet = Quiet((hour - 2) % 24, (hour + 2) % 24)
    choose(town, town.president, Way.AT_ONCE, quiet=quiet)
    file_obstacle(town.app, town.president)
    urgent: dict[str, Any] = {
        "urgency": Urgency.CRITICAL,
        "urgency_reason": "خطر",
        "needed_by": NOW.date() + timedelta(days=9),
    }
    file_obstacle(town.app, town.president, **urgent)
    calm, critical = mails(town.app, town.president)
    assert calm.not_before_ms > critical.not_before_ms
    assert calm.status is critical.status is MessageStatus.QUEUED


def test_several_cases_recorded_together_make_one_letter_for_each_person(town: Town) -> None:
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.staff), now=NOW, key="00000000-0000-4000-8000-000000000001")
        capture_drafts([Told(COMMUNE, content()) for _ in range(3)], Channel.MEETING, by)
        drafts = list_captured(town.staff.id, by.key or "")
        for number, draft in enumerate(drafts):
            filed_by = By(actor=by.actor, now=NOW, key=f"key-{number}")
            filing.file_obstacle(COMMUNE, content(), filed_by, draft, Channel.MEETING)
    for person in (town.president, town.reviewer, town.coordinator):
        assert {one.way for one in mails(town.app, person)} == {Way.TOGETHER}, person
    assert write(town.app, NOW) == 0
    assert write(town.app, NOW + timedelta(minutes=40)) == 3
    for person in (town.president, town.reviewer, town.coordinator):
        letters = mails(town.app, person, status=MessageStatus.QUEUED)
        assert [(one.event, len(one.facts["lines"]), one.facts["unsubscribe"]) for one in letters] == [
            ("digest", 3, "")
        ]
        assert all(line["asks"] for line in letters[0].facts["lines"])
    assert violations(town.app) == []


def test_one_case_of_several_leaves_as_its_own_letter(town: Town) -> None:
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.staff), now=NOW, key="00000000-0000-4000-8000-000000000001")
        capture_drafts([Told(COMMUNE, content()) for _ in range(2)], Channel.MEETING, by)
        first = list_captured(town.staff.id, by.key or "")[0]
        filing.file_obstacle(COMMUNE, content(), By(actor=by.actor, now=NOW, key="k"), first, Channel.MEETING)
    assert write(town.app, NOW + timedelta(minutes=40)) == 0
    assert fates(town.app, town.president) == [("obstacle_filed", "queued", "")]
