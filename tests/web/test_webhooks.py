"""An administrator lets another system be told: the secret is shown once, what it was told is read, nothing is lost."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation.domain.codes import MessageStatus
from escalation.domain.webhooks import EndpointState
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.webhooks import WebhookEndpoint
from escalation.services.transaction import transaction
from tests.factories import OTHER_REGION, REGION, Town, file_obstacle
from tests.queries_counter import counting_queries, engine_of
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of

PAGE = "/admin/webhooks"
NEW: dict[str, Any] = {
    "name": "منصة الجهة",
    "url": "https://hooks.example.ma/cases",
    "region": REGION,
    "events": ["obstacle_filed"],
}
SECRET = re.compile(r"whsec_[\w-]{43}")


def endpoint(town: Town) -> WebhookEndpoint:
    """Return the one endpoint."""
    with town.app.app_context():
        return db.session.scalars(select(WebhookEndpoint)).one()


def test_a_secret_is_shown_once(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    added = admin.submit(PAGE, NEW)
    assert added.status_code == 200
    (secret,) = set(SECRET.findall(added.text))
    row = endpoint(town)
    assert (row.url, row.events, row.region_code) == (NEW["url"], NEW["events"], REGION)
    assert secret not in row.secret_sealed
    shown = admin.get(f"{PAGE}/{row.id}")
    assert shown.status_code == 200
    assert secret not in shown.text
    assert "no-store" in added.headers["Cache-Control"]
    renewed = admin.submit(f"{PAGE}/{row.id}/secret", {})
    assert set(SECRET.findall(renewed.text)) not in ({secret}, set())
    beside = "An old secret signs beside the new one"
    assert (beside in added.text, beside in renewed.text) == (False, True)
    assert NEW["name"] in admin.get(PAGE).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": ""}, "url"), ({"url": "http://hooks.example.ma/"}, "url"), ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://me:x@example.ma/"}, "url"), ({"url": "https://localhost/"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"), ({"url": "https://a.ma/" + "x" * 250}, "url"),
        ({"name": ""}, "name"), ({"name": "x" * 90}, "name"), ({"region": OTHER_REGION}, "region"),
        ({"events": ["account_invited"]}, "events"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_lost(
    town: Town, as_person: As, change: dict[str, Any], field: str
) -> None:
    answer = as_person("admin").submit(PAGE, NEW | change)
    assert answer.status_code == 422
    assert {name.partition("-")[0] for name in errors_of(answer.text)} == {field}
    kept = fields_of(answer.text)
    for name in {"name", "url"} - {field}:
        assert kept[name] == NEW[name]
    with town.app.app_context():
        assert db.session.scalars(select(WebhookEndpoint)).all() == []


def test_every_act_has_its_effect(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, NEW)
    number = endpoint(town).id
    for act, state in (("pause", "paused"), ("resume", "active"), ("pause", "paused"), ("catch-up", "active")):
        assert admin.submit(f"{PAGE}/{number}/{act}", {}).status_code == 303
        assert endpoint(town).state == state
    case = file_obstacle(town.app, town.president)
    admin.submit(f"{PAGE}/{number}/test", {})
    shown = admin.get(f"{PAGE}/{number}").text
    assert str(case.reference) in shown
    assert "Test" in shown
    assert admin.submit(f"{PAGE}/{number}/remove", {}).status_code == 303
    assert endpoint(town).state is EndpointState.REMOVED
    assert admin.get(f"{PAGE}/{number}").status_code == 404
    assert admin.submit(f"{PAGE}/{number}/test", {}).status_code == 404


def test_another_regions_system_is_nowhere(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, NEW)
    number = endpoint(town).id
    with town.app.app_context(), transaction() as session:
        session.execute(update(WebhookEndpoint).values(region_code=OTHER_REGION))
    assert NEW["name"] not in admin.get(PAGE).text
    assert admin.get(f"{PAGE}/{number}").status_code == 404
    for act in ("test", "pause", "resume", "catch-up", "remove", "secret"):
        assert admin.submit(f"{PAGE}/{number}/{act}", {}).status_code == 404
    assert as_person("president").get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("temporary: http 503", "The other side answered 503."),
        ("temporary: http not_public", "leads to a private network"),
        ("uncertain: end cut", "it may have the message"),
        ("paused", "Paused at that time."),
        ("something new", "something new"),
    ],
)
def test_the_log_says_how_a_try_ended(town: Town, as_person: As, reason: str, said: str) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, NEW)
    number = endpoint(town).id
    admin.submit(f"{PAGE}/{number}/test", {})
    with town.app.app_context(), transaction() as session:
        session.execute(update(OutboxMessage).values(status=MessageStatus.QUEUED, status_reason=reason, attempts=3))
    shown = admin.get(f"{PAGE}/{number}").text
    assert said in shown
    assert "3 tries" in shown


def test_the_list_names_who_takes_nothing_until_it_takes_something(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, NEW)
    number = endpoint(town).id

    def missed(*changes: dict[str, Any]) -> list[str]:
        with town.app.app_context(), transaction() as session:
            rows = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).all()
            for row, change in zip(rows, changes, strict=False):
                session.execute(update(OutboxMessage).where(OutboxMessage.id == row).values(**change))
        return re.findall(r"It did not take \d+ messages?", admin.get(PAGE).text)

    refused: dict[str, Any] = {"attempts": 3, "status": MessageStatus.QUEUED, "status_reason": "temporary: http 503"}
    for _ in range(3):
        admin.submit(f"{PAGE}/{number}/test", {})
    assert missed() == [], "what was not tried yet is not refused"
    assert missed(refused) == ["It did not take 1 message"]
    given_up = refused | {"status": MessageStatus.FAILED}
    assert missed(given_up, refused) == ["It did not take 2 messages"]
    assert missed(given_up, refused, {"attempts": 1, "status": MessageStatus.SENT}) == []


def test_another_system_that_takes_nothing_makes_no_mail_late(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, NEW)
    admin.submit(f"{PAGE}/{endpoint(town).id}/test", {})
    with town.app.app_context(), transaction() as session:
        put_off = {"status_reason": "temporary: http no_such_name", "due_ms": OutboxMessage.due_ms - 3_600_000}
        session.execute(update(OutboxMessage).values(status=MessageStatus.QUEUED, **put_off))
    assert "Messages are late" not in admin.get(PAGE).text
    ready = town.app.test_client().get("/healthz/ready").json
    assert ready is not None
    assert (ready["outbox"], ready["oldest_unsent_age_s"]) == ("ok", None)


def test_pages_ask_little_and_moves_nothing_more(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    file_obstacle(town.app, town.president)
    with counting_queries(engine_of(town.app)) as before:
        file_obstacle(town.app, town.president)
    admin.submit(PAGE, NEW)
    number = endpoint(town).id
    file_obstacle(town.app, town.president)
    with counting_queries(engine_of(town.app)) as after:
        file_obstacle(town.app, town.president)
    assert len(after) == len(before) + 2, "the moment, and one statement that writes all of them"
    for _ in range(60):
        admin.submit(f"{PAGE}/{number}/test", {})
    counts: dict[str, int] = {}
    for path in (PAGE, f"{PAGE}/{number}"):
        admin.get(path)
        with counting_queries(engine_of(town.app)) as queries:
            page = admin.get(path)
        counts[path] = len(queries)
    assert counts == {PAGE: 8, f"{PAGE}/{number}": 5}, "the list stands below the alarms of the administration"
    older = re.search(r'href="([^"]+before=\d+)"', page.text)
    assert older is not None
    assert "OBS-" in admin.get(older.group(1)).text
