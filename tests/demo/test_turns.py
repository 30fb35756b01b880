"""Every turn a case can take is shown by the demo, and everybody who signs in to try it finds something to do."""

import json
from collections import Counter
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.calendar import LOCAL_ZONE, local_day, start_of_day
from escalation.domain.codes import (
    LEAD_OFFICES,
    OPEN,
    Cause,
    Channel,
    ConfirmedBy,
    Event,
    Level,
    MessageChannel,
    MessageSource,
    NoteKind,
    Office,
    Outcome,
    Status,
)
from escalation.domain.policy import Actor
from escalation.domain.warnings import WarningKind
from escalation.extensions import db
from escalation.models.clock import CaseWarning
from escalation.models.notes import Note
from escalation.models.obstacles import Approach, Obstacle, Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person
from escalation.queries.case.cases import read_dossier
from escalation.queries.case.on_behalf import list_prepared_for, list_to_confirm
from escalation.queries.lists.desk_lists import list_own_waiting
from escalation.queries.lists.queue_lists import View, count_views, read_queue
from escalation.queries.messages.inbox import count_unread
from escalation.queries.people.people import load_actor
from tests.demo.conftest import BOUHOUDA, TODAY, events

NOW = start_of_day(TODAY) + timedelta(hours=10)
AT_DESKS = ("reviewer", "coordinator", "member", "chair")


def codes_of(event: Event) -> list[dict[str, Any]]:
    """Return what the journal holds of each event of a kind."""
    return [json.loads(one.canonical)["codes"] for one in events() if one.event is event]


def actor_named(name: str) -> Actor:
    person_id = db.session.scalars(select(Person.id).where(Person.email == f"{name}@demo.test")).one()
    return load_actor(person_id, TODAY)


def offices_in(event: Event) -> dict[int, set[Office]]:
    """Return under which offices an event was made, by case."""
    found: dict[int, set[Office]] = {}
    for one in events():
        if one.event is event and one.mandate_id is not None:
            found.setdefault(one.obstacle_id, set()).add(db.session.get_one(Mandate, one.mandate_id).office)
    return found


def test_every_event_of_the_journal_happened(obstacles: list[Obstacle]) -> None:
    of_others = {Event.DECISION_UNDONE, Event.DATES_MOVED}
    """What a second thought and a corrected calendar write."""
    assert {one.event for one in events()} == set(Event) - of_others
    causes = {codes["cause"] for codes in codes_of(Event.OBSTACLE_ESCALATED)}
    assert causes == {Cause.DECISION, Cause.COMMUNE, Cause.CLOCK}


def test_a_case_was_contested_at_each_level_and_one_is_marked_for_the_meeting(obstacles: list[Obstacle]) -> None:
    contested = codes_of(Event.OBSTACLE_CONTESTED)
    assert {codes["from_level"] for codes in contested} == {Level.PROVINCE, Level.REGION}
    late = {one.obstacle_id for one in events() if one.event is Event.MEETING_PROPOSED}
    [marked] = [one for one in obstacles if one.marked_for_meeting and one.id not in late]
    assert (marked.status, marked.level) == (Status.FILED, Level.REGION)


def test_cases_were_declined_at_both_levels_appealed_and_may_still_be(obstacles: list[Obstacle]) -> None:
    declined = [one for one in obstacles if one.status is Status.DECLINED]
    assert {one.level for one in declined} == {Level.PROVINCE, Level.REGION}
    assert all((read_dossier(one, NOW).appeal_by or TODAY) > TODAY for one in declined if one.level is Level.PROVINCE)
    assert len({codes["ground"] for codes in codes_of(Event.OBSTACLE_DECLINED)}) == 4
    [twin] = [codes["duplicate_of"] for codes in codes_of(Event.OBSTACLE_DECLINED) if "duplicate_of" in codes]
    assert twin in {one.reference for one in obstacles}
    waiting = [codes for codes in codes_of(Event.OBSTACLE_APPEALED) if codes["level"] == Level.REGION]
    assert len(waiting) == 2


def test_outside_several_are_asked_at_once_and_those_who_have_not_replied_still_have_time(
    obstacles: list[Obstacle],
) -> None:
    waiting = {one.id for one in obstacles if one.status is Status.REFERRED_OUT}
    asked = [one for one in db.session.scalars(select(Approach)) if one.obstacle_id in waiting]
    of_bodies = Counter(one.obstacle_id for one in asked if one.body_code)
    assert max(of_bodies.values()) >= 3
    assert {one.session for one in asked} >= {Level.PROVINCE, Level.REGION}
    assert any(one.was_extended for one in asked)
    still = [one for one in asked if one.replied_seq is None]
    assert len(still) > len(waiting) - 1
    assert all(one.expected_on > TODAY for one in still)
    [province] = [one.expected_on for one in still if one.session is Level.PROVINCE]
    assert province.month in (1, 6, 9) or (province - TODAY).days > 60


def test_of_what_was_filed_on_behalf_one_is_confirmed_and_one_waits(obstacles: list[Obstacle]) -> None:
    told = {one.channel: one for one in obstacles if one.channel is not Channel.WEB}
    assert set(told) == {Channel.PHONE, Channel.MEETING}
    assert {one.commune_code for one in told.values()} == {BOUHOUDA}
    assert told[Channel.PHONE].filing_confirmed_at is not None
    assert told[Channel.MEETING].filing_confirmed_at is None
    staff = actor_named("staff")
    assert {one.author_id for one in told.values()} == {staff.person_id}


def test_solutions_come_with_evidence_and_commitments_are_made_and_kept(obstacles: list[Obstacle]) -> None:
    proved = set(db.session.scalars(select(Statement.obstacle_id).where(Statement.kind == "evidence")))
    assert {Status.RESOLVED, Status.CLOSED} <= {one.status for one in obstacles if one.id in proved}
    promised = {one.status: one for one in obstacles if one.outcome is Outcome.COMMITMENT}
    assert set(promised) == {Status.RESOLVED, Status.CLOSED}
    assert promised[Status.CLOSED].confirmed_by is ConfirmedBy.COMMUNE


def test_both_sides_comment_and_only_a_lead_assigns(obstacles: list[Obstacle]) -> None:
    heard = {frozenset("desk" if one not in _COMMUNE else "commune" for one in who) for who in _commented()}
    assert heard == {frozenset({"desk", "commune"}), frozenset({"commune"})}
    assert set().union(*offices_in(Event.OBSTACLE_ASSIGNED).values()) <= LEAD_OFFICES


_COMMUNE = {Office.COMMUNE_PRESIDENT, Office.COMMUNE_DELEGATE}


def _commented() -> list[set[Office]]:
    return list(offices_in(Event.COMMENT_ADDED).values())


def test_desks_note_call_a_colleague_and_keep_what_was_said_outside(obstacles: list[Obstacle]) -> None:
    notes = db.session.scalars(select(Note)).all()
    assert {one.kind for one in notes} == {NoteKind.NOTE, NoteKind.CONTACT}
    called = [one for one in notes if one.mentions]
    assert called
    assert all(one.author_id not in one.mentions for one in called)
    told = select(OutboxMessage.recipient_id).where(OutboxMessage.event == "note_mentioned")
    assert set(db.session.scalars(told)) == {person_id for one in called for person_id in one.mentions}


def test_the_president_finds_one_thing_of_each_kind_to_do(obstacles: list[Obstacle]) -> None:
    president = actor_named("president")
    assert len(list_to_confirm(president, 9).rows) == 1
    assert len(list_own_waiting(president, {Status.INFORMATION_REQUESTED}, 9).rows) == 1
    assert len(list_own_waiting(president, {Status.RESOLVED}, 9).rows) == 1
    assert len(list_prepared_for(president, 9).rows) == 1
    assert 1 <= count_unread(president) <= 12


@pytest.mark.parametrize("name", AT_DESKS)
def test_every_view_of_a_desk_holds_something_and_little_is_late(name: str, obstacles: list[Obstacle]) -> None:
    counts = count_views(read_queue(actor_named(name), NOW), list(View))
    assert min(counts.values()) >= 1, counts
    assert counts[View.ALL] >= 10
    assert counts[View.LATE] * 4 <= counts[View.ALL]


def test_nothing_open_was_written_on_a_day_to_come(obstacles: list[Obstacle]) -> None:
    notes = db.session.scalars(select(Note)).all()
    assert all(local_day(one.created_at) < TODAY for one in notes)
    assert sum(one.status in OPEN for one in obstacles) >= 60


def test_the_clock_climbed_cases_ended_a_wait_and_closed_one_each_on_its_own_day(obstacles: list[Obstacle]) -> None:
    by_clock = [one for one in events() if one.person_id is None]
    acts = Counter(one.event for one in by_clock)
    assert acts[Event.OBSTACLE_ESCALATED] >= 2
    assert min(acts[Event.WAIT_ENDED], acts[Event.OBSTACLE_CLOSED]) >= 1
    codes = [json.loads(one.canonical)["codes"] for one in by_clock]
    assert all(one["by_clock"] and "meant_for" not in one for one in codes)
    assert all(one.occurred_at == start_of_day(local_day(one.occurred_at)) for one in by_clock)
    climbed = [one for one in obstacles if one.level is Level.REGION and one.status is Status.FILED]
    assert any(one.assignee_id is None for one in climbed)


def test_people_were_warned_of_what_is_nearly_due_and_of_what_is_late(obstacles: list[Obstacle]) -> None:
    kinds = set(db.session.scalars(select(CaseWarning.kind)))
    assert kinds >= {WarningKind.NEAR, WarningKind.LATE}
    mails = select(OutboxMessage).where(OutboxMessage.source_kind == MessageSource.WARNING)
    assert {one.channel for one in db.session.scalars(mails)} == {MessageChannel.EMAIL, MessageChannel.APP}
    hours = {one.event_at.astimezone(LOCAL_ZONE).time() for one in db.session.scalars(mails)}
    assert hours
    assert all(time(8) <= hour < time(18) for hour in hours)
