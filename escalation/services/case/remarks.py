"""What people add to a case that is no move: its status stays, no clock feels it, and whom it concerns is told."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from escalation.domain.codes import Event, Remark
from escalation.domain.content import Content
from escalation.domain.errors import MissingInput, NotAllowed, NotFound, StaleObstacle
from escalation.domain.policy import MandateHeld, mandate_to_remark, may_see
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.obstacles import content_of
from escalation.services.case.filing import fill_in
from escalation.services.case.submissions import content_digest, keep_submission, lock_person, was_carried_out
from escalation.services.case.transitions import By, held_until, journal_and_tell, lock_obstacle
from escalation.services.files.attaching import drop_repeated, take_chosen
from escalation.services.journal import Entry
from escalation.services.transaction import transaction

Write = Callable[[Session, Dossier, MandateHeld], None]


def add_comment(obstacle_id: int, by: By, *, comment: str) -> Obstacle:
    """Say something that both sides read."""

    def write(session: Session, dossier: Dossier, mandate: MandateHeld) -> None:
        entry = Entry(Event.COMMENT_ADDED, texts={"comment": comment})
        held_ms = held_until(session, dossier.obstacle)
        journal_and_tell(session, dossier, entry, by, mandate=mandate, not_before_ms=held_ms)

    return make_remark(Remark.COMMENT, obstacle_id, by, {"comment": comment}, write)


def confirm_filing(obstacle_id: int, by: By) -> Obstacle:
    """Say in the commune's name that what was filed on its behalf is its own."""

    def write(session: Session, dossier: Dossier, mandate: MandateHeld) -> None:
        dossier.obstacle.filing_confirmed_at = by.now
        entry, held_ms = Entry(Event.FILING_CONFIRMED), held_until(session, dossier.obstacle)
        journal_and_tell(session, dossier, entry, by, mandate=mandate, not_before_ms=held_ms)

    return make_remark(Remark.CONFIRM_FILING, obstacle_id, by, {}, write)


def amend(obstacle_id: int, by: By, *, content: Content) -> Obstacle:
    """Correct in the commune's name what was filed; what was and what is are both kept.

    The case stays where it is, and those who were deciding on the older facts are told so. What changes nothing
    is no event, unless a file comes with it.
    Raises: MissingInput when a needed answer was taken out.
    """
    if lacking := content.missing():
        raise MissingInput(lacking)

    def write(session: Session, dossier: Dossier, mandate: MandateHeld) -> None:
        obstacle = dossier.obstacle
        before = content_of(obstacle)
        changed = [name for name, value in content.items() if getattr(before, name) != value]
        files = take_chosen(session, obstacle, by.actor.person_id, by.form_path, with_draft=False)
        if not changed and not files:
            return
        fill_in(obstacle, content)
        obstacle.version += 1
        obstacle.changed_at = by.now
        texts = {"answers": content.canonical(), "before": before.canonical()}
        journal_and_tell(session, dossier, Entry(Event.FACTS_AMENDED, {"fields": changed}, texts), by, mandate=mandate)

    return make_remark(Remark.AMEND, obstacle_id, by, {"answers": content.canonical()}, write)


def make_remark(remark: Remark, obstacle_id: int, by: By, given: dict[str, Any], write: Write) -> Obstacle:
    """Do what is no move, whole or not at all; the same form sent twice does it once.

    Raises: NotFound, NotAllowed, StaleObstacle, MissingInput, AlreadySubmitted.
    """
    digest = content_digest({"remark": remark, "obstacle": obstacle_id, **given})
    with transaction() as session:
        if by.key:
            lock_person(session, by.actor.person_id)
        obstacle = lock_obstacle(session, obstacle_id)
        if was_carried_out(session, by.actor.person_id, by.key, digest):
            drop_repeated(session, obstacle_id, by.actor.person_id, by.form_path)
            return obstacle
        dossier = read_dossier(obstacle, by.now)
        mandate = check_remark(dossier, remark, by)
        if lacking := [name for name, value in given.items() if not value]:
            raise MissingInput(lacking)
        write(session, dossier, mandate)
        keep_submission(session, by.actor.person_id, by.key, digest, obstacle_id=obstacle_id, now=by.now)
        return obstacle


def check_remark(dossier: Dossier, remark: Remark, by: By) -> MandateHeld:
    """Return the mandate that allows it.

    Raises: NotFound, NotAllowed, StaleObstacle when facts are corrected on a page that shows older ones.
    """
    if not may_see(by.actor, dossier.case):
        raise NotFound("obstacle")
    obstacle = dossier.obstacle
    if remark is Remark.AMEND and by.seen_version not in (None, obstacle.version):
        raise StaleObstacle(obstacle.reference, by.seen_version or 0, obstacle.version)
    mandate = mandate_to_remark(by.actor, remark, dossier.case)
    if mandate is None:
        raise NotAllowed(remark)
    return mandate
