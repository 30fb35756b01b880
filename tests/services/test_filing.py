"""Writing an obstacle down: drafts kept and kept again, one filing, a discarding; on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation.domain.codes import Level, Status, Urgency
from escalation.domain.content import REQUIRED, Content
from escalation.domain.errors import (
    AlreadySubmitted,
    MissingInput,
    NotAllowed,
    NotFound,
    StaleObstacle,
    TransitionNotAllowed,
)
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Submission
from escalation.services.case import filing
from escalation.services.case.transitions import By
from tests.factories import (
    COMMUNE,
    REGION,
    Inhabitant,
    Town,
    actor_of,
    content,
    file_obstacle,
    obstacle_row,
    save_draft,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def by(town: Town, person: Inhabitant, **more: Any) -> By:
    """Return who acts, now."""
    return By(actor=actor_of(town.app, person, NOW), now=NOW, **more)


def count(town: Town, model: type) -> int:
    """Return how many rows of a table there are."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_draft_is_kept_at_any_point_and_saved_again(town: Town) -> None:
    draft = save_draft(town.app, town.scribe, now=NOW, project_name="طريق")
    with town.app.app_context():
        again = filing.save_draft(COMMUNE, Content(request="توقيع"), by(town, town.president), draft.id)
        assert (again.id, again.version, again.project_name, again.request) == (draft.id, 2, "", "توقيع")
    row = obstacle_row(town.app, draft)
    assert (row["status"], row["reference"], row["desk_code"], row["author_id"]) == (
        Status.DRAFT,
        None,
        None,
        town.scribe.id,
    )
    assert count(town, JournalEvent) == 0


def test_a_draft_changed_meanwhile_is_told_so(town: Town) -> None:
    draft = save_draft(town.app, town.president, now=NOW)
    with town.app.app_context():
        filing.save_draft(COMMUNE, content(), by(town, town.president), draft.id)
        with pytest.raises(StaleObstacle):
            filing.save_draft(COMMUNE, content(), by(town, town.delegate, seen_version=1), draft.id)


@pytest.mark.parametrize("person", ["president2", "reviewer", "secretary", "staff", "nobody"])
def test_a_draft_is_its_communes_alone(town: Town, person: str) -> None:
    draft = save_draft(town.app, town.president, now=NOW)
    with town.app.app_context(), pytest.raises(NotFound):
        filing.save_draft(COMMUNE, content(), by(town, getattr(town, person)), draft.id)
    with town.app.app_context(), pytest.raises(NotFound):
        filing.discard_draft(draft.id, by(town, getattr(town, person)))


@pytest.mark.parametrize("person", ["president2", "reviewer", "member", "admin", "nobody"])
def test_who_is_not_of_the_commune_writes_nothing_for_it(town: Town, person: str) -> None:
    with town.app.app_context(), pytest.raises(NotAllowed):
        filing.save_draft(COMMUNE, content(), by(town, getattr(town, person)))
    assert count(town, Obstacle) == 0


def test_filing_gives_a_reference_a_desk_and_a_deadline(town: Town) -> None:
    filed = file_obstacle(town.app, town.delegate, now=NOW)
    row = obstacle_row(town.app, filed)
    assert (row["reference"], row["status"], row["level"]) == ("OBS-2026-00001", Status.FILED, Level.PROVINCE)
    assert row["filed_at"] == NOW
    assert row["due_at"].date() == date(2026, 11, 25), "15 working days, two of them days off"
    assert count(town, JournalEvent) == 1


def test_a_type_of_the_region_goes_there_at_once(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=NOW, obstacle_type="economic_zone")
    row = obstacle_row(town.app, filed)
    assert (row["level"], row["desk_code"]) == (Level.REGION, REGION)


def test_each_year_counts_its_references_by_the_local_calendar(town: Town) -> None:
    last_hour, first_hour = (datetime(2025, 12, 31, hour, 30, tzinfo=UTC) for hour in (22, 23))
    moments = (last_hour, last_hour, first_hour, NOW)
    given = [file_obstacle(town.app, town.president, now=now).reference for now in moments]
    assert given == ["OBS-2025-00001", "OBS-2025-00002", "OBS-2026-00001", "OBS-2026-00002"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        *[
            ({name: None if name in {"blocked_since", "obstacle_type", "project_owner"} else ""}, {name})
            for name in REQUIRED
        ],
        ({"urgency": Urgency.URGENT}, {"urgency_reason"}),
        ({"urgency": Urgency.CRITICAL, "urgency_reason": "فيضان"}, {"needed_by"}),
    ],
)
def test_a_filing_that_lacks_an_answer_is_refused_and_names_it(
    town: Town, given: dict[str, Any], missing: set[str]
) -> None:
    with town.app.app_context(), pytest.raises(MissingInput) as refused:
        filing.file_obstacle(COMMUNE, content(**given), by(town, town.president))
    assert set(refused.value.fields) == missing
    assert count(town, JournalEvent) == 0


def test_the_same_form_files_once_and_a_corrected_one_is_told_of_the_first(town: Town) -> None:
    with town.app.app_context():
        first = filing.file_obstacle(COMMUNE, content(), by(town, town.president, key="k1"))
        again = filing.file_obstacle(COMMUNE, content(), by(town, town.president, key="k1"))
        assert (first.id, first.reference) == (again.id, again.reference)
        with pytest.raises(AlreadySubmitted) as refused:
            filing.file_obstacle(COMMUNE, content(request="شيء آخر"), by(town, town.president, key="k1"))
        assert refused.value.obstacle_id == first.id
        with pytest.raises(AlreadySubmitted):
            filing.save_draft(COMMUNE, content(request="شيء آخر"), by(town, town.president, key="k1"))
    assert (count(town, Obstacle), count(town, Submission), count(town, JournalEvent)) == (1, 1, 1)


def test_a_draft_that_was_filed_is_not_filed_again(town: Town) -> None:
    draft = save_draft(town.app, town.president, now=NOW)
    with town.app.app_context():
        filed = filing.file_obstacle(COMMUNE, content(), by(town, town.president), draft.id)
        again = filing.file_obstacle(COMMUNE, content(), by(town, town.president), draft.id)
        assert filed.reference == again.reference
    assert count(town, JournalEvent) == 1


def test_a_discarded_draft_is_gone_with_the_form_that_made_it(town: Town) -> None:
    with town.app.app_context():
        draft = filing.save_draft(COMMUNE, content(), by(town, town.scribe, key="k1")).id
        filing.discard_draft(draft, by(town, town.scribe))
        with pytest.raises(NotFound):
            filing.discard_draft(draft, by(town, town.scribe))
    assert (count(town, Obstacle), count(town, Submission)) == (0, 0)


def test_what_is_filed_is_not_discarded(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=NOW - timedelta(days=1))
    with town.app.app_context(), pytest.raises(TransitionNotAllowed):
        filing.discard_draft(filed.id, by(town, town.president))
    assert count(town, Obstacle) == 1


def test_a_form_sent_again_corrects_the_draft_it_made(town: Town) -> None:
    with town.app.app_context():
        first = filing.save_draft(COMMUNE, content(), by(town, town.president, key="k1"))
        again = filing.save_draft(COMMUNE, content(request="مطلب مصحح"), by(town, town.president, key="k1"))
        assert (again.id, again.request, again.version) == (first.id, "مطلب مصحح", 2)
    assert count(town, Obstacle) == 1


def test_a_form_sent_again_unchanged_undoes_nothing_written_meanwhile(town: Town) -> None:
    with town.app.app_context():
        first = filing.save_draft(COMMUNE, content(), by(town, town.president, key="k1")).id
        filing.save_draft(COMMUNE, content(description="نص أحدث"), by(town, town.scribe), first)
        again = filing.save_draft(COMMUNE, content(), by(town, town.president, key="k1"))
        assert (again.id, again.description) == (first, "نص أحدث")


def test_a_form_corrected_after_the_draft_moved_on_becomes_a_draft_of_its_own(town: Town) -> None:
    with town.app.app_context():
        first = filing.save_draft(COMMUNE, content(), by(town, town.president, key="k1")).id
        filing.save_draft(COMMUNE, content(description="نص أحدث"), by(town, town.scribe), first)
        other = filing.save_draft(COMMUNE, content(request="مطلب آخر"), by(town, town.president, key="k1"))
        assert (other.id == first, other.request) == (False, "مطلب آخر")
        assert db.session.get_one(Obstacle, first).description == "نص أحدث"


def test_such_a_form_sent_twice_files_once(town: Town) -> None:
    with town.app.app_context():
        first = filing.save_draft(COMMUNE, content(), by(town, town.president, key="k1")).id
        filing.save_draft(COMMUNE, content(description="نص أحدث"), by(town, town.scribe), first)
        corrected = content(request="مطلب آخر")
        filed, again = (filing.file_obstacle(COMMUNE, corrected, by(town, town.president, key="k1")) for _ in range(2))
        assert (again.id, again.reference) == (filed.id, filed.reference)
    assert count(town, Obstacle) == 2
