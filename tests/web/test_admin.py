"""The administration: people, offices, invitations, delays; by administrators only, and in their regions only."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.doors import Invitation, SecurityEvent
from escalation.models.people import Mandate, Person
from escalation.models.settings import Setting
from escalation.queries.settings import get_settings
from tests.factories import COMMUNE, FAR_COMMUNE, OTHER_REGION, REGION, Inhabitant, Town, add_person, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.conftest import As
from tests.web.forms import errors_of
from tests.web.test_doors import NEW, asked_for_reset, letters, path_in

TODAY = local_day(datetime.now(UTC))
NEWCOMER = {
    "email": "khadija@example.test", "name_ar": "خديجة التازي", "name_fr": "Khadija Tazi", "language": "fr",
    "office": "commune_president", "place": COMMUNE, "starts_on": TODAY.isoformat(), "ends_on": "",
}  # fmt: skip


def events(town: Town) -> list[SecurityEventKind]:
    """Return what was noted, in order."""
    with town.app.app_context():
        return list(db.session.scalars(select(SecurityEvent.kind).order_by(SecurityEvent.id)))


def mandate_of(town: Town, person: Inhabitant) -> int:
    """Return the office of a person."""
    with town.app.app_context():
        return db.session.scalars(select(Mandate.id).where(Mandate.person_id == person.id)).one()


def second_admin(town: Town) -> Visitor:
    """Return the browser of another administrator of the region."""
    with town.app.app_context():
        other = add_person("admin2", Office.ADMINISTRATOR, REGION)
    return sign_in(Visitor(town.app), other)


def test_an_administrator_finds_people_and_reads_no_case(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    page = admin.get("/admin?lang=en")
    assert page.status_code == 200
    assert "president@example.test" in page.text
    assert "stranger@example.test" not in page.text, "of another region"
    found = admin.get("/admin?q=reviewer+mme").text
    assert "reviewer@example.test" in found
    assert "president@example.test" not in found
    assert "OBS-" not in page.text
    assert admin.get("/admin?q=%25_%27%22").status_code == 200
    for after in ("0", "-1", "x", "99999999999999999999"):
        assert admin.get(f"/admin?after={after}").status_code == 200


def test_the_list_of_people_is_read_in_a_fixed_number_of_queries(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    with town.app.app_context():
        for number in range(60):
            add_person(f"person{number}", Office.COMMUNE_PRESIDENT, COMMUNE)
    admin.get("/admin")  # what each process keeps is read once, before anything is counted
    with counting_queries(engine_of(town.app)) as queries:
        page = admin.get("/admin?lang=en")
    assert len(queries) <= 10
    assert len(re.findall(r"/admin/people/\d", page.text)) == 50
    assert "Next page" in page.text


def test_an_invitation_is_written_and_accepted(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    answer = admin.submit("/admin/invitations/new", NEWCOMER)
    assert answer.status_code == 303
    page = admin.get(f"{answer.location}?lang=en").text
    assert "not open yet: the invitation has not been accepted" in page
    (letter,) = letters(town.app)
    assert Visitor(town.app).submit(path_in(letter), {"password": NEW}).status_code == 303
    page = admin.get(f"{answer.location}?lang=en").text
    assert "Invitations that wait" not in page
    assert events(town) == [
        SecurityEventKind.INVITED,
        SecurityEventKind.INVITATION_ACCEPTED,
        SecurityEventKind.SIGNED_IN,
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nothing"), ("email", ""), ("name_ar", ""), ("name_fr", "x" * 500), ("language", "de"),
        ("office", ""), ("office", "emperor"), ("place", ""), ("place", "03"), ("place", "99.999"),
        ("place", FAR_COMMUNE + "x"), ("starts_on", ""), ("starts_on", "2026-02-31"), ("ends_on", "2000-01-01"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_named_and_nothing_is_lost(town: Town, as_person: As, field: str, value: str) -> None:
    answer = as_person("admin").submit("/admin/invitations/new", NEWCOMER | {field: value})
    assert answer.status_code == 422
    assert errors_of(answer.text)
    assert "Khadija Tazi" in answer.text or field == "name_fr"
    with town.app.app_context():
        assert not db.session.scalars(select(Invitation)).all()


def test_much_power_waits_for_a_second_administrator(town: Town, as_person: As) -> None:
    admin, other = as_person("admin"), second_admin(town)
    grant = NEWCOMER | {"office": "group_president", "place": REGION}
    person = admin.submit("/admin/invitations/new", grant).location
    assert letters(town.app) == []
    with town.app.app_context():
        invitation = db.session.scalars(select(Invitation.id)).one()
    approval = f"/admin/invitations/{invitation}/approve"
    assert approval not in admin.get(person).text
    admin.submit(approval)
    assert letters(town.app) == [], "nobody approves what they asked for"
    assert approval in other.get(person).text
    other.submit(approval)
    (letter,) = letters(town.app)
    assert Visitor(town.app).submit(path_in(letter), {"password": NEW}).status_code == 303
    assert SecurityEventKind.GRANT_APPROVED in events(town)
    other.submit(approval)
    assert letters(town.app) == []


def test_a_lone_administrator_waits_for_nobody(town: Town, as_person: As) -> None:
    as_person("admin").submit("/admin/invitations/new", NEWCOMER | {"office": "administrator", "place": REGION})
    assert len(letters(town.app)) == 1


def test_what_waits_is_sent_again_or_taken_back(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit("/admin/invitations/new", NEWCOMER)
    (first,) = letters(town.app)
    with town.app.app_context():
        invitation = db.session.scalars(select(Invitation.id)).one()
    admin.submit(f"/admin/invitations/{invitation}/resend")
    (second,) = letters(town.app)
    client = Visitor(town.app)
    assert client.get(path_in(first)).status_code == 410
    assert client.get(path_in(second)).status_code == 200
    admin.submit(f"/admin/invitations/{invitation + 1}/revoke")
    assert client.get(path_in(second)).status_code == 410


def test_suspending_ends_sessions_and_is_undone(town: Town, as_person: As) -> None:
    admin, president = as_person("admin"), as_person("president")
    address = f"/admin/people/{town.president.id}"
    assert admin.submit(f"{address}/suspend").status_code == 303
    assert president.get("/account").status_code == 302
    assert "suspended since" in admin.get(f"{address}?lang=en").text
    admin.submit(f"{address}/restore")
    assert sign_in(Visitor(town.app), town.president).get("/account").status_code == 200
    admin.submit(f"/admin/people/{town.admin.id}/suspend")
    assert admin.get("/account").status_code == 200, "nobody suspends themselves"
    assert events(town) == [SecurityEventKind.SUSPENDED, SecurityEventKind.RESTORED]


def test_an_office_that_ends_ends_access_at_once(town: Town, as_person: As) -> None:
    admin, reviewer = as_person("admin"), as_person("reviewer")
    assert reviewer.get("/queue").status_code == 200
    mandate = mandate_of(town, town.reviewer)
    for day in ("", "not a day", (TODAY - timedelta(days=2)).isoformat(), "1900-01-01"):
        refused = admin.submit(f"/admin/mandates/{mandate}/end", {"ends_on": day})
        assert refused.status_code == 422
        assert errors_of(refused.text)
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    assert admin.submit(f"/admin/mandates/{mandate}/end", {"ends_on": yesterday}).status_code == 303
    assert reviewer.get("/queue").status_code == 403
    assert admin.submit(f"/admin/mandates/{mandate}/end", {"ends_on": yesterday}).status_code == 404


def test_the_last_administrator_stays(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    mandate = mandate_of(town, town.admin)
    yesterday = {"ends_on": (TODAY - timedelta(days=1)).isoformat()}
    assert admin.submit(f"/admin/mandates/{mandate}/end", yesterday).status_code == 422
    second_admin(town)
    assert admin.submit(f"/admin/mandates/{mandate}/end", yesterday).status_code == 303
    assert admin.get("/admin").status_code == 403


def test_names_and_address_are_corrected(town: Town, as_person: As) -> None:
    admin, president = as_person("admin"), as_person("president")
    address = f"/admin/people/{town.president.id}"
    right = {"email": "president@example.test", "name_ar": "محمد التازي", "name_fr": "Mohamed Tazi"}
    assert admin.submit(address, right).status_code == 303
    assert president.get("/account").status_code == 200
    taken = admin.submit(address, right | {"email": "Reviewer@Example.test"})
    assert taken.status_code == 422
    assert "Another person here has this address." in taken.text
    assert admin.submit(address, right | {"email": "new@example.test"}).status_code == 303
    assert president.get("/account").status_code == 302
    with town.app.app_context():
        assert db.session.get_one(Person, town.president.id).name_fr == "Mohamed Tazi"


def test_the_address_before_is_told_and_its_links_end(town: Town, as_person: As) -> None:
    admin, client = as_person("admin"), Visitor(town.app)
    (link,) = asked_for_reset(town, client, town.president.email)
    right = {"email": "new@example.test", "name_ar": "محمد التازي", "name_fr": "Mohamed Tazi"}
    assert admin.submit(f"/admin/people/{town.president.id}", right).status_code == 303
    assert client.get(path_in(link)).status_code == 410
    (told,) = letters(town.app)
    assert (told["To"], told["Subject"]) == ("president@example.test", "The address of your account was changed")


def test_an_invitation_follows_a_corrected_address(town: Town, as_person: As) -> None:
    admin, client = as_person("admin"), Visitor(town.app)
    person = admin.submit("/admin/invitations/new", NEWCOMER | {"email": "khadijja@example.test"}).location
    (lost,) = letters(town.app)
    names = {name: NEWCOMER[name] for name in ("name_ar", "name_fr")}
    assert admin.submit(person, names | {"email": "khadija@example.test"}).status_code == 303
    (found,) = letters(town.app)
    assert found["To"] == "khadija@example.test"
    assert client.get(path_in(lost)).status_code == 410
    assert client.submit(path_in(found), {"password": NEW}).status_code == 303


def test_who_also_serves_elsewhere_is_not_this_administrators_to_change(town: Town, as_person: As) -> None:
    """Else an administrator could give somebody an office here, and take their account over with a new address."""
    with town.app.app_context():
        other = add_person("elsewhere", Office.ADMINISTRATOR, OTHER_REGION)
    admin = as_person("admin")
    delegate = NEWCOMER | {"email": other.email, "office": "commune_delegate"}
    assert admin.submit("/admin/invitations/new", delegate).status_code == 303
    letters(town.app)
    right = {"email": "mine@example.test", "name_ar": "محمد التازي", "name_fr": "Mohamed Tazi"}
    assert admin.submit(f"/admin/people/{other.id}", right).status_code == 422
    for act in ("suspend", "restore"):
        admin.submit(f"/admin/people/{other.id}/{act}")
    with town.app.app_context():
        person = db.session.get_one(Person, other.id)
        assert (person.email, person.suspended_at) == (other.email, None)


def test_another_regions_people_and_offices_are_not_there(town: Town) -> None:
    with town.app.app_context():
        foreigner = add_person("foreign-admin", Office.ADMINISTRATOR, OTHER_REGION)
    admin = sign_in(Visitor(town.app), foreigner)
    assert admin.get(f"/admin/people/{town.president.id}").status_code == 404
    assert admin.submit(f"/admin/people/{town.president.id}/suspend").status_code == 404
    mandate = mandate_of(town, town.reviewer)
    ending: dict[str, Any] = {"ends_on": (TODAY - timedelta(days=1)).isoformat()}
    assert admin.submit(f"/admin/mandates/{mandate}/end", ending).status_code == 404
    refused = admin.submit("/admin/invitations/new", NEWCOMER)
    assert refused.status_code == 422, "a commune of another region is not offered"
    assert events(town) == []


def test_a_delay_changes_from_a_day_to_come(town: Town, as_person: As) -> None:
    admin, tomorrow = as_person("admin"), TODAY + timedelta(days=1)
    change = {"value": "20", "effective_on": tomorrow.isoformat()}
    assert admin.submit("/admin/settings/province_answer_days", change).status_code == 303
    with town.app.app_context():
        assert get_settings(TODAY).province_answer_days == 15
        assert get_settings(tomorrow).province_answer_days == 20
    assert admin.submit("/admin/settings/province_answer_days", change | {"value": "25"}).status_code == 303
    with town.app.app_context():
        assert [row.value for row in db.session.scalars(select(Setting))] == [25]
        assert db.session.scalars(select(Setting.set_by_id)).one() == town.admin.id
    assert "25 working days from" in admin.get("/admin/settings?lang=en").text
    for wrong in (
        {"value": "0"},
        {"value": "x"},
        {"value": ""},
        {"value": "9" * 30},
        {"effective_on": TODAY.isoformat()},
    ):
        refused = admin.submit("/admin/settings/province_answer_days", change | wrong)
        assert refused.status_code == 422
        assert errors_of(refused.text)
    assert admin.submit("/admin/settings/no_such_delay", change).status_code == 404


def test_the_events_of_a_region_are_read_page_by_page(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    for _ in range(26):
        admin.submit(f"/admin/people/{town.president.id}/suspend")
        admin.submit(f"/admin/people/{town.president.id}/restore")
    page = admin.get("/admin/security?lang=en").text
    assert page.count("<li>") >= 50
    assert "Next page" in page
    for after in ("1", "-1", "x", "9" * 30):
        assert admin.get(f"/admin/security?after={after}").status_code == 200


@pytest.mark.parametrize(
    ("came_from", "link"),
    [
        ("https://localhost/admin/settings", "/admin/settings?lang=fr"),
        ("https://localhost//evil.test/x", "/?lang=fr"),
        ("https://localhost/admin/settings/confirm_days", "/?lang=fr"),
    ],
)
def test_a_refused_form_links_to_a_page_that_can_be_asked_for(
    town: Town, as_person: As, came_from: str, link: str
) -> None:
    refused = as_person("admin").submit("/admin/settings/confirm_days", {"value": "x"}, headers={"Referer": came_from})
    assert refused.status_code == 422
    assert f'href="{link}"' in refused.text
    assert "evil" not in refused.text


@pytest.mark.parametrize("asked", ["a\x00b", "\x01", "%", "' OR 1=1 --", "x" * 5000, "\u202e", "\ud800"])
def test_hostile_words_are_only_not_found(town: Town, as_person: As, asked: str) -> None:
    words = quote(asked.encode("utf-8", "surrogatepass"))
    assert as_person("admin").get(f"/admin?q={words}&after={words}").status_code == 200


@pytest.mark.parametrize("after", ["-1", "0", str(2**31), str(2**63), "9" * 400, "9" * 5000, "1e3", "٣"])
@pytest.mark.parametrize("path", ["/admin", "/admin/security", "/inbox", "/admin/invitations/new"])
def test_a_place_that_is_none_is_the_first(town: Town, as_person: As, path: str, after: str) -> None:
    assert as_person("admin").get(f"{path}?after={after}&person={after}").status_code == 200
