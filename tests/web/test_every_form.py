"""Every form of the application as somebody hostile sends it: forged, with fields more, again, tampered with.

The forms are those of the rules that take a POST; who sends each, in which state, is read from the golden answers.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from escalation.models.base import Base
from escalation.models.people import Person
from escalation.services.transaction import transaction
from escalation.web.access import requires
from escalation.web.forms.fields import PageForm
from tests.factories import NEIGHBOUR, OTHER_REGION, PASSWORD
from tests.web.access_matrix import ADDRESSES, BY_ADDRESS, MOVES, Row, address_rows, move_rows, read_golden
from tests.web.audit import find_all, parse
from tests.web.cases import FIELDS
from tests.web.everybody import PEOPLE
from tests.web.world import Browser, World

NEW_PHRASE = "حديقة الزيتون قرب الوادي"
COSTLY = {
    "/account/password": {"current": PASSWORD, "password": NEW_PHRASE},
    "/invitation/<token:token>": {"password": NEW_PHRASE},
    "/password/<token:token>": {"password": NEW_PHRASE},
}
"""What these send when they are filled in well: too slow for everybody, so the golden answers do without."""
ANSWERED = {
    "/obstacles/import": 422,
    "/admin/people/import": 422,
    "/sign-in/second": 422,
    "/prove": 422,
    "/account/passkeys": 422,
    "/account/passkeys/challenge": 200,
    "/passkeys/challenge": 200,
    "/unsubscribe/<string(maxlength=120):token>": 200,
    "/admin/webhooks": 200,
    "/admin/webhooks/<int(max=2147483647):endpoint_id>/secret": 200,
}
"""What these answer here: to a file, to a proof that no row of a file can hold, to a program, or with what is new."""
KEY, VERSION = "idempotency_key", "version"
HOW_IT_IS_SENT = {
    "csrf_token",
    "do",
    KEY,
    VERSION,
    "keeper",
    "acting_in",
    "proof_code",
    "proof_paper",
    "proof_passkey",
    "proof_again",
}
"""Fields that say how a form is sent; each has tests of its own."""
TIMES = ("_at", "_ms", "_on")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""As another system is told of it: two sendings of the same form may fall into two seconds."""
HOSTILE = {
    "status": "closed",
    "level": "region",
    "office": "administrator",
    "role": "administrator",
    "channel": "phone",
    "language": "fr",
    "commune": NEIGHBOUR,
    "commune_code": NEIGHBOUR,
    "place_code": NEIGHBOUR,
    "province_code": "01.051",
    "region_code": OTHER_REGION,
    "desk_code": OTHER_REGION,
    "reference": "OBS-1999-00001",
    "email": "other@example.test",
    "password_hash": "x",
    "outcome": "removed",
    "confirmed_by": "silence",
    "may_file": "y",
    "may_undo": "y",
    "next": "//evil.test",
}
BAD_VERSIONS = ["-1", "0", "999999999", "9" * 40, "x", "1e0", "0x1", "1.0", "\u0661", "1;2", "\x001"]
COMPARED = {"amend", "draft_id>"} | {move.replace("_", "-") for move in FIELDS}
"""Addresses, by their last word, of forms that are refused when the case has changed since they were shown."""


@dataclass(frozen=True)
class Form:
    """A form as the first who may sends it, filled in well."""

    row: Row
    sender: str
    fields: dict[str, Any]

    @property
    def wanted(self) -> int:
        """Return the status of its answer when it is taken."""
        return ANSWERED.get(self.row.label, 303)

    def browser(self, world: World) -> Browser:
        """Return the browser of who sends it."""
        return world.browsers[self.sender]

    def send(self, world: World, **more: Any) -> int:
        """Send it with these fields beside or in place of its own, and return the status."""
        return self.browser(world).ask("POST", self.row.path, self.fields | more).status_code


def forms(world: World) -> list[Form]:
    """Return every form once, in the first state in which somebody's is taken; without that, shown again."""
    kept = read_golden(ADDRESSES) | read_golden(MOVES)
    found: dict[str, Form] = {}
    rows = [row for point in world.points for row in move_rows(world, point)]
    for answer in ("taken", "303", "422", "200", "in"):
        for row in (*address_rows(world), *rows):
            cells = kept.get(row.name, [])
            wanted = str(ANSWERED.get(row.label, 303)) if answer == "taken" else answer
            if row.method == "POST" and wanted in cells and row.label not in found:
                sender = list(PEOPLE)[cells.index(wanted)]
                found[row.label] = Form(row, sender, dict(row.fields) | COSTLY.get(row.label, {}))
    return list(found.values())


def keyed(world: World) -> Iterator[Form]:
    """Yield the forms that carry a key of their own."""
    return (form for form in forms(world) if KEY in form.fields)


def test_every_rule_that_takes_a_form_has_one_that_is_taken(world: World) -> None:
    rules = {row.label for row in address_rows(world) if row.method == "POST"}
    labels = {form.row.label for form in forms(world)}
    assert rules <= labels, f"Say in SENT, tests/web/access_matrix.py, what these send: {sorted(rules - labels)}"
    for form in forms(world):
        assert form.send(world) == form.wanted, (
            f"Say in SENT what the form of {form.row.name} sends when it is filled in."
        )
        world.put_back()


FORGED: dict[str, Callable[[World, Form], str | None]] = {
    "none": lambda _world, _form: None,
    "empty": lambda _world, _form: "",
    "made up": lambda _world, _form: "WyJhIl0.made.up",
    "cut short": lambda world, form: form.browser(world).token[:-1],
    "of another person": lambda world, form: world.browsers["secretary2"].token,
    "of another session": lambda world, form: world.other_browser.token,
}


@pytest.mark.parametrize("from_here", [True, False])
@pytest.mark.parametrize("kind", FORGED)
def test_without_its_own_token_no_form_is_taken(world: World, kind: str, from_here: bool) -> None:
    for form in (form for form in forms(world) if form.row.label not in BY_ADDRESS):
        token = FORGED[kind](world, form)
        answer = form.browser(world).forge(form.row.path, form.fields, token, from_here=from_here)
        assert answer.status_code == 400, form.row.name
        assert not world.has_changed(), form.row.name


def test_no_other_form_does_without_a_token_because_of_its_address(world: World) -> None:
    views = world.app.view_functions
    marked = {rule.rule for rule in world.app.url_map.iter_rules() if vars(views[rule.endpoint]).get("is_by_address")}
    assert marked == BY_ADDRESS


def test_fields_that_no_form_asks_for_change_nothing(world: World) -> None:
    assert {"status", "level", "author_id", "assignee_id", "office", "desk_code", "channel", "target"} <= every_name()
    changed = [form.row.name for form in forms(world) if is_changed_by_more(world, form)]
    assert not changed, "These forms keep what nobody was asked: let each name its fields."


def test_a_form_that_keeps_what_nobody_was_asked_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    @requires()
    def keep_all() -> ResponseReturnValue:
        with transaction() as session:
            person = session.get_one(Person, current_user.id)
            person.name_fr = request.form.get("name_fr", person.name_fr)
        return redirect("/account", 303)

    monkeypatch.setitem(world.app.view_functions, "account.language", keep_all)
    (form,) = (form for form in forms(world) if form.row.label == "/account/language")
    assert is_changed_by_more(world, form)


def test_the_same_form_twice_acts_once(world: World) -> None:
    for form in keyed(world):
        assert form.send(world) == 303, form.row.name
        once = {table: world.rows(table) for table in world.tables}
        form.send(world)
        assert {table: world.rows(table) for table in world.tables} == once, form.row.name
        world.put_back()


@pytest.mark.parametrize("version", BAD_VERSIONS)
def test_a_version_that_is_none_of_the_case_moves_nothing(world: World, version: str) -> None:
    met = set()
    for form in keyed(world):
        last = form.row.label.rpartition("/")[2].rpartition(":")[2]
        got = form.send(world, **{VERSION: version})
        assert got < 500, form.row.name
        if last in COMPARED:
            assert (got, world.has_changed()) == (409, False), form.row.name
            met.add(last)
        world.put_back()
    assert met == COMPARED


def test_the_version_of_another_case_moves_nothing(world: World) -> None:
    for form in forms(world):
        if form.row.state in world.points:
            for other in {case.version for case in world.points.values()} - {world.points[form.row.state].version}:
                assert (form.send(world, version=str(other)), world.has_changed()) == (409, False), form.row.name


def asked_by(world: World, form: Form) -> set[str]:
    """Return the names that the form has on its own page, or on the page of the account."""
    names = set()
    for path in (form.row.path, "/account"):
        page = form.browser(world).ask("GET", path)
        if page.status_code == 200:
            for shown in find_all(parse(page.text), "form"):
                if urlsplit(str(shown.get("action"))).path == form.row.path:
                    names |= {str(each.get("name")) for each in find_all(shown, "input", "select", "textarea")}
    world.put_back()
    return names


def is_changed_by_more(world: World, form: Form) -> bool:
    """Say whether a form leaves other rows behind when fields are sent that it does not ask for.

    What differs between two sendings of the very same form is made anew by each, and tells nothing.
    """
    asked = asked_by(world, form) | set(form.fields) | HOW_IT_IS_SENT
    extra = {name: HOSTILE.get(name, "1") for name in every_name() - asked}
    first, again, more = (after(world, form, given) for given in ({}, {}, extra))
    made_anew = {
        (table, name)
        for table, rows in first.items()
        for one, other in zip(rows, again[table], strict=True)
        for name in one
        if one[name] != other[name] or name.endswith(TIMES)
    }
    return without(more, made_anew) != without(first, made_anew)


def every_name() -> set[str]:
    """Return every name that a field could be given in the hope that something takes it."""
    return names_of_columns() | names_of_questions() | set(HOSTILE)


def names_of_columns() -> set[str]:
    """Return the name of every column of every table."""
    return {column.name for table in Base.metadata.tables.values() for column in table.columns}


def names_of_questions() -> set[str]:
    """Return the name of every question of every form of the application."""
    waiting, names = [PageForm], set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        names |= {name for name, field in vars(kind).items() if hasattr(field, "field_class")}
    return names


def after(world: World, form: Form, extra: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return all rows as they stand after the form was sent with these fields more, and put them back."""
    sent = extra | form.fields
    status = form.browser(world).ask("POST", form.row.path, sent).status_code
    assert status == form.wanted, (form.row.name, status)
    rows = {table: list(map(timeless, world.rows(table))) for table in world.tables}
    world.put_back()
    return rows


def timeless(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the instants within its texts."""
    return {name: INSTANT.sub("", value) if isinstance(value, str) else value for name, value in row.items()}


def without(rows: dict[str, list[dict[str, Any]]], names: set[tuple[str, str]]) -> dict[str, list[dict[str, Any]]]:
    """Return rows without these columns, in an order that does not hang on them."""
    return {
        table: sorted(
            ({name: value for name, value in row.items() if (table, name) not in names} for row in found), key=repr
        )
        for table, found in rows.items()
    }
