"""The town of the tests is what it says: people, sessions, and obstacles made by the services."""

from escalation.domain.codes import Status
from escalation.services.case import moves
from tests.factories import Town, file_obstacle, move, obstacle_row, save_draft


def test_an_obstacle_goes_its_road(town: Town) -> None:
    draft = save_draft(town.app, town.scribe)
    assert draft.reference is None
    filed = file_obstacle(town.app, town.president)
    assert filed.reference
    move(town.app, moves.claim, filed, town.reviewer)
    assert obstacle_row(town.app, filed)["status"] is Status.IN_REVIEW
