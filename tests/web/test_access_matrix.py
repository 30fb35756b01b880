"""Who gets what at every address and every move: everybody, held to the golden files."""

import re
from collections.abc import Iterable
from itertools import islice

import pytest
from flask import Flask

from escalation.models.obstacles import Obstacle
from escalation.services.transaction import transaction
from escalation.web.access import public
from escalation.web.case.acts import ACTS
from tests.house.tree import report
from tests.web.access_matrix import (
    ADDRESSES,
    BY_ADDRESS,
    COMMAND,
    MOVES,
    TO_SIGN_IN,
    Row,
    address_rows,
    ask_everybody,
    cell_of,
    differences,
    move_rows,
    read_golden,
    read_once,
    without_words,
)
from tests.web.cases import CASES, FIELDS, address
from tests.web.cases import MOVES as MADE
from tests.web.everybody import PEOPLE
from tests.web.forms import offered_on
from tests.web.world import World

MISSING = f"Nobody said who gets what here. Run `{COMMAND}`, read the new lines, and keep them if they are right:"
GONE = f"These rows of {ADDRESSES.name} or {MOVES.name} have no address any more. Run `{COMMAND}` and read what goes:"
OTHER = f"Somebody gets something else than before. If that is wanted, run `{COMMAND}` and read the difference:"
MADE_ANEW = re.compile(r'(?:csrf_token" value|data-now)="[^"]*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
BACK_TO_THE_DOOR = {"/sign-in/passkey"}
"""Open to everybody; what it is sent here proves nothing, and leads back to where one signs in."""
SLICES = 8
"""Into how many tests the addresses are dealt out, so that several processes share them."""
SEES_NOTHING = ("president2", "ended", "admin", "admin2")
"""For them an address that names something of the commune is one that names nothing."""


def is_theirs(name: str, row: Row) -> bool:
    """Say whether an address is of the people whom an administrator has in hand: those of their own region."""
    return row.label.startswith("/admin") and (name == "admin" or (name == "admin2" and row.state != "here"))


def named_rows(world: World) -> set[str]:
    """Return the names of all rows that the application asks for."""
    moves = (row for point in world.points for row in move_rows(world, point))
    return {row.name for row in (*address_rows(world), *moves)}


def kept_rows() -> dict[str, list[str]]:
    """Return both golden files as one."""
    return read_golden(ADDRESSES) | read_golden(MOVES)


def faults_of_rows(rows: set[str], kept: Iterable[str]) -> list[str]:
    """Return what to say of addresses without a row and of rows without an address."""
    missing, gone = sorted(rows - set(kept)), sorted(set(kept) - rows)
    return [report(missing, MISSING)] * bool(missing) + [report(gone, GONE)] * bool(gone)


def test_every_address_and_move_has_its_rows_and_every_row_its_address(world: World) -> None:
    faults = faults_of_rows(named_rows(world), kept_rows())
    assert not faults, "\n".join(faults)
    assert set(FIELDS) == set(ACTS), "Say in tests/web/cases.py what the form of each move sends."
    assert {len(cells) for cells in kept_rows().values()} == {len(PEOPLE)}


def test_a_new_address_and_one_that_is_gone_are_named_with_what_to_do(world: World) -> None:
    rows, kept = named_rows(world), set(kept_rows())
    said = "\n".join(faults_of_rows(rows | {"GET /new -"}, kept | {"GET /old -"}))
    assert "GET /new -" in said
    assert "GET /old -" in said
    assert said.count(COMMAND) == 2


@pytest.mark.parametrize("slice_of_all", range(SLICES))
def test_everybody_gets_what_is_theirs_at_every_address(world: World, slice_of_all: int) -> None:
    hold(world, islice(address_rows(world), slice_of_all, None, SLICES), read_golden(ADDRESSES))


@pytest.mark.parametrize("point", CASES)
def test_every_move_is_for_exactly_those_the_file_names(world: World, point: str) -> None:
    with read_once():
        hold(world, move_rows(world, point), read_golden(MOVES))


@pytest.mark.parametrize("point", CASES)
def test_a_case_page_offers_exactly_the_moves_that_its_reader_may_make(world: World, point: str) -> None:
    kept = read_golden(MOVES)
    for number, name in enumerate(PEOPLE):
        page = world.browsers[name].ask("GET", address(world.points[point]))
        may = {move for move in MADE if kept[f"POST {move} {point}"][number] == "303"}
        assert (offered_on(page.text) & MADE if page.status_code == 200 else set()) == may, name


def test_every_move_is_made_by_somebody_somewhere() -> None:
    made = {name.split()[1] for name, cells in read_golden(MOVES).items() if "303" in cells}
    assert made == MADE


def hold(world: World, rows: Iterable[Row], kept: dict[str, list[str]]) -> None:
    """Fail where somebody gets something else than kept, where something fails, or changes though it was refused."""
    with without_words(world.app):
        answered = [(row, *ask_everybody(world, row)) for row in rows]
    faults = [fault for _row, _cells, found in answered for fault in found]
    assert not faults, report(faults, "A refusal changes nothing, and nothing fails:")
    changed = differences(kept, [(row, cells) for row, cells, _faults in answered])
    assert not changed, report(changed, OTHER)


def test_what_changes_and_is_refused_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    @public
    def discard_and_refuse(draft_id: int) -> tuple[str, int]:
        with transaction() as session:
            session.get_one(Obstacle, draft_id).title = "another"
        return "", 403

    monkeypatch.setitem(world.app.view_functions, "filing.discard", discard_and_refuse)
    row = next(row for row in address_rows(world) if row.label.endswith("/discard") and row.state == "draft")
    _cells, faults = ask_everybody(world, row)
    assert len(faults) == len(PEOPLE)


def test_who_is_not_signed_in_is_led_to_the_door_or_stands_before_an_open_one(world: World) -> None:
    for row in address_rows(world):
        answer = world.browsers["anonymous"].ask(row.method, row.path, dict(row.fields))
        view = world.app.view_functions[endpoint_of(world.app, row)]
        is_open = vars(view)["access"] == "public" and row.label not in BACK_TO_THE_DOOR
        assert (cell_of(answer) == TO_SIGN_IN) is not is_open, row.name
        world.put_back()


def endpoint_of(app: Flask, row: Row) -> str:
    """Return the endpoint that an address leads to."""
    endpoint, _arguments = app.url_map.bind("localhost").match(row.path, method=row.method)
    return str(endpoint)


@pytest.mark.parametrize("name", SEES_NOTHING)
def test_what_is_not_there_looks_like_what_is_not_mine(world: World, name: str) -> None:
    browser, met = world.browsers[name], 0
    for row in (*address_rows(world), *move_rows(world, "filed")):
        if row.path == row.nowhere or is_theirs(name, row) or row.label in BY_ADDRESS:
            continue
        pages = []
        for path in (row.path, row.nowhere):
            answer = browser.ask(row.method, path, dict(row.fields))
            assert answer.status_code in (403, 404, 409), (row.name, answer.status_code)
            pages.append((answer.status_code, MADE_ANEW.sub("", answer.text.replace(path, ""))))
            world.put_back()
        assert pages[0] == pages[1], row.name
        met += 1
    assert met > len(FIELDS) * 2
