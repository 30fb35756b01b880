"""What an administrator reads of people: by office and state, how they signed in, what happened, what was decided."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.services.people.failed_tries import note_failed_tries
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, PASSWORD, REGION, Town, add_person, end_mandates
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of
from tests.web.conftest import As
from tests.web.forms import errors_of
from tests.web.test_admin import NEWCOMER, mandate_of

NOW = datetime.now(UTC)
TODAY = local_day(NOW)


def note(town: Town, kind: SecurityEventKind, person: int, at: datetime = NOW, **codes: int) -> None:
    """Write an event down."""
    with town.app.app_context(), transaction() as rows:
        note_security(rows, kind, now=at, person_id=person, **codes)


def test_people_are_found_by_office_and_by_the_state_of_their_account(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit("/admin/invitations/new", NEWCOMER)
    admin.submit(f"/admin/people/{town.member.id}/suspend")
    end_mandates(town.app, town.president2, TODAY - timedelta(days=1))
    wanted = {
        "office=commune_president": ({"president@", "president3@"}, {"president2@", "member@", "khadija@"}),
        "state=suspended": ({"member@"}, {"president@", "khadija@"}),
        "state=not-open": ({"khadija@"}, {"member@", "president@"}),
        "state=without-office": ({"president2@", "nobody@", "khadija@"}, {"president@", "president3@"}),
        "office=group_member&state=suspended&q=member": ({"member@"}, {"chair@"}),
        "office=emperor&state=x": ({"president@", "member@"}, set()),
    }
    for asked, (there, not_there) in wanted.items():
        page = admin.get(f"/admin?lang=en&{asked}").text
        assert all(f">{address}" in page for address in there), asked
        assert not any(f">{address}" in page for address in not_there), asked
    assert "Nobody here is as you ask" in admin.get("/admin?lang=en&office=parliament_member&state=suspended").text


def test_how_somebody_signed_in_is_read_with_the_tries_that_failed(town: Town, as_person: As) -> None:
    visitor, right = Visitor(town.app), {"email": town.president.email, "password": PASSWORD}
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0"}
    assert visitor.submit("/sign-in", right, headers=phone).status_code == 303
    for _ in range(3):
        Visitor(town.app).submit("/sign-in", right | {"password": "wrong one"})
    with town.app.app_context():
        assert note_failed_tries(datetime.now(UTC) + timedelta(minutes=3)) == 1
    admin, path = as_person("admin"), f"/admin/people/{town.president.id}"
    for page in (admin.get(f"{path}/sign-ins?lang=en"), admin.get(f"{path}?lang=en")):
        assert faults_of(page, "en") == []
        assert "3 tries failed" in page.text
        assert "Chrome · Android" in page.text
    events = admin.get("/admin/security?lang=en").text
    assert "Tries to sign in failed" in events
    assert "3 tries" in events
    assert "192.0.2" not in events
    assert "127.0.0.1" not in events


def test_a_history_of_sign_ins_is_read_page_by_page(town: Town, as_person: As) -> None:
    for _ in range(51):
        note(town, SecurityEventKind.SIGNED_IN, town.president.id)
    note(town, SecurityEventKind.PASSWORD_CHANGED, town.president.id)
    note(town, SecurityEventKind.SIGNED_IN, town.reviewer.id)
    admin, path = as_person("admin"), f"/admin/people/{town.president.id}/sign-ins"
    admin.get(path)  # what each process keeps is read once, before anything is counted
    with counting_queries(engine_of(town.app)) as queries:
        first = admin.get(f"{path}?lang=en").text
    assert len(queries) <= 9
    assert first.count("<time") == 50
    (more,) = [part.split('"')[0] for part in first.split('href="') if part.startswith(f"{path}?after=")]
    assert admin.get(more).text.count("<time") == 1
    assert "never signed in" in admin.get(f"/admin/people/{town.chair.id}/sign-ins?lang=en").text
    for after in ("0", "-1", "x", "9" * 30):
        assert admin.get(f"{path}?after={after}").text.count("<time") == 50
    assert admin.get(f"/admin/people/{town.stranger.id}/sign-ins").status_code == 404
    assert as_person("president").get(path).status_code == 403


def test_events_are_found_by_kind_person_and_days(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    old = NOW - timedelta(days=40)
    note(town, SecurityEventKind.SIGNED_IN, town.president.id, at=old)
    note(town, SecurityEventKind.PASSWORD_CHANGED, town.president.id)
    note(town, SecurityEventKind.SIGNED_IN, town.reviewer.id)
    day = local_day(old)
    counts = {
        "": 3, "kind=signed_in": 2, "q=reviewer": 1, "q=mme+president&kind=signed_in": 1, f"until={day}": 1,
        f"since={day}&until={day}": 1, f"since={day + timedelta(days=1)}": 2, f"since={TODAY}&kind=signed_in": 1,
        f"until={day - timedelta(days=1)}": 0, "kind=nonsense": 3, "q=president@example.test": 2,
    }  # fmt: skip
    for asked, count in counts.items():
        page = admin.get(f"/admin/security?lang=en&{asked}")
        assert faults_of(page, "en") == [] or asked == "kind=nonsense"
        assert page.text.count("<time") == count, asked
    assert "Nothing happened that is as you ask" in admin.get("/admin/security?lang=en&q=zzz").text


@pytest.mark.parametrize("name", ["since", "until"])
def test_a_day_that_is_none_is_named_and_stays_typed(town: Town, as_person: As, name: str) -> None:
    page = as_person("admin").get(f"/admin/security?lang=en&{name}=31%2F02%2F2026")
    assert page.status_code == 200
    assert errors_of(page.text)[name] == "Write a day like 31/12/2026."
    assert "31/02/2026" in page.text


def test_filters_stay_on_the_next_page(town: Town, as_person: As) -> None:
    for _ in range(51):
        note(town, SecurityEventKind.SIGNED_IN, town.president.id)
        note(town, SecurityEventKind.PASSWORD_CHANGED, town.president.id)
    admin = as_person("admin")
    admin.get("/admin")  # what each process keeps is read once, before anything is counted
    with counting_queries(engine_of(town.app)) as queries:
        page = admin.get(f"/admin/security?lang=en&kind=signed_in&q=president&since={TODAY}").text
    assert len(queries) <= 10
    assert page.count("<time") == 50
    (more,) = [part.split('"')[0] for part in page.split('href="') if "after=" in part.split('"')[0]]
    assert admin.get(more.replace("&amp;", "&")).text.count("<time") == 1


def test_an_event_says_what_it_was_of(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit("/admin/invitations/new", NEWCOMER)
    tomorrow = TODAY + timedelta(days=1)
    admin.submit("/admin/settings/confirm_days", {"value": "12", "effective_on": tomorrow.isoformat()})
    admin.submit(f"/admin/mandates/{mandate_of(town, town.reviewer)}/end", {"ends_on": TODAY.isoformat()})
    page = admin.get("/admin/security?lang=en").text
    for said in ("Commune president", "To confirm a solution · 12 working days from", "Taounate"):
        assert said in page


def test_a_delay_says_who_decided_it_when_and_what_was_before(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    first, second = TODAY + timedelta(days=1), TODAY + timedelta(days=9)
    for value, day in (("12", first), ("14", second)):
        admin.submit("/admin/settings/confirm_days", {"value": value, "effective_on": day.isoformat()})
    admin.get("/admin/settings")  # what each process keeps is read once, before anything is counted
    with counting_queries(engine_of(town.app)) as queries:
        page = admin.get("/admin/settings?lang=en")
    assert len(queries) <= 7
    assert faults_of(page, "en") == []
    for said in (
        "before: 10 working days",
        "before: 12 working days",
        "decided on",
        "Mme ou M. admin",
        "never changed",
    ):
        assert said in page.text


def test_invitations_that_wait_are_read_page_by_page(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    assert "Nothing waits" in admin.get("/admin/invitations?lang=en").text
    for number in range(52):
        admin.submit("/admin/invitations/new", NEWCOMER | {"email": f"new{number}@example.test"})
    with counting_queries(engine_of(town.app)) as queries:
        page = admin.get("/admin/invitations?lang=en").text
    assert len(queries) <= 7
    assert page.count("/revoke") == 50
    (more,) = [part.split('"')[0] for part in page.split('href="') if "after=" in part.split('"')[0]]
    assert admin.get(more).text.count("/revoke") == 2
    assert "new3@" not in admin.get("/admin?lang=en").text.split('class="filters"')[0], (
        "only what waits for a second one"
    )
    assert as_person("president").get("/admin/invitations").status_code == 403


def test_nothing_an_administrator_reads_is_of_a_case(town: Town, as_person: As) -> None:
    with town.app.app_context():
        add_person("second", Office.ADMINISTRATOR, REGION)
        kinds = {kind.value for kind in db.session.scalars(select(SecurityEvent.kind))}
    assert kinds == set()
    admin = as_person("admin")
    for path in ("/admin", "/admin/invitations", "/admin/security", "/admin/settings", "/admin/people/import"):
        assert "OBS-" not in admin.get(path).text
    assert COMMUNE not in admin.get("/admin").text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_day_at_the_end_of_all_calendars_is_told_to_be_none(town: Town, as_person: As, day: str) -> None:
    admin = as_person("admin")
    assert "Write a day like 31/12/2026." in admin.get(f"/admin/security?since={day}&until={day}").text
    person = admin.get(f"/admin/people/{town.president2.id}").text
    mandate = person.partition("/admin/mandates/")[2].partition("/")[0]
    assert admin.submit(f"/admin/mandates/{mandate}/replace", {"last_day": day}).status_code == 422
    assert admin.submit(f"/admin/mandates/{mandate}/end", {"ends_on": day}).status_code == 422
