"""The demo in the database: what the contract promises of it, read from the rows, on both databases."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from escalation.demo.seed import SeedReport, seed_demo
from escalation.domain.calendar import start_of_day
from escalation.domain.codes import COMMUNE_OFFICES, OPEN, Audience, Cause, Event, Office, Outcome, Status
from escalation.domain.journal import GENESIS, link_hash, text_digest
from escalation.domain.notices import NOTICES
from escalation.extensions import db
from escalation.models.files import CaseFile
from escalation.models.journal import JournalSeal
from escalation.models.notes import Note
from escalation.models.obstacles import Approach, Obstacle, Pause, Referral, Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import FilingPermission, Mandate, Person
from escalation.services.people.passwords import verify_password
from tests.databases import Databases
from tests.demo.conftest import BOUHOUDA, TODAY, events, installation

TAHLA = "03.561.01.07"
ACCOUNTS = {
    "president": (Office.COMMUNE_PRESIDENT, BOUHOUDA),
    "delegate": (Office.COMMUNE_DELEGATE, BOUHOUDA),
    "reviewer": (Office.PROVINCE_REVIEWER, "03.531"),
    "coordinator": (Office.PROVINCE_COORDINATOR, "03.531"),
    "member": (Office.GROUP_MEMBER, "03"),
    "chair": (Office.GROUP_PRESIDENT, "03"),
    "staff": (Office.SECRETARIAT_STAFF, "03"),
    "secretary": (Office.REGIONAL_SECRETARY, "03"),
    "admin": (Office.ADMINISTRATOR, "03"),
    "president2": (Office.COMMUNE_PRESIDENT, "03.531.03.21"),
    "president3": (Office.COMMUNE_PRESIDENT, "03.451.01.07"),
}


pytestmark = pytest.mark.usefixtures("obstacles")


def fingerprint() -> str:
    """The digest of all that the demo says, but for what is random by design: salts, digests made with them, UUIDs."""
    journal = [json.loads(event.canonical) | {"texts": None} for event in events()]
    for told in journal:
        told["codes"]["files"] = len(told["codes"].get("files", ()))
    rows = [
        (o.reference, o.status, o.level, o.desk_code, o.author_id, o.assignee_id, o.title, o.description, o.due_at,
         o.blocked_since, o.needed_by, o.created_at, o.changed_at, o.answer_by, o.confirm_by, o.commitment_by)
        for o in db.session.scalars(select(Obstacle).order_by(Obstacle.id))
    ]  # fmt: skip
    texts = db.session.execute(
        select(Statement.obstacle_id, Statement.event_seq, Statement.kind, Statement.text).order_by(
            Statement.obstacle_id, Statement.event_seq, Statement.kind
        )
    )
    mail = db.session.execute(
        select(
            OutboxMessage.source_id,
            OutboxMessage.address,
            OutboxMessage.audience,
            OutboxMessage.event_at,
            OutboxMessage.facts,
        ).order_by(OutboxMessage.id)
    )
    outside = [
        (o.obstacle_id, o.number, o.body_code, o.session, o.asked_on, o.expected_on, o.replied_seq)
        for o in db.session.scalars(select(Approach).order_by(Approach.id))
    ]
    notes = [
        (o.obstacle_id, o.author_id, o.kind, o.text, o.created_at)
        for o in db.session.scalars(select(Note).order_by(Note.id))
    ]
    said = [journal, rows, outside, notes, [tuple(row) for row in texts], [tuple(row) for row in mail]]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def test_the_report_counts_what_is_there(seeded: SeedReport, obstacles: list[Obstacle]) -> None:
    assert seeded == SeedReport(
        people=db.session.scalar(select(func.count()).select_from(Person)) or 0,
        obstacles=len(obstacles),
        events=len(events()),
        messages=db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0,
    )


def test_every_status_place_and_desk_is_served(obstacles: list[Obstacle]) -> None:
    statuses = Counter(one.status for one in obstacles)
    assert len(obstacles) >= 60
    assert {status for status, count in statuses.items() if count >= 2} == set(Status)
    provinces = Counter(one.province_code for one in obstacles)
    assert len(provinces) == 9
    assert min(provinces.values()) >= 4
    assert max(Counter(one.desk_code for one in obstacles if one.status in OPEN).values()) < 40
    assert {one.outcome for one in obstacles} >= set(Outcome)


def test_a_few_cases_stand_with_a_picture_or_a_document() -> None:
    files = db.session.scalars(select(CaseFile)).all()
    assert Counter(one.kind for one in files) == {"jpg": 3, "pdf": 2}
    assert all(one.attached_at and one.event_seq == 1 for one in files)


def test_the_accounts_sit_where_they_should() -> None:
    people = {one.email: one for one in db.session.scalars(select(Person))}
    for name, held in ACCOUNTS.items():
        mandates = db.session.scalars(select(Mandate).where(Mandate.person_id == people[f"{name}@demo.test"].id)).all()
        assert [(one.office, one.place_code) for one in mandates] == [held]
        assert mandates[0].starts_on == date(2021, 10, 1)
    assert len({one.password_hash for one in people.values()}) == 1
    assert verify_password(people["president@demo.test"].password_hash, "escalation-demo")
    [permission] = db.session.scalars(select(FilingPermission))
    assert ((TODAY - permission.starts_on).days, (permission.ends_on - TODAY).days) == (60, 300)
    assert permission.granted_by_id == people["president@demo.test"].id


def test_the_first_commune_has_cases_by_both_its_people(obstacles: list[Obstacle]) -> None:
    own = [one for one in obstacles if one.commune_code == BOUHOUDA]
    assert len(own) >= 6
    assert len({one.status for one in own}) >= 5
    authors = Counter(db.session.get_one(Person, one.author_id).email for one in own)
    assert min(authors["president@demo.test"], authors["delegate@demo.test"]) >= 2


def test_nobody_decides_on_their_own_commune(obstacles: list[Obstacle]) -> None:
    [tahla] = [one for one in obstacles if one.commune_code == TAHLA]
    own_people = select(Mandate.person_id).where(Mandate.place_code == TAHLA, Mandate.office.in_(COMMUNE_OFFICES))
    recused = set(db.session.scalars(own_people))
    decided = {
        one.person_id for one in events() if one.obstacle_id == tahla.id and one.event is not Event.OBSTACLE_FILED
    }
    assert not recused & decided


def test_everything_happened_in_order_before_today(obstacles: list[Obstacle]) -> None:
    instants = [one.occurred_at for one in events()]
    assert instants == sorted(instants)
    numbered = [one.reference or "" for one in obstacles if one.reference]
    assert numbered == sorted(numbered)
    assert [one.split("-")[1] for one in numbered] == [str(one.filed_at.year) for one in obstacles if one.filed_at]
    assert {one.split("-")[1] for one in numbered} == {"2026", "2027"}
    end = start_of_day(TODAY)
    assert all(max(one.created_at, one.changed_at) < end for one in obstacles)
    stays, waits = db.session.scalars(select(Referral)).all(), db.session.scalars(select(Pause)).all()
    assert all(
        moment is None or moment < end for one in stays for moment in (one.opened_at, one.claimed_at, one.closed_at)
    )
    assert all(moment is None or moment < end for one in waits for moment in (one.started_at, one.ended_at))
    assert all((TODAY - one.created_at.date()).days <= 3 for one in obstacles if one.status is Status.DRAFT)


def test_what_is_awaited_is_still_ahead(obstacles: list[Obstacle]) -> None:
    asked = [one.answer_by for one in obstacles if one.status is Status.INFORMATION_REQUESTED]
    shown = [one.confirm_by for one in obstacles if one.status is Status.RESOLVED]
    assert all(day is not None and day >= TODAY for day in (*asked, *shown))
    promised = [one.commitment_by for one in obstacles if one.outcome is Outcome.COMMITMENT]
    assert promised
    assert all(promised)


def test_every_event_told_those_the_table_names(obstacles: list[Obstacle]) -> None:
    told: dict[int, list[OutboxMessage]] = {}
    of_events = select(OutboxMessage).where(OutboxMessage.source_kind == "event")
    for message in db.session.scalars(of_events.order_by(OutboxMessage.id)):
        told.setdefault(message.source_id, []).append(message)
    for event in events():
        notices = NOTICES.get(event.event, ())
        messages = told.pop(event.id) if notices else []
        assert {one.audience for one in messages} <= {notice.audience for notice in notices}
        assert all((one.event, one.event_at) == (event.event, event.occurred_at) for one in messages)
        is_own = json.loads(event.canonical)["codes"].get("cause") == Cause.COMMUNE
        if event.event in (Event.OBSTACLE_FILED, Event.OBSTACLE_ESCALATED) and not is_own:
            assert {Audience.COMMUNE, Audience.DESK} <= {one.audience for one in messages}
    assert not told


def test_the_journal_holds(obstacles: list[Obstacle]) -> None:
    texts = {(one.obstacle_id, one.event_seq, one.kind): one for one in db.session.scalars(select(Statement))}
    heads: dict[int, tuple[int, str]] = {}
    for event in events():
        seq, previous = heads.get(event.obstacle_id, (0, GENESIS))
        assert (event.seq, event.previous_hash) == (seq + 1, previous)
        assert event.hash == link_hash(previous, event.canonical)
        for kind, digest in json.loads(event.canonical)["texts"].items():
            kept = texts.pop((event.obstacle_id, event.seq, kind))
            assert digest == text_digest(kept.salt, kept.text)
        heads[event.obstacle_id] = (event.seq, event.hash)
    assert not texts
    assert heads == {one.id: (one.journal_seq, one.journal_hash) for one in obstacles if one.reference}
    [seal] = db.session.scalars(select(JournalSeal))
    assert seal.hash == link_hash(GENESIS, seal.canonical)
    assert all(one.sealed_seq == one.journal_seq for one in obstacles)


def test_people_already_there_are_left_alone(seeded: SeedReport) -> None:
    assert seed_demo(today=TODAY) == replace(seeded, refused=True)


def test_the_same_seed_and_day_give_the_same_demo(databases: dict[str, Databases], tmp_path: Path) -> None:
    first = fingerprint()
    told: list[tuple[str, int, int]] = []
    with installation(databases["sqlite"], tmp_path):
        report = seed_demo(today=TODAY, progress=lambda *step: told.append(step))
        assert fingerprint() == first
    assert told[0] == ("people", report.people, report.people)
    assert [label for label, _, _ in told[1:]] == ["cases"] * (len(told) - 1)
    assert [done for _, done, _ in told[1:]] == list(range(1, told[-1][2] + 1))


def test_another_seed_gives_other_days(databases: dict[str, Databases], tmp_path: Path) -> None:
    first = fingerprint()
    with installation(databases["sqlite"], tmp_path):
        seed_demo(today=TODAY, seed=1)
        assert fingerprint() != first
