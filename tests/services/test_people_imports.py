"""A table of people is brought in whole or not at all: who is new is invited, who is here is given the office."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import func, select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Lane, Office
from escalation.domain.errors import NotAllowed, NotFound
from escalation.extensions import db
from escalation.mail.letter import Letterhead
from escalation.models.doors import Invitation
from escalation.models.imports import BacklogImport, ImportKind, ImportStatus
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person
from escalation.queries.imports import get_import
from escalation.services.backlog import people as people_tables
from escalation.services.backlog.imports import accept_import, advance_imports, receive_table
from escalation.services.backlog.tables import Line, Table
from escalation.services.case.transitions import By
from escalation.services.messages.claims import claim_due
from escalation.services.messages.letters import Envelope, write_letter
from escalation.services.people.invitations import Invited, invite_within
from tests.factories import (
    COMMUNE,
    OTHER_REGION,
    PROVINCE,
    REGION,
    Inhabitant,
    Town,
    actor_of,
    add_person,
    end_mandates,
)

HEAD = Letterhead(name="Suivi", sender="no-reply@example.test", base_url="https://suivi.example.test")
NOW = datetime.now(UTC)
TODAY = local_day(NOW)


def by(town: Town, person: Inhabitant | None = None) -> By:
    """Return who acts, now."""
    return By(actor=actor_of(town.app, person or town.admin, NOW), now=NOW)


def line(number: int, **cells: str) -> Line:
    """Return a line that invites somebody new, but for these cells."""
    good = {
        "email": f"new{number}@example.test", "name_ar": "خديجة", "name_fr": f"Khadija {number}",
        "office": "commune_delegate", "place": "بوهودة",
    }  # fmt: skip
    return Line(number, {name: cell for name, cell in (good | cells).items() if cell})


def receive(town: Town, *lines: Line, person: Inhabitant | None = None, region: str = REGION) -> int:
    """Send a table and return the import's id."""
    with town.app.app_context():
        return receive_table(Table(list(lines), []), "people.csv", region, by(town, person), ImportKind.PEOPLE)


def advance(town: Town, now: datetime = NOW) -> None:
    """Let a worker do all that it finds."""
    with town.app.app_context():
        advance_imports(now)


def bring_in(town: Town, *lines: Line) -> BacklogImport:
    """Send a table, accept it, and return the import as it ends."""
    import_id = receive(town, *lines)
    advance(town)
    with town.app.app_context():
        accept_import(import_id, by(town))
    advance(town)
    return found(town, import_id)


def found(town: Town, import_id: int) -> BacklogImport:
    """Return an import with its columns read."""
    with town.app.app_context():
        row = db.session.get_one(BacklogImport, import_id)
        db.session.refresh(row)
        db.session.expunge(row)
        return row


def faults(town: Town, *lines: Line) -> list[list[str]]:
    """Return what is wrong with a table: line, column and reason."""
    import_id = receive(town, *lines)
    advance(town)
    row = found(town, import_id)
    assert row.status is ImportStatus.REFUSED
    return [[outcome["line"], *fault[:2]] for outcome in row.outcomes for fault in outcome["faults"]]


def count(town: Town, model: type) -> int:
    """Return how many rows of a table there are."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_new_are_invited_and_the_known_hold_the_office_at_once(town: Town) -> None:
    people = count(town, Person)
    row = bring_in(
        town,
        line(2, phone="0660000001", language="Français"),
        line(3, office="Chargé de la préparation", place="BOUHOUDA"),
        line(4, email="Reviewer@example.test", name_ar="", name_fr="", office="provincial_secretary", place=PROVINCE),
    )
    assert row.status is ImportStatus.DONE
    assert [outcome["became"] for outcome in row.outcomes] == ["invited", "invited", "given"]
    assert "Khadija" not in str(row.outcomes)
    assert count(town, Person) == people + 2
    with town.app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == "new2@example.test")).one()
        assert (person.phone, person.language, person.password_hash) == ("+212660000001", "fr", "")
        invitation = db.session.scalars(select(Invitation).where(Invitation.person_id == person.id)).one()
        assert (invitation.office, invitation.place_code, invitation.starts_on, invitation.invited_by_id) == (
            Office.COMMUNE_DELEGATE, COMMUNE, TODAY, town.admin.id,
        )  # fmt: skip
        held = select(Mandate.office).where(Mandate.person_id == town.reviewer.id)
        assert Office.PROVINCIAL_SECRETARY in db.session.scalars(held).all()
        assert set(db.session.scalars(select(OutboxMessage.lane))) == {Lane.BULK}, "they let urgent letters pass"


def test_several_offices_of_one_person_make_one_letter_that_names_them_all(town: Town) -> None:
    known = {"email": "Reviewer@example.test", "name_ar": "", "name_fr": ""}
    row = bring_in(
        town,
        line(2),
        line(3, email="new2@example.test", name_fr="Khadija 2", office="secretariat_staff", place=REGION),
        line(4, office="provincial_secretary", place=PROVINCE, **known),
        line(5, office="secretariat_staff", place=REGION, **known),
    )
    assert row.status is ImportStatus.DONE, row.outcomes
    with town.app.app_context():
        letters = {one.address: one for one in db.session.scalars(select(OutboxMessage))}
        assert len(letters) == db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 2
        for letter in letters.values():
            assert [one["office"] for one in letter.facts["offices"]] == ["secretariat_staff"]
        made = [write_letter(one, HEAD, Envelope(HEAD.sender, one.address)) for one in claim_due(9)]
        written = [message_from_bytes(letter, policy=default) for letter in made]
        texts = [part.get_content() for one in written for part in one.walk() if part.get_content_subtype() == "plain"]
        also = ("وكذلك بصفتكم", "Et aussi en qualité de", "And also as")
        assert all(any(words in text for words in also) for text in texts)
        invitations = db.session.scalars(select(Invitation)).all()
        assert all(one.token_hash for one in invitations if one.accepted_at is None)


def test_one_bad_cell_refuses_the_whole_table(town: Town) -> None:
    wrong = [line(2), line(3, place="Atlantide"), line(4, email="new2@example.test"), line(5, place="03.561.03.01")]
    assert faults(town, *wrong) == [
        [3, "place", "unknown_place"],
        [4, "name_fr", "says_otherwise"],
        [4, "office", "twice"],
    ]
    assert count(town, Invitation) == 0


def test_nothing_outside_the_region_can_be_named(town: Town) -> None:
    assert faults(town, line(2, place="طنجة"), line(3, office="group_member", place=OTHER_REGION)) == [
        [2, "place", "unknown_place"],
        [3, "place", "unknown_place"],
    ]


def test_what_is_so_already_stays_as_it_is_when_a_table_comes_again(town: Town) -> None:
    first = bring_in(town, line(2), line(3))
    again = bring_in(town, line(2), line(3))
    assert again.id == first.id, "the same table is the same import"
    more = bring_in(town, line(2), line(3), line(4))
    assert [outcome["became"] for outcome in more.outcomes] == ["there_already", "there_already", "invited"]
    assert count(town, Invitation) == 3
    held = line(2, email="president@example.test", office="commune_president")
    assert bring_in(town, held).outcomes[0]["became"] == "there_already"


def test_a_fault_in_the_middle_leaves_nobody_invited(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_at_third(session: object, invited: Invited, **given: object) -> object:
        if invited.email == "new4@example.test":
            raise RuntimeError("broken")
        return invite_within(session, invited, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(people_tables, "invite_within", break_at_third)
    people = count(town, Person)
    row = bring_in(town, line(2), line(3), line(4))
    assert (row.status, row.fault, row.outcomes) == (ImportStatus.FAILED, "fault", [])
    assert (count(town, Person), count(town, Invitation), count(town, OutboxMessage)) == (people, 0, 0)


def test_what_changed_since_the_check_is_said(town: Town) -> None:
    import_id = receive(town, line(2, phone="0660000001"))
    advance(town)
    with town.app.app_context():
        accept_import(import_id, by(town))
        other = add_person("faster")
        db.session.get_one(Person, other.id).phone = "+212660000001"
        db.session.commit()
    advance(town)
    row = found(town, import_id)
    assert (row.status, row.fault) == (ImportStatus.FAILED, "changed")


def test_much_power_waits_for_a_second_administrator_in_a_table_too(town: Town) -> None:
    with town.app.app_context():
        add_person("admin2", Office.ADMINISTRATOR, REGION)
    row = bring_in(
        town,
        line(2, office="administrator", place=REGION),
        line(3, email="member@example.test", name_ar="", name_fr="", office="group_president", place=REGION),
    )
    assert [outcome["became"] for outcome in row.outcomes] == ["waits", "waits"]
    assert count(town, OutboxMessage) == 0
    with town.app.app_context():
        assert all(db.session.scalars(select(Invitation.needs_approval)))
        held = select(Mandate).where(Mandate.person_id == town.member.id, Mandate.office == Office.GROUP_PRESIDENT)
        assert db.session.scalars(held).first() is None


@pytest.mark.parametrize("name", ["president", "chair", "secretary", "staff", "nobody"])
def test_only_an_administrator_of_the_region_brings_people_in(town: Town, name: str) -> None:
    with pytest.raises(NotAllowed):
        receive(town, line(2), person=getattr(town, name))
    with pytest.raises(NotAllowed):
        receive(town, line(2), region=OTHER_REGION)


def test_who_administers_no_more_brings_nobody_in(town: Town) -> None:
    import_id = receive(town, line(2))
    advance(town)
    with town.app.app_context():
        accept_import(import_id, by(town))
    end_mandates(town.app, town.admin, TODAY - timedelta(days=1))
    advance(town)
    assert (found(town, import_id).fault, count(town, Invitation)) == ("not_allowed", 0)


def test_an_administrator_reads_no_table_of_obstacles_and_the_staff_none_of_people(town: Town) -> None:
    import_id = receive(town, line(2))
    with town.app.app_context():
        assert get_import(actor_of(town.app, town.admin, NOW), import_id, ImportKind.PEOPLE).id == import_id
        for person, kind in ((town.admin, ImportKind.OBSTACLES), (town.staff, ImportKind.PEOPLE)):
            with pytest.raises(NotFound, match="import"):
                get_import(actor_of(town.app, person, NOW), import_id, kind)
