"""Writing down an obstacle: a draft at any point, its filing, its discarding; what was typed is never lost."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Level, Status
from escalation.domain.content import Content
from escalation.domain.errors import AlreadySubmitted, MissingInput, NotAllowed, NotFound, StaleObstacle
from escalation.domain.policy import may_edit_draft, may_prepare, may_see
from escalation.domain.proposals import propose_sector, propose_title
from escalation.domain.workflow import Move
from escalation.labels import name_of
from escalation.models.obstacles import Obstacle, Submission
from escalation.models.places import Place
from escalation.queries.cases import Dossier, read_dossier
from escalation.queries.obstacles import content_of
from escalation.queries.places import get_place
from escalation.queries.routes import plan_route
from escalation.queries.taxonomy import get_obstacle_type
from escalation.services.journal import Entry
from escalation.services.moves import By, check_move, journal_and_tell, lock_obstacle
from escalation.services.stays import open_stay, set_clock
from escalation.services.submissions import content_digest, find_submission, keep_submission, lock_person
from escalation.services.transaction import transaction


def save_draft(commune_code: str, content: Content, by: By, draft_id: int | None = None) -> Obstacle:
    """Keep what was typed so far, as a new draft or in the one named.

    A form sent again under the same key goes on with the draft it made.
    Raises: NotFound, NotAllowed, StaleObstacle, AlreadySubmitted when the draft has been filed with another content.
    """
    with transaction() as session:
        return _write_draft(session, commune_code, content, by, draft_id)


def file_obstacle(commune_code: str, content: Content, by: By, draft_id: int | None = None) -> Obstacle:
    """File an obstacle: it gets a reference and goes to its first desk, with an event and its messages.

    The same form sent twice files once.
    Raises: MissingInput, and what ``save_draft`` raises.
    """
    with transaction() as session:
        draft = _write_draft(session, commune_code, content, by, draft_id)
        if draft.status is not Status.DRAFT:
            return draft
        dossier = read_dossier(draft, by.now)
        move, mandate_id = check_move(dossier, Action.FILE, By(actor=by.actor, now=by.now))
        if lacking := content.missing():
            raise MissingInput(lacking)
        _file(session, dossier, move, by, mandate_id)
        return draft


def discard_draft(draft_id: int, by: By) -> None:
    """Delete a draft for good; nothing of it was journaled. Raises: NotFound, NotAllowed, TransitionNotAllowed."""
    with transaction() as session:
        draft = lock_obstacle(session, draft_id)
        check_move(read_dossier(draft, by.now), Action.DISCARD, By(actor=by.actor, now=by.now))
        session.execute(delete(Submission).where(Submission.obstacle_id == draft_id))
        session.delete(draft)


def _write_draft(session: Session, commune_code: str, content: Content, by: By, draft_id: int | None) -> Obstacle:
    if draft_id is None:
        lock_person(session, by.actor.person_id)
    sent = find_submission(session, by.actor.person_id, by.key)
    known_id = draft_id or (sent.obstacle_id if sent else None)
    if known_id is None:
        draft = _new_draft(session, get_place(commune_code), content, by)
        digest = _digest(content)
        keep_submission(session, by.actor.person_id, by.key, digest, obstacle_id=draft.id, now=by.now)
        return draft
    draft = lock_obstacle(session, known_id)
    case = read_dossier(draft, by.now).case
    if not may_see(by.actor, case):
        raise NotFound("draft")
    if draft.status is not Status.DRAFT:
        if content_of(draft) != _completed(content, draft):
            raise AlreadySubmitted(draft.id)
        return draft
    if not may_edit_draft(by.actor, case):
        raise NotAllowed("edit_draft")
    if draft_id and by.seen_version is not None and by.seen_version != draft.version:
        raise StaleObstacle(None, by.seen_version, draft.version)
    if sent is not None and draft_id is None:
        return _send_again(session, draft, content, by, sent)
    return _refill(session, draft, content, by)


def _send_again(session: Session, draft: Obstacle, content: Content, by: By, sent: Submission) -> Obstacle:
    """Take up a form that made a draft before: the same answers change nothing, corrected ones replace their like.

    When the draft has moved on meanwhile, neither is lost: the corrected answers become a draft of their own.
    """
    digest, as_sent = _digest(content), sent.body_digest
    if digest == as_sent:
        return draft
    if _digest(content_of(draft)) != as_sent:
        draft = _new_draft(session, get_place(draft.commune_code), content, by)
        sent.obstacle_id, sent.body_digest = draft.id, digest
        return draft
    sent.body_digest = digest
    return _refill(session, draft, content, by)


def _refill(session: Session, draft: Obstacle, content: Content, by: By) -> Obstacle:
    _fill(draft, content, by.now)
    draft.version += 1
    session.flush()
    return draft


def _digest(content: Content) -> str:
    return content_digest({"answers": content.canonical()})


def _new_draft(session: Session, commune: Place, content: Content, by: By) -> Obstacle:
    person_id = by.actor.person_id
    if person_id is None or not may_prepare(by.actor, commune.code, commune.region_code):
        raise NotAllowed("prepare")
    draft = Obstacle(
        commune_code=commune.code,
        province_code=commune.province_code,
        region_code=commune.region_code,
        author_id=person_id,
        created_at=by.now,
        level=Level.COMMUNE,
        status=Status.DRAFT,
        version=1,
        journal_seq=0,
    )
    _fill(draft, content, by.now)
    session.add(draft)
    session.flush()
    return draft


def _fill(draft: Obstacle, content: Content, now: datetime) -> None:
    for name, value in content.items():
        setattr(draft, name, list(value) if name == "asked_of" else value)
    draft.changed_at = now


def _completed(content: Content, filed: Obstacle) -> Content:
    """Return a content with the title and sector that were proposed for it when it was filed without them."""
    return replace(content, title=content.title or filed.title, sector=content.sector or filed.sector)


def _file(session: Session, dossier: Dossier, move: Move, by: By, mandate_id: int | None) -> None:
    draft, now = dossier.obstacle, by.now
    if draft.obstacle_type is None or move.event is None or move.after is None:
        raise MissingInput(["obstacle_type"])
    obstacle_type = get_obstacle_type(draft.obstacle_type)
    route = plan_route(dossier, obstacle_type)
    draft.sector = draft.sector or propose_sector(obstacle_type.code)
    draft.title = draft.title or propose_title(name_of(obstacle_type), draft.project_name)
    draft.reference = next_reference(session, local_day(now).year)
    draft.status, draft.filed_at, draft.changed_at = move.after, now, now
    draft.version += 1
    referral = open_stay(session, dossier, route.desk_code, route.level, event=move.event, cause=None, now=now)
    set_clock(session, dossier, now)
    codes = {
        "from_status": Status.DRAFT,
        "status": draft.status,
        "level": route.level,
        "desk": route.desk_code,
        "type": draft.obstacle_type,
        "channel": draft.channel,
        "passes_empty_desk": route.passes_empty_desk,
        "due_on": referral.due_on.isoformat() if referral.due_on else None,
        "version": draft.version,
    }
    entry = Entry(move.event, codes, {"answers": content_of(draft).canonical()})
    journal_and_tell(session, dossier, entry, by, mandate_id=mandate_id)


def next_reference(session: Session, year: int) -> str:
    """Return the next reference of a year, like OBS-2026-00042: numbers are given once, in order."""
    return f"OBS-{year}-{session.execute(_NEXT_NUMBER, {'year': year}).scalar_one():05d}"


# One statement, so that the first two of a year cannot both begin its counter.
_NEXT_NUMBER = text(
    "INSERT INTO reference_counters (year, last_number) VALUES (:year, 1)"
    " ON CONFLICT (year) DO UPDATE SET last_number = reference_counters.last_number + 1 RETURNING last_number"
)
