"""The pages of delays for some cases and of rehearsals: nothing typed is lost, nothing is decided before its day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.calendar import WorkingCalendar, local_day, start_of_day
from escalation.domain.codes import Level, Office, Urgency
from escalation.domain.settings import Scope
from escalation.extensions import db
from escalation.models.people import Mandate
from escalation.models.rehearsals import Rehearsal
from escalation.models.settings import Setting
from escalation.queries import rehearsals as queries
from escalation.queries.settings import get_settings
from escalation.services.rehearsals import advance_rehearsals
from escalation.services.transaction import transaction
from tests.factories import OTHER_REGION, REGION, Town, add_person, file_obstacle, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.conftest import As
from tests.web.forms import errors_of

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
TOMORROW = TODAY + timedelta(days=1)
FILED_AT = start_of_day(WorkingCalendar().subtract_working_days(TODAY, 12))
"""So long ago, whatever holidays came since, that five working days and their grace are over and fifteen are not."""
ACKNOWLEDGE = "/admin/settings/acknowledge_days/exceptions"
TRACK = {
    "obstacle_type": "rural_track", "urgency": "urgent", "level": "province", "what": "own", "value": "٢",
    "effective_on": TOMORROW.isoformat(),
}  # fmt: skip
LINE = {
    "key": "province_answer_days", "obstacle_type": "", "urgency": "", "level": "", "what": "own", "value": "5",
}  # fmt: skip


def settings_rows(town: Town) -> list[Setting]:
    """Return what was decided of delays."""
    with town.app.app_context():
        return list(db.session.scalars(select(Setting).order_by(Setting.id)))


def begin(admin: Visitor) -> str:
    """Begin a draft, and return its address."""
    answer = admin.submit("/admin/rehearsals", {})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def replay(town: Town) -> None:
    """Let a worker replay what waits."""
    with town.app.app_context():
        advance_rehearsals(datetime.now(UTC))


def test_a_delay_is_set_for_some_cases_from_a_day_to_come_and_taken_back(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    assert "For some cases" in admin.get("/admin/settings?lang=en").text
    assert admin.submit(ACKNOWLEDGE, TRACK).status_code == 303
    (row,) = settings_rows(town)
    found = (row.level, row.urgency, row.obstacle_type, row.value, row.effective_on, row.set_by_id)
    assert found == ("province", "urgent", "rural_track", 2, TOMORROW, town.admin.id)
    such = Scope(Level.PROVINCE, Urgency.URGENT, "rural_track")
    with town.app.app_context():
        assert get_settings(TODAY, such).acknowledge_days == 3
        assert get_settings(TOMORROW, such).acknowledge_days == 2
        assert get_settings(TOMORROW).acknowledge_days == 3
    page = admin.get(f"{ACKNOWLEDGE}?lang=en").text
    assert "2 working days from" in page
    assert "to come" in page
    assert "Mme ou M. admin" in page
    later = TRACK | {"what": "wider", "value": "", "effective_on": (TOMORROW + timedelta(days=9)).isoformat()}
    assert admin.submit(ACKNOWLEDGE, later).status_code == 303
    assert "as for the wider cases" in admin.get(f"{ACKNOWLEDGE}?lang=en").text
    assert "Delay changed" in admin.get("/admin/security?lang=en").text
    for language in ("ar", "fr"):
        assert admin.get(f"{ACKNOWLEDGE}?lang={language}").status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"value": ""}, "value"), ({"value": "x"}, "value"), ({"value": "99"}, "value"), ({"value": "9" * 99}, "value"),
        ({"effective_on": TODAY.isoformat()}, "effective_on"), ({"effective_on": ""}, "effective_on"),
        ({"obstacle_type": "no_such"}, "obstacle_type"), ({"urgency": "never"}, "urgency"),
        ({"level": "commune"}, "level"), ({"what": "none"}, "what"),
        ({"obstacle_type": "", "urgency": "", "level": ""}, "obstacle_type"),
    ],
)  # fmt: skip
def test_what_is_wrong_of_a_delay_for_some_cases_is_named_and_nothing_is_lost(
    town: Town, as_person: As, given: dict[str, Any], field: str
) -> None:
    answer = as_person("admin").submit(ACKNOWLEDGE, TRACK | given)
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text
    assert errors_of(answer.text)
    if "effective_on" not in given:
        assert TOMORROW.isoformat() in answer.text
    assert settings_rows(town) == []


def test_a_delay_without_a_level_of_its_own_says_so_and_what_is_not_of_cases_has_no_such_page(
    town: Town, as_person: As
) -> None:
    admin = as_person("admin")
    refused = admin.submit("/admin/settings/province_answer_days/exceptions", TRACK)
    assert refused.status_code == 422
    assert 'href="#level' in refused.text
    for key in ("undo_seconds", "no_such_delay"):
        assert admin.get(f"/admin/settings/{key}/exceptions").status_code == 404
        assert admin.submit(f"/admin/settings/{key}/exceptions", TRACK).status_code == 404
    assert settings_rows(town) == []


def test_a_draft_is_rehearsed_shown_and_put_into_force(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    cases = [file_obstacle(town.app, town.president, now=FILED_AT) for _ in range(3)]
    address = begin(admin)
    assert admin.submit(f"{address}/run").status_code == 303
    assert "at least one delay" in admin.get(f"{address}?lang=en").text
    assert admin.submit(f"{address}/lines", LINE).status_code == 303
    assert admin.submit(f"{address}/run").status_code == 303
    waiting = admin.get(f"{address}?lang=en")
    assert waiting.headers["Refresh"]
    assert 'data-rehearsal="waiting"' in waiting.text
    refused = admin.submit(f"{address}/lines", LINE | {"value": "6"})
    assert refused.status_code == 422
    assert 'value="6"' in refused.text
    replay(town)
    page = admin.get(f"{address}?lang=en").text
    assert "3 cases were replayed" in page
    assert "in truth: 0 · with the draft: 3" in page
    assert settings_rows(town) == [], "nothing of a draft is in force"
    listed = admin.get(f"{address}/cases?kind=escalated&lang=en").text
    assert all(str(case.reference) in listed for case in cases)
    assert f'href="/obstacles/{cases[0].reference}"' not in listed, "an administrator reads no case"
    for wrong in (TODAY.isoformat(), "", "x"):
        assert admin.submit(f"{address}/force", {"effective_on": wrong}).status_code == 422
    assert admin.submit(f"{address}/force", {"effective_on": TOMORROW.isoformat()}).status_code == 303
    (row,) = settings_rows(town)
    assert (row.key, row.value, row.effective_on, row.set_by_id) == ("province_answer_days", 5, TOMORROW, town.admin.id)
    page = admin.get(f"{address}?lang=en").text
    assert "In force from" in page
    assert "/force" not in page
    again = admin.submit(f"{address}/force", {"effective_on": TOMORROW.isoformat()})
    assert again.status_code == 422
    assert "stays as it is" in again.text
    assert "5 working days from" in admin.get("/admin/settings?lang=en").text


def test_who_also_reads_cases_by_another_office_gets_links_to_them(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president, now=FILED_AT)
    with town.app.app_context():
        both = add_person("both", Office.ADMINISTRATOR, REGION)
        add_office(both.id, Office.REGIONAL_SECRETARY)
    visitor = sign_in(Visitor(town.app), both)
    address = begin(visitor)
    visitor.submit(f"{address}/lines", LINE)
    visitor.submit(f"{address}/run")
    replay(town)
    assert f'href="/obstacles/{case.reference}"' in visitor.get(f"{address}/cases?kind=late").text


def add_office(person_id: int, office: Office) -> None:
    """Give a person another office in the region."""
    from_start = {"starts_on": TODAY - timedelta(days=400), "created_at": NOW}
    with transaction() as session:
        session.add(Mandate(person_id=person_id, office=office, place_code=REGION, **from_start))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": ""}, "key"), ({"key": "undo_seconds"}, "key"), ({"value": ""}, "value"), ({"value": "0"}, "value"),
        ({"level": "province"}, "level"), ({"what": "wider"}, "what"), ({"obstacle_type": "no_such"}, "obstacle_type"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nothing_is_lost(
    town: Town, as_person: As, given: dict[str, Any], field: str
) -> None:
    admin = as_person("admin")
    address = begin(admin)
    answer = admin.submit(f"{address}/lines", LINE | given)
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text
    assert 'name="value"' in answer.text
    assert field == "value" or 'value="5"' in answer.text
    with town.app.app_context():
        assert db.session.scalars(select(Rehearsal.lines)).all() == [[]]


def test_a_line_is_replaced_and_taken_out(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    address = begin(admin)
    for value in ("5", "6"):
        admin.submit(f"{address}/lines", LINE | {"value": value})
    admin.submit(f"{address}/lines", LINE | {"urgency": "urgent", "value": "4"})
    with town.app.app_context():
        assert [line[-1] for line in db.session.scalars(select(Rehearsal.lines)).one()] == [6, 4]
    for line in ("x", "", "-5", "0"):
        assert admin.submit(f"{address}/drop", {"line": line}).status_code == 303
    with town.app.app_context():
        assert [line[-1] for line in db.session.scalars(select(Rehearsal.lines)).one()] == [4]


def test_another_regions_drafts_are_not_there(town: Town, as_person: As) -> None:
    address = begin(as_person("admin"))
    with town.app.app_context():
        foreigner = add_person("foreign-admin", Office.ADMINISTRATOR, OTHER_REGION)
    stranger = sign_in(Visitor(town.app), foreigner)
    for path in (address, f"{address}/cases"):
        assert stranger.get(path).status_code == 404
    for act in ("lines", "drop", "run", "force"):
        assert stranger.submit(f"{address}/{act}", LINE | {"effective_on": TOMORROW.isoformat()}).status_code == 404
    assert stranger.submit("/admin/rehearsals", {"region": REGION}).status_code == 404


def test_cases_are_read_page_by_page_and_hostile_places_are_the_first(
    town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr("escalation.web.admin.rehearsals.PAGE", 2)
    cases = [file_obstacle(town.app, town.president, now=FILED_AT) for _ in range(3)]
    admin = as_person("admin")
    address = begin(admin)
    admin.submit(f"{address}/lines", LINE)
    admin.submit(f"{address}/run")
    replay(town)
    first = admin.get(f"{address}/cases?kind=late&lang=en").text
    assert "Next page" in first
    assert str(cases[2].reference) not in first
    second = admin.get(f"{address}/cases?kind=late&after={cases[1].id}&stay=1").text
    assert str(cases[2].reference) in second
    assert str(cases[0].reference) not in second
    for after in ("-1", "x", "9" * 30, "\u0663"):
        assert admin.get(f"{address}/cases?kind={after}&after={after}&stay={after}").status_code == 200


def test_pages_ask_the_database_as_often_however_many_cases(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    address = begin(admin)
    admin.submit(f"{address}/lines", LINE)
    paths = (address, f"{address}/cases?kind=late", "/admin/rehearsals", ACKNOWLEDGE, "/admin/settings")
    counts: dict[str, set[int]] = {path: set() for path in paths}
    for more in (1, 4):
        for _ in range(more):
            file_obstacle(town.app, town.president, now=FILED_AT)
        admin.submit(f"{address}/run")
        replay(town)
        for path in paths:
            admin.get(path)
            with counting_queries(engine_of(town.app)) as counted:
                assert admin.get(path).status_code == 200
            counts[path].add(len(counted))
    assert all(len(found) == 1 for found in counts.values()), counts
    assert max(max(found) for found in counts.values()) <= 9, counts


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_pages_speak_three_languages(town: Town, as_person: As, language: str) -> None:
    file_obstacle(town.app, town.president, now=FILED_AT)
    admin = as_person("admin")
    address = begin(admin)
    admin.submit(f"{address}/lines", LINE | {"obstacle_type": "rural_track"})
    admin.submit(f"{address}/run")
    replay(town)
    words = {"ar": "تجربة", "fr": "essai", "en": "Rehears"}[language]
    for path in ("/admin/rehearsals", address, "/admin/settings"):
        assert words in admin.get(f"{path}?lang={language}").text, path
    assert admin.get(f"{address}/cases?all=1&lang={language}").status_code == 200
