"""Answers by mail: turned into words on the case of the letter that they answer, by the road that pages take.

A comment, or the answer to the question that the letter asked; no other move is made by mail, and nobody may by mail
what they may not on the page. The same answer sent or brought twice is said once.
"""

import hashlib
import io
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Event, MessageChannel, MessageSource, MessageStatus, Remark, Status
from escalation.domain.errors import (
    AlreadySubmitted,
    MissingInput,
    NotAllowed,
    NotFound,
    StaleObstacle,
    TransitionNotAllowed,
)
from escalation.domain.files import FileFault, FileRefused
from escalation.domain.intake import REPLY_HELD, REPLY_WITHOUT_FILES, Became, HeldFor
from escalation.domain.policy import Actor, may, may_file
from escalation.domain.typed import PARAGRAPH_CHARS, clean_text
from escalation.extensions import db
from escalation.mail.incoming.reading import Attached, Read
from escalation.mail.incoming.words import written_words
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.case.cases import read_dossier
from escalation.queries.messages.inbox import unread_of_case
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.people.people import load_actor
from escalation.services.case import moves, remarks
from escalation.services.case.submissions import find_submission
from escalation.services.case.transitions import By
from escalation.services.files.uploads import Coming, leave_out, receive_file
from escalation.services.messages.incoming import Taken, TryLater, has_sent_enough
from escalation.services.messages.message_ids import new_message_id
from escalation.services.messages.return_paths import REPLY
from escalation.services.transaction import transaction

logger = logging.getLogger(__name__)

BY_MAIL: Final = "email"
OURS_AWAY: Final = frozenset({FileFault.NO_ROOM, FileFault.NO_SCANNER, FileFault.BUSY})
"""Faults of files that are no fault of theirs: the mail waits."""
WAITS_FOR: Final = timedelta(days=1)
"""How long an answer waits for what of ours is away; then it is taken without its files."""
REFUSALS: Final = (NotFound, NotAllowed, TransitionNotAllowed, MissingInput)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer by mail, whose writer is believed, and the letter that it answers."""

    taken: Taken
    read: Read
    letter: OutboxMessage
    now: datetime
    is_accepted: bool = False
    """An administrator looked at it: how often its writer wrote does not count."""

    @property
    def key(self) -> str:
        """Return what makes this answer act once, however often and by whichever way it comes."""
        name = self.read.message_id.encode() or self.taken.raw
        return "mail:" + hashlib.sha256(f"{self.letter.id}:".encode() + name).hexdigest()[:56]

    @property
    def form_path(self) -> str:
        """Return where its files wait until its words are written."""
        return f"/mail/{self.key.removeprefix('mail:')}"


def take_reply(reply: Reply) -> Became | HeldFor:
    """Write what an answer says on its case; return what became of it.

    Raises: TryLater when something of ours is away.
    """
    person = db.session.get(Person, reply.letter.recipient_id)
    obstacle = db.session.get(Obstacle, reply.letter.obstacle_id) if reply.letter.obstacle_id else None
    if person is None or obstacle is None or person.suspended_at or person.pseudonymised_at:
        return HeldFor.NOT_ALLOWED
    if find_submission(db.session(), person.id, reply.key) is not None:
        return Became.REPEATED
    words = clean_text(written_words(reply.read.words))
    actor = load_actor(person.id, local_day(reply.now))
    return _why_not(reply, actor, obstacle, words) or _say(reply, actor, obstacle, words)


def _why_not(reply: Reply, actor: Actor, obstacle: Obstacle, words: str) -> HeldFor | None:
    """Return why nothing is written, before any file is taken."""
    if not words:
        return HeldFor.NO_WORDS
    if len(words) > PARAGRAPH_CHARS:
        return HeldFor.TOO_LONG
    if not _may_say_anything(reply, actor, obstacle):
        return HeldFor.NOT_ALLOWED
    has_room = reply.is_accepted or not has_sent_enough(actor.person_id or 0, reply.now)
    return None if has_room else HeldFor.TOO_MANY_REPLIES


def tell_writer(taken: Taken, letter: OutboxMessage, event: str, now: datetime) -> None:
    """Tell in the app who answered by mail that their words wait, or that files were left out; never by mail."""
    facts = {name: value for name, value in letter.facts.items() if name != REPLY} | {"asks": False}
    source = (OutboxMessage.source_kind == MessageSource.REPLY, OutboxMessage.source_id == taken.id)
    with transaction() as session:
        if session.scalar(select(OutboxMessage.id).where(*source, OutboxMessage.recipient_id == letter.recipient_id)):
            return
        session.add(
            OutboxMessage(
                source_kind=MessageSource.REPLY,
                source_id=taken.id,
                event=event,
                audience=letter.audience,
                obstacle_id=letter.obstacle_id,
                recipient_id=letter.recipient_id,
                address=letter.address,
                channel=MessageChannel.APP,
                language=letter.language,
                facts=facts,
                message_id=new_message_id(),
                event_at=now,
                order_seq=letter.order_seq,
                not_before_ms=get_now_ms(),
                status=MessageStatus.SENT,
                sent_at=now,
            )
        )


def _may_say_anything(reply: Reply, actor: Actor, obstacle: Obstacle) -> bool:
    """Say whether a comment would be taken, or the answer, before any file is."""
    dossier = read_dossier(obstacle, reply.now)
    try:
        remarks.check_remark(dossier, Remark.COMMENT, By(actor=actor, now=reply.now))
    except REFUSALS:
        return _answers(reply, actor, obstacle)
    return True


def _answers(reply: Reply, actor: Actor, obstacle: Obstacle) -> bool:
    """Say whether this is the answer to the question that the case waits for, by somebody who may give it."""
    if reply.letter.event != Event.INFORMATION_REQUESTED or obstacle.status is not Status.INFORMATION_REQUESTED:
        return False
    asked = select(func.max(JournalEvent.id)).where(
        JournalEvent.obstacle_id == obstacle.id, JournalEvent.event == Event.INFORMATION_REQUESTED
    )
    is_present_question = db.session.scalar(asked) == reply.letter.source_id
    dossier = read_dossier(obstacle, reply.now)
    return is_present_question and may_file(actor, obstacle.commune_code) and may(actor, Action.ANSWER, dossier.case)


def _say(reply: Reply, actor: Actor, obstacle: Obstacle, words: str) -> Became | HeldFor:
    obstacle_id, person_id = obstacle.id, actor.person_id or 0
    refused = _take_files(reply, person_id, obstacle.commune_code) + reply.read.left_out
    db.session.rollback()
    present = db.session.get(Obstacle, obstacle_id)
    assert present is not None
    given: dict[str, Any] = {
        "actor": actor, "now": reply.now, "key": reply.key, "form_path": reply.form_path, "way": BY_MAIL
    }  # fmt: skip
    became: Became | HeldFor
    try:
        became = _write(reply, present, words, given)
    except AlreadySubmitted:
        became = Became.REPEATED
    except REFUSALS:
        became = HeldFor.NOT_ALLOWED
    if not isinstance(became, Became) or became is Became.REPEATED:
        leave_out(person_id, reply.form_path, None)
    elif refused:
        tell_writer(reply.taken, reply.letter, REPLY_WITHOUT_FILES, reply.now)
    return became


def _write(reply: Reply, obstacle: Obstacle, words: str, given: dict[str, Any]) -> Became:
    """Write an answer where one is waited for, else a comment; what was answered meanwhile is commented on."""
    if _answers(reply, given["actor"], obstacle):
        try:
            moves.answer(obstacle.id, By(seen_version=obstacle.version, **given), answer=words)
        except (StaleObstacle, TransitionNotAllowed):
            logger.info("the case of mail %s moved while its answer was written", reply.taken.id)
        else:
            return Became.ANSWER
    remarks.add_comment(obstacle.id, By(**given), comment=words)
    return Became.COMMENT


def _take_files(reply: Reply, person_id: int, commune_code: str) -> int:
    """Take in what came with the words by the door of all files; return how many were refused there."""
    refused = 0
    for attached in reply.read.files:
        try:
            receive_file(_coming(attached, reply, person_id, commune_code), reply.now)
        except FileRefused as refusal:
            if refusal.fault in OURS_AWAY and reply.now - reply.taken.received_at < WAITS_FOR:
                raise TryLater(refusal.fault) from refusal
            logger.info("a file of mail %s is not taken: %s", reply.taken.id, refusal.fault)
            refused += 1
    return refused


def _coming(attached: Attached, reply: Reply, person_id: int, commune_code: str) -> Coming:
    return Coming(
        name=attached.name,
        stream=io.BytesIO(attached.content),
        person_id=person_id,
        form_path=reply.form_path,
        commune_code=commune_code,
    )


HELD_AND_TOLD: Final = frozenset(
    {
        HeldFor.NOT_ALLOWED,
        HeldFor.NO_WORDS,
        HeldFor.TOO_LONG,
        HeldFor.TOO_MANY_REPLIES,
        HeldFor.ROBOT_PERHAPS,
    }
)
"""Why an answer of somebody who is believed waits: they are told so."""


def tell_if_held(reply: Reply, became: Became | HeldFor) -> None:
    """Tell who answered by mail, and is believed, that their words were not taken; once a case until they read it."""
    if became in HELD_AND_TOLD and not _is_told(reply.letter):
        tell_writer(reply.taken, reply.letter, REPLY_HELD, reply.now)


def _is_told(letter: OutboxMessage) -> bool:
    """Say whether its reader has not yet read that an answer on this case waits: a program answers every letter."""
    if letter.obstacle_id is None:
        return False
    unread = unread_of_case(letter.recipient_id, letter.obstacle_id)
    told = select(OutboxMessage.id).where(*unread, OutboxMessage.event == REPLY_HELD)
    return db.session.scalar(told.limit(1)) is not None
