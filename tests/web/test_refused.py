"""What was refused stands in the log, in ids and codes, and nothing of what was sent stands with it."""

import logging

import pytest

from tests.factories import Town
from tests.visitor import Visitor
from tests.web.cases import filed
from tests.web.conftest import As

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SENT = "كلام-of-somebody"


def test_a_right_that_is_missing_and_a_case_of_others_are_written_down(
    town: Town, as_person: As, client: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    case = filed(town)
    president, other = as_person("president"), as_person("stranger")
    with caplog.at_level(logging.WARNING):
        president.get("/queue", query_string={"q": SENT})
        other.get(f"/obstacles/{case.reference}")
        client.get("/nowhere")
        client.get(f"/obstacles/{case.reference}")
    assert caplog.messages == [
        f"refused: 403 GET queue.index to person {town.president.id}",
        f"refused: 404 GET case.show to person {town.stranger.id}",
    ]


def test_what_tries_to_pass_a_guard_is_written_down_without_a_word_of_it(
    town: Town, as_person: As, client: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    president = as_person("president")
    with caplog.at_level(logging.WARNING):
        president.post("/obstacles/new", data={"description": SENT}, headers={"Sec-Fetch-Site": "cross-site"})
        president.post("/obstacles/new", data={"description": SENT})
        president.submit("/obstacles/new", {"description": SENT * 60_000})
        client.get(f"/{SENT}", headers={"Host": "evil.test"})
        for _ in range(11):
            client.submit("/sign-in", {"email": "president@example.test", "password": SENT})
    assert caplog.messages == [
        "refused: 400 POST filing.create to nobody known",
        "refused: 400 POST filing.create to nobody known",
        "refused: 413 POST filing.create to nobody known",
        "refused: 400 GET nowhere to nobody known",
        *["refused: 422 POST sign_in.create to nobody known"] * 10,
        "refused: 429 POST sign_in.create to nobody known",
    ]


def test_a_form_that_lacks_an_answer_is_no_refusal(town: Town, as_person: As, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert as_person("president").submit("/obstacles/new", {"do": "file"}).status_code == 422
        assert as_person("president").get("/nowhere").status_code == 404
    assert caplog.messages == []
