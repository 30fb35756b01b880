"""Writing down an obstacle: a draft at any point, its filing, its discarding; what was typed is never lost."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Channel, Level, Office, Status
from escalation.domain.content import Content
from escalation.domain.errors import AlreadySubmitted, MissingInput, NotAllowed, NotFound, StaleObstacle
from escalation.domain.policy import MandateHeld, may_edit_draft, may_prepare, may_see
from escalation.domain.proposals import propose_sector, propose_title
from escalation.domain.workflow import Move
from escalation.labels import name_of
from escalation.models.obstacles import Obstacle, Submission
from escalation.models.places import Place
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.obstacles import content_of
from escalation.queries.case.routes import plan_route
from escalation.queries.people.people import find_president
from escalation.queries.places import get_place
from escalation.queries.taxonomy import get_obstacle_type
from escalation.services.case.stays import open_stay, set_clock
from escalation.services.case.submissions import content_digest, find_submission, keep_submission, lock_person
from escalation.services.case.transitions import By, check_move, journal_and_tell, lock_obstacle
from escalation.services.files.attaching import attach_to_draft, drop_repeated, forget_files_of_draft
from escalation.services.files.uploads import drop_bytes
from escalation.services.journal import Entry
from escalation.services.transaction import transaction


def save_draft(
    commune_code: str, content: Content, by: By, draft_id: int | None = None, channel: Channel | None = None
) -> Obstacle:
    """Keep what was typed so far, as a new draft or in the one named.

    A form sent again under the same key goes on with the draft it made; its author may name another commune for it.
    ``channel`` is how the commune told the secretariat's staff, where they write it down for it.
    Raises: NotFound, NotAllowed, StaleObstacle, AlreadySubmitted when the draft has been filed with another content.
    """
    with transaction() as session:
        draft = _write_draft(session, Sent(commune_code, content, channel), by, draft_id)
        return _with_files(session, draft, by)


def keep_draft(
    commune_code: str, content: Content, by: By, draft_id: int | None = None, channel: Channel | None = None
) -> Obstacle:
    """Keep what is still being typed, as ``save_draft`` does, but never over anything newer.

    A keeping that comes late is older than what its own form has saved or filed meanwhile: that stands.
    Raises: OwnDraftMovedOn, and what ``save_draft`` raises.
    """
    with transaction() as session:
        sent = Sent(commune_code, content, channel, is_typing=True)
        return _with_files(session, _write_draft(session, sent, by, draft_id), by)


def file_obstacle(
    commune_code: str, content: Content, by: By, draft_id: int | None = None, channel: Channel | None = None
) -> Obstacle:
    """File an obstacle: it gets a reference and goes to its first desk, with an event and its messages.

    The same form sent twice files once. Filed by the secretariat's staff it stands in its president's name, and
    needs the channel by which they were told.
    Raises: MissingInput, and what ``save_draft`` raises.
    """
    with transaction() as session:
        draft = _write_draft(session, Sent(commune_code, content, channel, to_file=True), by, draft_id)
        if draft.status is not Status.DRAFT:
            drop_repeated(session, draft.id, by.actor.person_id, by.form_path)
            return draft
        dossier = read_dossier(draft, by.now)
        move, mandate = check_move(dossier, Action.FILE, By(actor=by.actor, now=by.now))
        on_behalf = mandate is not None and mandate.office is Office.SECRETARIAT_STAFF
        lacking = content.missing() + (["channel"] if on_behalf and draft.channel is Channel.WEB else [])
        if lacking:
            raise MissingInput(lacking)
        if not on_behalf:
            draft.channel = Channel.WEB
        with session.no_autoflush:
            _file(session, dossier, move, by, mandate)
        return draft


def discard_draft(draft_id: int, by: By) -> None:
    """Delete a draft for good; nothing of it was journaled. Raises: NotFound, NotAllowed, TransitionNotAllowed."""
    with transaction() as session:
        draft = lock_obstacle(session, draft_id)
        check_move(read_dossier(draft, by.now), Action.DISCARD, By(actor=by.actor, now=by.now))
        session.execute(delete(Submission).where(Submission.obstacle_id == draft_id))
        names = forget_files_of_draft(session, draft_id)
        session.delete(draft)
    drop_bytes(names)


class OwnDraftMovedOn(StaleObstacle):
    """The draft is newer than what was sent, and by this very form: it may go on from the version that is named."""


@dataclass(frozen=True)
class Sent:
    """A form as it came: of which commune, the answers, by which way it gave them, and what is to be done with them."""

    commune_code: str
    content: Content
    channel: Channel | None
    to_file: bool = False
    is_typing: bool = False


def _with_files(session: Session, draft: Obstacle, by: By) -> Obstacle:
    """Let the files that were chosen in the form belong to its draft."""
    if draft.status is Status.DRAFT:
        attach_to_draft(session, draft, by.actor.person_id, by.form_path, by.now)
    return draft


def _write_draft(session: Session, sent: Sent, by: By, draft_id: int | None) -> Obstacle:
    lock_person(session, by.actor.person_id)
    before = find_submission(session, by.actor.person_id, by.key)
    known_id = draft_id or (before.obstacle_id if before else None)
    if known_id is None:
        draft = add_draft(session, get_place(sent.commune_code), sent, by)
        return _note_sent(session, draft, sent, by, None)
    draft = lock_obstacle(session, known_id)
    case = read_dossier(draft, by.now).case
    if not may_see(by.actor, case):
        raise NotFound("draft")
    if draft.status is not Status.DRAFT:
        if content_of(draft) != _completed(sent.content, draft) or sent.commune_code != draft.commune_code:
            raise AlreadySubmitted(draft.id)
        return draft
    if not may_edit_draft(by.actor, case):
        raise NotAllowed("edit_draft")
    if before is not None and before.obstacle_id != draft.id:  # the form of one draft, sent to another one
        raise StaleObstacle(None, by.seen_version or 0, draft.version, draft.id)
    if draft_id is None and before is not None and not sent.is_typing:
        return _send_again(session, draft, sent, by, before)
    _check_unchanged(draft, sent, by, before)
    return _refill(session, draft, sent, by, before)


def _check_unchanged(draft: Obstacle, sent: Sent, by: By, before: Submission | None) -> None:
    """Refuse to write over what somebody else wrote since; what this very form wrote is its own.

    Raises: StaleObstacle, OwnDraftMovedOn.
    """
    is_own = before is not None and _digest_of(draft) == before.body_digest
    if sent.is_typing and by.seen_version != draft.version:
        stale = OwnDraftMovedOn if is_own else StaleObstacle
        raise stale(None, by.seen_version or 0, draft.version, draft.id)
    if by.seen_version not in (None, draft.version) and not is_own:
        raise StaleObstacle(None, by.seen_version or 0, draft.version, draft.id)


def _send_again(session: Session, draft: Obstacle, sent: Sent, by: By, before: Submission) -> Obstacle:
    """Take up a form that made a draft before: the same answers change nothing, corrected ones replace their like.

    When the draft has moved on meanwhile, neither is lost: the corrected answers become a draft of their own, and
    what nobody corrected is not filed over what somebody else wrote.
    Raises: StaleObstacle.
    """
    digest, moved_on = _digest(sent.commune_code, sent.content), _digest_of(draft) != before.body_digest
    if digest == before.body_digest:
        if moved_on and sent.to_file:
            raise StaleObstacle(None, by.seen_version or 0, draft.version, draft.id)
        return draft
    if moved_on:
        draft = add_draft(session, get_place(sent.commune_code), sent, by)
        before.obstacle_id, before.body_digest = draft.id, digest
        return draft
    return _refill(session, draft, sent, by, before)


def _refill(session: Session, draft: Obstacle, sent: Sent, by: By, before: Submission | None) -> Obstacle:
    if sent.commune_code != draft.commune_code:
        _name_commune(draft, get_place(sent.commune_code), by)
    _fill(draft, sent, by.now)
    draft.version += 1
    session.flush()
    return _note_sent(session, draft, sent, by, before)


def _note_sent(session: Session, draft: Obstacle, sent: Sent, by: By, before: Submission | None) -> Obstacle:
    """Remember what this form last wrote, so that it may go on writing in its own draft."""
    digest = _digest(draft.commune_code, sent.content)
    if before is not None:
        before.body_digest = digest
    else:
        keep_submission(session, by.actor.person_id, by.key, digest, obstacle_id=draft.id, now=by.now)
    return draft


def _name_commune(draft: Obstacle, commune: Place, by: By) -> None:
    """Let a draft be of another commune for which its author writes too. Raises: NotAllowed."""
    is_author, province_code = draft.author_id == by.actor.person_id, commune.province_code
    if not is_author or province_code is None or not may_prepare(by.actor, commune.code, commune.region_code):
        raise NotAllowed("prepare")
    draft.commune_code, draft.province_code, draft.region_code = commune.code, province_code, commune.region_code


def _digest(commune_code: str, content: Content) -> str:
    return content_digest({"commune": commune_code, "answers": content.canonical()})


def _digest_of(draft: Obstacle) -> str:
    return _digest(draft.commune_code, content_of(draft))


def add_draft(session: Session, commune: Place, sent: Sent, by: By) -> Obstacle:
    """Add a draft with these answers to a transaction. Raises: NotAllowed."""
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
        channel=Channel.WEB,
    )
    _fill(draft, sent, by.now)
    session.add(draft)
    session.flush()
    return draft


def _fill(draft: Obstacle, sent: Sent, now: datetime) -> None:
    fill_in(draft, sent.content)
    draft.channel = sent.channel or draft.channel
    draft.changed_at = now


def fill_in(obstacle: Obstacle, content: Content) -> None:
    """Write the answers on the row of an obstacle."""
    for name, value in content.items():
        setattr(obstacle, name, list(value) if name == "asked_of" else value)


def _completed(content: Content, filed: Obstacle) -> Content:
    """Return a content with the title and sector that were proposed for it when it was filed without them."""
    return replace(content, title=content.title or filed.title, sector=content.sector or filed.sector)


def _file(session: Session, dossier: Dossier, move: Move, by: By, mandate: MandateHeld | None) -> None:
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
    open_stay(session, dossier, route.desk_code, route.level, event=move.event, cause=None, now=now)
    set_clock(session, dossier, now)
    on_behalf = draft.channel is not Channel.WEB
    codes = {
        "from_status": Status.DRAFT,
        "type": draft.obstacle_type,
        "channel": draft.channel,
        "passes_empty_desk": route.passes_empty_desk,
    }
    president_id = find_president(draft.commune_code, dossier.today) if on_behalf else None
    entry = Entry(move.event, codes, {"answers": content_of(draft).canonical()}, president_id)
    journal_and_tell(session, dossier, entry, by, mandate=mandate)


def next_reference(session: Session, year: int) -> str:
    """Return the next reference of a year, like OBS-2026-00042: numbers are given once, in order."""
    return f"OBS-{year}-{session.execute(_NEXT_NUMBER, {'year': year}).scalar_one():05d}"


# One statement, so that the first two of a year cannot both begin its counter.
_NEXT_NUMBER = text(
    "INSERT INTO reference_counters (year, last_number) VALUES (:year, 1)"
    " ON CONFLICT (year) DO UPDATE SET last_number = reference_counters.last_number + 1 RETURNING last_number"
)
