"""One life after another, at random: everybody of the town tries everything, and the world must stay in order."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from escalation.domain.codes import OPEN, Action, Channel, Level, MessageStatus, Remark, Status
from escalation.domain.errors import DomainError
from escalation.domain.policy import CLOCK, Actor, allowed_actions
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle, Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate
from escalation.queries.case.cases import read_dossier
from escalation.queries.case.obstacles import get_obstacle
from escalation.services.case import filing, moves, notes, remarks
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    NEIGHBOUR,
    REGION,
    Inhabitant,
    Town,
    actor_of,
    content,
    sign_in,
)
from tests.visitor import Visitor
from tests.walk.given import given_with
from tests.walk.table import AT_THE_DESK, CLOCKWORK, COMMUNES, READS, ROWS, SAME, SEATS, STANDS, serving, who_may

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
PEOPLE = (
    "president", "delegate", "scribe", "president2", "president3", "reviewer", "coordinator", "reviewer3", "member",
    "chair", "both", "secretary", "provincial", "staff", "parliament", "admin", "stranger", "nobody",
)  # fmt: skip
LISTS = ("/", "/queue", "/queue?view=all", "/obstacles", "/inbox")

FILERS = ("president", "delegate", "president2", "both")
LEAVERS = tuple(sorted(frozenset().union(*SEATS.values())))
"""Whose mandates end and live again: everybody of every desk, so that desks empty."""
SERIAL = count(1)


class Walk(RuleBasedStateMachine):
    """Cases of two communes, walked by everybody; the town and its database outlive each life."""

    town: Town
    both: Inhabitant
    """Sits in the region's group and presides over the commune's neighbour: recused from what that one files."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.cases: list[int] = []
        self.written: dict[int, set[str]] = {}
        self.contested: dict[int, list[Level]] = {}
        self.secrets: dict[str, str] = {}
        self.away: set[str] = set()
        self.steps = 0
        self._actors: dict[tuple[str, date], Actor] = {}

    # --- who and what --------------------------------------------------------------------------------------------

    def person(self, name: str) -> Inhabitant:
        """Return somebody of the town."""
        return self.both if name == "both" else getattr(self.town, name)

    def actor(self, name: str) -> Actor:
        """Return somebody as the policy knows them today, or the clock."""
        known = (name, self.now.date())
        if known not in self._actors:
            self._actors[known] = CLOCK if name == CLOCKWORK else actor_of(self.town.app, self.person(name), self.now)
        return self._actors[known]

    def by(self, name: str, **more: Any) -> By:
        """Return somebody who acts now."""
        return By(actor=self.actor(name), now=self.now, **more)

    def words(self) -> str:
        """Return a text that nobody wrote before, to be found again."""
        return f"كلام رقم {next(SERIAL)} / mots"

    def row(self, obstacle_id: int) -> Obstacle:
        """Return a case as it stands."""
        db.session.rollback()
        return db.session.get_one(Obstacle, obstacle_id, populate_existing=True)

    def state(self, obstacle_id: int) -> tuple[Any, ...]:
        """Return all of a case that a refused act must leave alone."""
        row = self.row(obstacle_id)
        return tuple(getattr(row, column.key) for column in Obstacle.__table__.columns)

    # --- what may happen -----------------------------------------------------------------------------------------

    @initialize(
        name=st.sampled_from(FILERS), kind=st.sampled_from(["convention_unsigned", "flood_risk", "water_connection"])
    )
    def file(self, name: str, kind: str) -> None:
        """Begin with a case."""
        self._file(name, kind)

    @rule(
        name=st.sampled_from(FILERS),
        kind=st.sampled_from(["convention_unsigned", "other"]),
    )
    def file_another(self, name: str, kind: str) -> None:
        """Let the commune file again."""
        if len(self.cases) < 3 and name not in self.away:
            self._file(name, kind)

    @rule()
    def file_on_behalf(self) -> None:
        """Let the secretariat file what the president told it on the telephone."""
        if len(self.cases) < 3:
            self._file("staff", "convention_unsigned", Channel.PHONE)

    def _file(self, name: str, kind: str, channel: Channel | None = None) -> None:
        answers = content(obstacle_type=kind, description=f"وصف {next(SERIAL)}")
        commune = NEIGHBOUR if name in COMMUNES[NEIGHBOUR] else COMMUNE
        row = filing.file_obstacle(commune, answers, self.by(name), channel=channel)
        assert row.status is Status.FILED
        assert row.reference
        self.cases.append(row.id)
        self.contested[row.id] = []
        self.written[row.id] = set()

    @rule(which=st.integers(0, 2), name=st.sampled_from((*PEOPLE, CLOCKWORK)), action=st.sampled_from(list(ROWS)),
          luck=st.integers(0, 1000), may_undo=st.booleans())  # fmt: skip
    def try_any_move(self, which: int, name: str, action: Action, luck: int, *, may_undo: bool) -> None:
        """Let anybody try any move of the table."""
        self._try(self.cases[which % len(self.cases)], name, action, luck, may_undo=may_undo)

    @rule(which=st.integers(0, 2), lucks=st.lists(st.integers(0, 1000), min_size=2, max_size=6))
    def make_moves_that_are_offered(self, which: int, lucks: list[int]) -> None:
        """Let people do, one after the other, what their pages offer, and the clock what is due; few withdraw."""
        obstacle_id = self.cases[which % len(self.cases)]
        for luck in lucks:
            case, ends = read_dossier(self.row(obstacle_id), self.now).case, luck % 8 == 0
            allowed = [(name, one) for name in (*PEOPLE, CLOCKWORK) for one in allowed_actions(self.actor(name), case)]
            offers = [(name, one) for name, one in allowed if one in ROWS and (ends or one is not Action.WITHDRAW)]
            if offers:
                name, action = offers[luck % len(offers)]
                self._try(obstacle_id, name, action, luck // 7, may_undo=bool(luck % 2))

    @rule(
        which=st.integers(0, 2), seat=st.integers(0, 9), action=st.sampled_from(AT_THE_DESK), luck=st.integers(0, 1000)
    )
    def try_from_a_seat_of_its_desk(self, which: int, seat: int, action: Action, luck: int) -> None:
        """Let who sits where the case is, recused or not, try what only some of them may."""
        obstacle_id = self.cases[which % len(self.cases)]
        seats = sorted(SEATS.get(self.row(obstacle_id).desk_code or "", ()))
        if seats:
            self._try(obstacle_id, seats[seat % len(seats)], action, luck, may_undo=False)

    def _try(self, obstacle_id: int, name: str, action: Action, luck: int, *, may_undo: bool) -> None:
        before, row = self.state(obstacle_id), self.row(obstacle_id)
        status, level = row.status, row.level
        may = self._who_may(action, row)
        given = self._given(action, luck)
        texts = {value for value in given.values() if isinstance(value, str) and "كلام" in value}
        act: Callable[..., Obstacle] = getattr(moves, action.value)
        try:
            act(obstacle_id, self.by(name, may_undo=may_undo and name != CLOCKWORK), **given)
        except DomainError:
            assert self.state(obstacle_id) == before
            return
        self.written[obstacle_id] |= texts
        after = self.row(obstacle_id)
        self._check_row(action, (status, level), (after.status, after.level), given)
        assert name in may, f"{name} made {action} from {status} at {level}"
        self._check_once(action, obstacle_id, level)
        if may_undo and luck % 3 == 0 and name != CLOCKWORK:
            undo(obstacle_id, self.by(name))
            self._check_undone(before, obstacle_id)
            if action is Action.CONTEST:
                self.contested[obstacle_id].pop()

    def _given(self, action: Action, luck: int) -> dict[str, Any]:
        people = [self.person(name).id for name in ("reviewer", "coordinator", "member", "chair", "both", "president")]
        return given_with(action, luck, self.words(), people, self.now.date())

    @rule(which=st.integers(0, 2), name=st.sampled_from(PEOPLE), remark=st.sampled_from(list(Remark)))
    def try_any_remark(self, which: int, name: str, remark: Remark) -> None:
        """Let anybody add anything that is no move: nothing of where the case stands may change."""
        obstacle_id = self.cases[which % len(self.cases)]
        before, text = self.row(obstacle_id), self.words()
        stood = {name: getattr(before, name) for name in STANDS}
        acts: dict[Remark, Callable[[], Obstacle]] = {
            Remark.COMMENT: lambda: remarks.add_comment(obstacle_id, self.by(name), comment=text),
            Remark.AMEND: lambda: remarks.amend(obstacle_id, self.by(name), content=content(tried_already=text)),
            Remark.CONFIRM_FILING: lambda: remarks.confirm_filing(obstacle_id, self.by(name)),
            Remark.NOTE: lambda: notes.add_note(obstacle_id, self.by(name), note=text),
            Remark.RECORD_CONTACT: lambda: notes.record_contact(
                obstacle_id, self.by(name), spoke_with="المدير", channel=Channel.PHONE, contact=text
            ),
        }
        try:
            acts[remark]()
        except DomainError:
            pass  # what is refused is seen below to have changed nothing
        else:
            if remark is not Remark.CONFIRM_FILING:
                self.written[obstacle_id].add(text)
            speaks, seat = name in COMMUNES[before.commune_code], self._seat_on_path(name, obstacle_id)
            if remark in (Remark.NOTE, Remark.RECORD_CONTACT):
                self.secrets[text] = seat
            allowed = {Remark.AMEND: speaks, Remark.CONFIRM_FILING: speaks, Remark.COMMENT: speaks or bool(seat)}
            assert allowed.get(remark, bool(seat)), f"{name} made the remark {remark}"
        row = self.row(obstacle_id)
        assert {name: getattr(row, name) for name in STANDS} == stood

    @rule(which=st.integers(0, 2), name=st.sampled_from(PEOPLE))
    def open_the_page(self, which: int, name: str) -> None:
        """Let anybody open the page: what is not theirs does not exist, notes are a desk's, all else is there."""
        row = self.row(self.cases[which % len(self.cases)])
        client = sign_in(Visitor(self.town.app), self.person(name))
        answer = client.get(f"/obstacles/{row.reference}")
        assert answer.status_code == (200 if self._reads(name, row.id) else 404)
        if answer.status_code == 200:
            page, seat = answer.get_data(as_text=True), self._seat_on_path(name, row.id, today=True)
            written = self.written[row.id]
            shown = {text for text in written if text in page}
            assert shown == {text for text in written if self.secrets.get(text, seat) == seat}

    @rule(name=st.sampled_from(PEOPLE), path=st.sampled_from(LISTS))
    def open_a_list(self, name: str, path: str) -> None:
        """Let anybody look at what their lists show: nothing that they could not open."""
        answer = sign_in(Visitor(self.town.app), self.person(name)).get(path)
        assert answer.status_code in (200, 403)
        page = answer.get_data(as_text=True)
        for obstacle_id in self.cases:
            assert str(self.row(obstacle_id).reference) not in page or self._reads(name, obstacle_id)

    @rule(days=st.integers(0, 25))
    def let_time_pass(self, days: int) -> None:
        """Let days go by, up to a month at once."""
        self.now += timedelta(days=days, minutes=1)

    @rule(name=st.sampled_from(LEAVERS), leaves=st.booleans())
    def leave_or_come_back(self, name: str, *, leaves: bool) -> None:
        """End a mandate at a desk, or let it live again."""
        self._set_end(name, self.now.date() - timedelta(days=1) if leaves else None)
        (self.away.add if leaves else self.away.discard)(name)

    def _set_end(self, name: str, last_day: date | None) -> None:
        self._actors.clear()
        with transaction() as session:
            held = session.scalars(select(Mandate).where(Mandate.person_id == self.person(name).id))
            for mandate in held:
                mandate.ends_on = last_day

    # --- what must hold ------------------------------------------------------------------------------------------

    def _check_row(
        self, action: Action, before: tuple[Status, Level], after: tuple[Status, Level], given: dict[str, Any]
    ) -> None:
        statuses, levels, to_status, to_level = ROWS[action]
        assert before[0] in statuses
        assert before[1] in levels
        assert after[0] in (to_status if isinstance(to_status, tuple) else (to_status,))
        aimed = Level.REGION if given.get("target") == REGION else Level.PROVINCE
        assert after[1] is {SAME: before[1], "target": aimed}.get(str(to_level), to_level)
        if action is Action.RECORD_REPLY and before[0] is not Status.REFERRED_OUT:
            assert after[0] is before[0]

    def _who_may(self, action: Action, row: Obstacle) -> set[str]:
        """Say by the specification who may make a move on a case as it stands, before it is made."""
        seated = serving(row.desk_code, row.commune_code) - self.away
        holders = {name for name in seated if self.person(name).id == row.assignee_id}
        return who_may(action, row.status, seated, holders, COMMUNES[row.commune_code] - self.away)

    def _seat_on_path(self, name: str, obstacle_id: int, *, today: bool = False) -> str:
        """Return the desk where somebody sits that has or had a case, if they are not recused; "" for none.

        Who is away sits nowhere; by the calendar of the real ``today``, nobody is who has any mandate left.
        """
        row = self.row(obstacle_id)
        serves = bool(actor_of(self.town.app, self.person(name)).mandates) if today else name not in self.away
        seats = [desk for desk, names in SEATS.items() if name in names - COMMUNES[row.commune_code] and serves]
        return next((desk for desk in seats if desk in self._path(obstacle_id)), "")

    def _path(self, obstacle_id: int) -> set[str]:
        return {referral.desk_code for referral in read_dossier(self.row(obstacle_id), self.now).referrals}

    def _check_once(self, action: Action, obstacle_id: int, level: Level) -> None:
        if action is Action.CONTEST:
            assert level not in self.contested[obstacle_id]
            self.contested[obstacle_id].append(level)
        sent_back = self._events(obstacle_id, "obstacle_sent_back")
        assert sent_back <= 1

    def _events(self, obstacle_id: int, event: str) -> int:
        undone = {
            json.loads(text)["codes"]["undone"]
            for text in db.session.scalars(
                select(JournalEvent.canonical).where(
                    JournalEvent.obstacle_id == obstacle_id, JournalEvent.event == "decision_undone"
                )
            )
        }
        of_kind = select(JournalEvent.seq).where(JournalEvent.obstacle_id == obstacle_id, JournalEvent.event == event)
        return len(set(db.session.scalars(of_kind)) - undone)

    def _check_undone(self, before: tuple[Any, ...], obstacle_id: int) -> None:
        names = [column.key for column in Obstacle.__table__.columns]
        moved = {"version", "changed_at", "journal_seq", "journal_hash"}
        now = dict(zip(names, self.state(obstacle_id), strict=True))
        was = dict(zip(names, before, strict=True))
        assert {name: now[name] for name in names if name not in moved} == {
            name: was[name] for name in names if name not in moved
        }

    def _reads(self, name: str, obstacle_id: int) -> bool:
        """Say by the specification whether somebody's page shows this case today; sign-in is of the real today."""
        today = datetime.now(UTC)
        actor = actor_of(self.town.app, self.person(name), today)
        if not actor.mandates:
            return False
        row = self.row(obstacle_id)
        if name in READS[row.commune_code]:
            return True
        if name == "staff":
            return row.author_id == self.person("staff").id
        return any(name in SEATS.get(desk, frozenset()) for desk in self._path(obstacle_id))

    @invariant()
    def no_text_is_lost(self) -> None:
        """Find every text that an accepted act was given."""
        for obstacle_id, texts in self.written.items():
            kept = set(db.session.scalars(select(Statement.text).where(Statement.obstacle_id == obstacle_id)))
            kept |= set(db.session.scalars(select(Note.text).where(Note.obstacle_id == obstacle_id)))
            whole = "\n".join(kept)
            lost = [text for text in texts if text not in whole and json.dumps(text)[1:-1] not in whole]
            assert not lost

    @invariant()
    def every_open_case_has_a_human_with_a_move(self) -> None:
        """Never let a case be stuck: somebody can always act on it, or a day is set on which its wait is over."""
        for obstacle_id in self.cases:
            row = self.row(obstacle_id)
            if row.status in OPEN:
                dossier = read_dossier(row, self.now)
                able = {n for n in PEOPLE if set(allowed_actions(self.actor(n), dossier.case)) - {Action.WITHDRAW}}
                is_awaited = row.status is Status.REFERRED_OUT and dossier.waits_until is not None
                assert able or is_awaited, f"nobody has a move but to withdraw: {row.status} at {row.level}"

    @invariant()
    def nobody_finds_or_is_told_what_is_not_theirs(self) -> None:
        """Ask the queries as strangers would, and look at whom the outbox tells; each step of another case."""
        self.steps += 1
        for obstacle_id in self.cases[self.steps % 3 : self.steps % 3 + 1]:
            row = self.row(obstacle_id)
            reference, others = row.reference or "", COMMUNE if row.commune_code == NEIGHBOUR else NEIGHBOUR
            never = COMMUNES[others] - SEATS[REGION] | {"president3", "parliament", "admin", "stranger", "nobody"}
            for name in never | ({"scribe"} if row.commune_code == NEIGHBOUR else set()):
                try:
                    get_obstacle(self.actor(name), reference)
                except DomainError:
                    continue
                raise AssertionError(f"{name} found {reference}")
            told = select(OutboxMessage.recipient_id).where(
                OutboxMessage.obstacle_id == obstacle_id, OutboxMessage.status != MessageStatus.SKIPPED
            )
            path = self._path(obstacle_id)
            theirs = READS[row.commune_code].union({"staff"}, *(SEATS[desk] for desk in path if desk in SEATS))
            ids = {self.person(name).id for name in theirs}
            assert set(db.session.scalars(told)) <= ids

    def teardown(self) -> None:
        """Let everybody serve again, for the next life."""
        for name in LEAVERS:
            self._set_end(name, None)
        db.session.rollback()
