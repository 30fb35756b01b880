"""An office passes from one to another in one act; what gives much power is given by two, on every way to it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.doors import Invitation
from escalation.models.people import Mandate, Person
from escalation.services.people.administration import readdress
from escalation.services.transaction import transaction
from tests.factories import OTHER_REGION, REGION, Inhabitant, Town, add_person, sign_in
from tests.visitor import Visitor
from tests.web.audit import faults_of
from tests.web.conftest import As
from tests.web.forms import errors_of
from tests.web.test_admin import NEWCOMER, mandate_of, second_admin
from tests.web.test_doors import NEW, letters, path_in

TODAY = local_day(datetime.now(UTC))
LAST = TODAY + timedelta(days=9)
FOLLOWS = {
    "email": "follows@example.test", "name_ar": "سعاد", "name_fr": "Souad", "phone": "", "language": "fr",
    "last_day": LAST.isoformat(), "ends_on": "",
}  # fmt: skip


def terms(town: Town, office: Office) -> list[tuple[int, date, date | None]]:
    """Return who holds an office from when to when."""
    with town.app.app_context():
        rows = db.session.scalars(select(Mandate).where(Mandate.office == office).order_by(Mandate.id))
        return [(row.person_id, row.starts_on, row.ends_on) for row in rows]


def replacing(town: Town, person: Inhabitant) -> str:
    """Return the page that replaces who holds an office."""
    return f"/admin/mandates/{mandate_of(town, person)}/replace"


def test_one_leaves_and_another_is_invited_from_the_next_day(town: Town, as_person: As) -> None:
    admin, page = as_person("admin"), replacing(town, town.president2)
    assert faults_of(admin.get(f"{page}?lang=en"), "en") == []
    answer = admin.submit(page, FOLLOWS | {"phone": "0660000007"})
    assert answer.status_code == 303
    assert "Souad" in admin.get(f"{answer.location}?lang=en").text
    with town.app.app_context():
        assert db.session.get_one(Mandate, mandate_of(town, town.president2)).ends_on == LAST
        invitation = db.session.scalars(select(Invitation)).one()
        assert (invitation.office, invitation.starts_on, invitation.ends_on) == (
            Office.COMMUNE_PRESIDENT, LAST + timedelta(days=1), None,
        )  # fmt: skip
    (letter,) = letters(town.app)
    assert Visitor(town.app).submit(path_in(letter), {"password": NEW}).status_code == 303


def test_who_has_an_account_follows_at_once(town: Town, as_person: As) -> None:
    admin, page = as_person("admin"), replacing(town, town.reviewer)
    yesterday = TODAY - timedelta(days=1)
    fields = FOLLOWS | {"email": "nobody@example.test", "last_day": yesterday.isoformat()}
    assert admin.submit(page, fields).location == f"/admin/people/{town.nobody.id}"
    held = terms(town, Office.PROVINCE_REVIEWER)
    assert (town.nobody.id, TODAY, None) in held
    assert sign_in(Visitor(town.app), town.nobody).get("/queue").status_code == 200
    assert admin.get(page).status_code == 404, "it has ended"
    assert admin.submit(page, fields).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_day": ""}, "last_day"), ({"last_day": "2001-01-01"}, "last_day"), ({"email": "x"}, "email"),
        ({"email": "president2@example.test"}, "email"), ({"name_ar": ""}, "name_ar"), ({"phone": "1"}, "phone"),
        ({"ends_on": LAST.isoformat()}, "ends_on"), ({"language": "de"}, "language-0"),
    ],
)  # fmt: skip
def test_a_replacement_that_cannot_be_is_named_and_nothing_changes(
    town: Town, as_person: As, wrong: dict[str, str], field: str
) -> None:
    before = terms(town, Office.COMMUNE_PRESIDENT)
    refused = as_person("admin").submit(replacing(town, town.president2), FOLLOWS | wrong)
    assert refused.status_code == 422
    assert faults_of(refused, "en") == []
    assert list(errors_of(refused.text)) == [field]
    assert terms(town, Office.COMMUNE_PRESIDENT) == before
    with town.app.app_context():
        assert db.session.scalars(select(Invitation)).all() == []


def test_the_last_administrator_is_followed_only_by_who_can_sign_in(town: Town, as_person: As) -> None:
    admin, page = as_person("admin"), replacing(town, town.admin)
    assert admin.submit(page, FOLLOWS).status_code == 422, "nobody is sure to accept"
    assert admin.submit(page, FOLLOWS | {"email": "nobody@example.test"}).status_code == 303
    assert (town.nobody.id, LAST + timedelta(days=1), None) in terms(town, Office.ADMINISTRATOR)


def test_a_region_is_not_left_without_an_administrator_on_a_day_to_come(town: Town, as_person: As) -> None:
    second_admin(town)
    with town.app.app_context(), transaction() as rows:
        other = select(Person.id).where(Person.email == "admin2@example.test").scalar_subquery()
        rows.execute(update(Mandate).where(Mandate.person_id == other).values(ends_on=TODAY + timedelta(days=3)))
    address = f"/admin/mandates/{mandate_of(town, town.admin)}/end"
    assert as_person("admin").submit(address, {"ends_on": LAST.isoformat()}).status_code == 422
    assert as_person("admin").submit(address, {"ends_on": TODAY.isoformat()}).status_code == 303


def test_a_replacement_waits_for_a_second_administrator_where_it_gives_much_power(town: Town, as_person: As) -> None:
    admin, other = as_person("admin"), second_admin(town)
    fields = FOLLOWS | {"email": "member@example.test"}
    page = admin.submit(replacing(town, town.chair), fields).location
    assert [held[0] for held in terms(town, Office.GROUP_PRESIDENT)] == [town.chair.id]
    with town.app.app_context():
        invitation = db.session.scalars(select(Invitation)).one()
        assert invitation.needs_approval
    assert "What waits for a second administrator" in other.get("/admin?lang=en").text
    admin.submit(f"/admin/invitations/{invitation.id}/approve")
    assert len(terms(town, Office.GROUP_PRESIDENT)) == 1
    other.submit(f"/admin/invitations/{invitation.id}/approve")
    assert (town.member.id, LAST + timedelta(days=1), None) in terms(town, Office.GROUP_PRESIDENT)
    assert page == f"/admin/people/{town.member.id}"


def test_an_administrator_elsewhere_is_no_second_one(town: Town, as_person: As) -> None:
    """They could not approve it: what waits for them would wait for ever."""
    with town.app.app_context():
        add_person("foreign-admin", Office.ADMINISTRATOR, OTHER_REGION)
    as_person("admin").submit("/admin/invitations/new", NEWCOMER | {"office": "administrator", "place": REGION})
    assert len(letters(town.app)) == 1


def suspended(town: Town, admin: Visitor, other: int) -> None:
    """Suspend the second administrator."""
    admin.submit(f"/admin/people/{other}/suspend")


def ended(town: Town, admin: Visitor, other: int) -> None:
    """End the office of the second administrator."""
    with town.app.app_context():
        mandate = db.session.scalars(select(Mandate.id).where(Mandate.person_id == other)).one()
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    admin.submit(f"/admin/mandates/{mandate}/end", {"ends_on": yesterday})


@pytest.mark.parametrize("sent_away", [suspended, ended])
def test_nobody_becomes_the_only_administrator_by_sending_the_other_away(
    town: Town, as_person: As, sent_away: Callable[[Town, Visitor, int], None]
) -> None:
    admin = as_person("admin")
    with town.app.app_context():
        other = add_person("admin2", Office.ADMINISTRATOR, REGION).id
    sent_away(town, admin, other)
    admin.submit("/admin/invitations/new", NEWCOMER | {"office": "administrator", "place": REGION})
    assert letters(town.app) == []


@pytest.mark.parametrize("powerful", ["admin2", "chair"])
def test_nobody_alone_takes_over_an_account_of_much_power_by_its_address(
    town: Town, as_person: As, powerful: str
) -> None:
    admin = as_person("admin")
    with town.app.app_context():
        second = add_person("admin2", Office.ADMINISTRATOR, REGION)
    person = second if powerful == "admin2" else town.chair
    right = {"email": "mine@example.test", "name_ar": "محمد", "name_fr": "Mohamed", "phone": ""}
    for _ in range(2):
        refused = admin.submit(f"/admin/people/{person.id}", right)
        assert "Nobody alone changes the address" in errors_of(refused.text)["email"]
        admin.submit(f"/admin/people/{person.id}/suspend")
    assert admin.submit(f"/admin/people/{person.id}", right | {"email": person.email}).status_code == 303
    assert admin.submit(f"/admin/people/{town.admin.id}", right).status_code == 303, "one's own"
    with town.app.app_context():
        assert readdress(person.email, "theirs@example.test", datetime.now(UTC)) == person.id
    assert letters(town.app)


def test_nobody_of_another_region_is_replaced(town: Town, as_person: As) -> None:
    page = replacing(town, town.stranger)
    assert as_person("admin").get(page).status_code == 404
    assert as_person("admin").submit(page, FOLLOWS).status_code == 404
    assert as_person("president").get(replacing(town, town.president2)).status_code == 403
