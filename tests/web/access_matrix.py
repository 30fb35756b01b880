"""Who gets what at every address and at every move: the rows, and the golden files that hold the answers.

`python -m tests.web.access_matrix --write` writes both files anew; read what changed in them line by line.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import flask_migrate
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.test import TestResponse

from escalation.app import create_app
from escalation.database import MIGRATIONS
from escalation.domain.codes import Remark
from escalation.extensions import login_manager
from escalation.queries.case import cases
from escalation.queries.people.people import load_actor
from escalation.queries.settings import get_calendar, get_settings
from escalation.services.reference import import_reference
from escalation.web import identity
from tests.factories import COMMUNE, OFFICES, PASSWORD, REGION
from tests.settings import settings_for
from tests.web.cases import FIELDS, address, answers, sent, slug
from tests.web.everybody import PEOPLE
from tests.web.forms import ALL_SIX
from tests.web.world import World, new_world

GOLDEN = Path(__file__).parent / "golden"
ADDRESSES, MOVES = GOLDEN / "addresses.txt", GOLDEN / "moves.txt"
COMMAND = "python -m tests.web.access_matrix --write"

ACTION, REMARK = "<action:action>", "<remark:remark>"
"""The first has the rows of its own file; the second a row for each remark."""
PART = re.compile(r"<([^<>]+)>")
TO_SIGN_IN = "in"
NOTHING = {
    "reference:reference": "OBS-2026-99999",
    "int(max=2147483647):draft_id": "987654",
    "int(max=2147483647):import_id": "987654",
    "int(max=2147483647):person_id": "987654",
    "int(max=2147483647):mandate_id": "987654",
    "int(max=2147483647):invitation_id": "987654",
    "int(max=2147483647):pseudonymisation_id": "987654",
    "file:public_id": "A" * 22,
    "int(max=2147483647):passkey_id": "987654",
    "int(max=2147483647):device_id": "987654",
    "int(max=2147483647):suspension_id": "987654",
    "int(max=2147483647):deputyship_id": "987654",
    "int(max=2147483647):permission_id": "987654",
    "int(max=2147483647):ruling_id": "987654",
    "int(max=9223372036854775807):message_id": "987654",
    "string(maxlength=120):token": "WzEsImRhaWx5Il0.x",
    "int(max=2147483647):endpoint_id": "987654",
    "uuid:form_key": "00000000-0000-4000-8000-000000000009",
}
"""What names nothing, in the place of what names something that belongs to somebody."""

BUNDLE = ["string:digest", "string:name"]
"""The parts of the address of a stylesheet or script; one follows from the other."""
BY_ADDRESS = {"/unsubscribe/<string(maxlength=120):token>"}
"""Whose address alone is the right to it: mail programs send these, which know no page of ours."""

NUMBERS = {name: str(number) for number, name in enumerate(OFFICES, 1)}
"""Of the people of the town and of their offices: they are settled first, in this order."""
SOME_DAYS = {"starts_on": "2098-03-01", "ends_on": "2098-03-05"}
FILING: dict[str, Any] = ALL_SIX | {"do": "file", "commune": COMMUNE, "channel": "phone", "idempotency_key": "a-key"}
ONE_TYPE = {"obstacle_type": "rural_track", "urgency": "", "level": "", "what": "own", "value": "12"}
"""A delay for the cases of one type."""
SENT: dict[str, dict[str, Any]] = {
    "/admin/webhooks": {"name": "منصة", "url": "https://hooks.example.ma/cases", "region": REGION},
    "/admin/wordings/<string(maxlength=90):mail>": {
        "subject": "ملف جديد",
        "body": "{link}",
        "seen": "1",
        "do": "save",
    },
    "/admin/wordings/<string(maxlength=90):mail>/usual": {"seen": "1"},
    "/sign-in": {"email": "president@example.test", "password": PASSWORD},
    "/password": {"email": "president@example.test"},
    "/account/language": {"language": "en"},
    "/account/phone": {"phone": "0660000001"},
    "/account/name": {"name_ar": "خديجة", "name_fr": "Khadija"},
    "/admin/people/<int(max=2147483647):person_id>/pseudonymise": {"reason": "person_asked", "texts": "kept"},
    "/account/passkeys": {"name": "هاتفي", "passkey": "{}"},
    "/inbox/read": {"newest": "1"},
    "/account/messages": {
        "steps": "daily",
        "words": "weekly",
        "receipt": "at_once",
        "beside": "app_only",
        "early": "daily",
        "quiet_from": "22",
        "quiet_to": "07",
    },
    "/obstacles/<reference:reference>/attention": {"attention": "muted"},
    "/admin/invitations/new": {
        "email": "khadija@example.test",
        "name_ar": "خديجة",
        "name_fr": "Khadija",
        "phone": "0660000002",
        "language": "fr",
        "office": "commune_delegate",
        "place": COMMUNE,
        "starts_on": "2026-01-01",
    },
    "/admin/people/<int(max=2147483647):person_id>": {
        "email": "other.address@example.test",
        "name_ar": "خديجة",
        "name_fr": "Khadija",
        "phone": "0660000003",
    },
    "/admin/mandates/<int(max=2147483647):mandate_id>/end": {"ends_on": "2098-12-31"},
    "/admin/mandates/<int(max=2147483647):mandate_id>/replace": {
        "last_day": "2098-12-31",
        "email": "follows@example.test",
        "name_ar": "سعاد",
        "name_fr": "Souad",
        "phone": "0660000004",
        "language": "fr",
        "ends_on": "2099-12-31",
    },
    "/admin/settings/<string(maxlength=40):key>": {"value": "12", "effective_on": "2098-01-01"},
    "/admin/settings/<string(maxlength=40):key>/exceptions": ONE_TYPE | {"effective_on": "2098-01-01"},
    "/admin/rehearsals": {"region": REGION},
    "/admin/rehearsals/<int(max=2147483647):rehearsal_id>/lines": ONE_TYPE | {"key": "confirm_days"},
    "/admin/rehearsals/<int(max=2147483647):rehearsal_id>/drop": {"line": "0"},
    "/admin/rehearsals/<int(max=2147483647):rehearsal_id>/force": {"effective_on": "2098-01-01"},
    "/admin/competence/<string(maxlength=40):obstacle_type>": {
        "place": REGION,
        "first_desk": "region",
        "competent": "region",
        "reason": "region_own_power",
        "effective_on": "2098-01-01",
        "do": "save",
    },
    "/rulings/<string(maxlength=40):obstacle_type>": {"place": REGION, "first_desk": "region", "words": "نعم"},
    "/admin/mandates/<int(max=2147483647):mandate_id>/rest": {"starts_on": "2098-01-01", "ends_on": "2098-02-01"},
    "/absences": {"mandate": NUMBERS["reviewer"], "deputy": NUMBERS["coordinator"]} | SOME_DAYS,
    "/delegates": {"delegate": NUMBERS["scribe"]} | SOME_DAYS,
    "/admin/calendar": {
        "day": "2098-01-02",
        "what": "off",
        "place": "all",
        "name_ar": "عطلة استثنائية",
        "name_fr": "Congé exceptionnel",
        "sure": "1",
    },
    "/admin/calendar/pause": {"starts_on": "2098-08-01", "ends_on": "2098-08-31"},
    "/obstacles/new": FILING,
    "/obstacles/drafts/<int(max=2147483647):draft_id>": FILING,
    "/obstacles/capture": {
        "channel": "phone",
        "rows-0-commune": COMMUNE,
        "rows-0-project_name": "بئر",
        "idempotency_key": "00000000-0000-4000-8000-000000000002",
    },
    "/obstacles/<reference:reference>/amend": ALL_SIX | {"idempotency_key": "a-key"},
    "/obstacles/<reference:reference>/comment": {"comment": "نص", "idempotency_key": "a-key"},
    "/obstacles/<reference:reference>/note": {"note": "نص", "idempotency_key": "a-key"},
    "/obstacles/<reference:reference>/record-contact": {
        "spoke_with": "رئيس المصلحة",
        "channel": "phone",
        "contact": "وعد بجواب",
        "idempotency_key": "a-key",
    },
    "/obstacles/<reference:reference>/confirm-filing": {"idempotency_key": "a-key"},
}
"""What the form of an address sends when it is filled in well; the others are sent as they are."""
WRITES_ALL_THE_SAME = {"/obstacles/new", "/obstacles/drafts/<int(max=2147483647):draft_id>"}
"""Who may prepare and not file is refused here, and what they wrote is kept as a draft for those who may."""


@dataclass(frozen=True)
class Row:
    """One address with one method, in one state of what it names."""

    method: str
    label: str
    state: str
    path: str
    nowhere: str
    """The same address of something that is not there; the same path where it names nothing of a commune's."""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the three words by which the golden file knows it."""
        return f"{self.method} {self.label} {self.state}"


def address_rows(world: World) -> Iterator[Row]:
    """Yield a row for every rule, method and state; of those with a move none."""
    for rule in sorted(world.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if ACTION in rule.rule:
            continue
        remarks = [slug(one) for one in Remark if one is not Remark.AMEND] if REMARK in rule.rule else [""]
        for remark, method in product(remarks, sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})):
            label = rule.rule.replace(REMARK, remark)
            for state, values in states_of(world, label):
                nothing = values | {part: value for part, value in NOTHING.items() if part in values}
                path, nowhere = filled_in(label, values), filled_in(label, nothing)
                yield Row(method, label, state, path, nowhere, SENT.get(label, {}) if method == "POST" else {})


def filled_in(label: str, values: Mapping[str, str]) -> str:
    """Return an address with these values for its parts."""
    return PART.sub(lambda part: values[part.group(1)], label)


def states_of(world: World, label: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each state of what an address names, and its parts then. Raises: AssertionError for an unknown part."""
    parts = PART.findall(label)
    if parts == BUNDLE:
        for name, bundle in world.app.extensions["assets"].items():
            yield name, dict(zip(parts, (bundle.digest, name), strict=True))
        return
    unknown = [part for part in parts if part not in world.parts]
    assert not unknown, f"Say in World._parts, tests/web/world.py, what <{'>, <'.join(unknown)}> of {label} may be."
    for states in product(*(world.parts[part].items() for part in parts)):
        values = {part: value for part, (_state, value) in zip(parts, states, strict=True)}
        yield "+".join(state for state, _value in states) or "-", values


def move_rows(world: World, point: str) -> Iterator[Row]:
    """Yield a row for every move that has a page, to be read and to be made, with a case at one point of its path."""
    case = world.points[point]
    for action in FIELDS:
        fields = sent(case, action, key="a-key") | answers(world.town, case, action)
        for method in ("GET", "POST"):
            path = address(case, action)
            nowhere = path.replace(str(case.reference), NOTHING["reference:reference"])
            yield Row(method, slug(action), point, path, nowhere, fields if method == "POST" else {})


def ask_everybody(world: World, row: Row) -> tuple[list[str], list[str]]:
    """Return what each person gets, and what no row may do: fail, or change something and refuse."""
    cells, faults = [], []
    for name, browser in world.browsers.items():
        cell = cell_of(browser.ask(row.method, row.path, dict(row.fields)))
        is_refused = not cell.startswith(("2", "3"))
        if cell.startswith("5"):
            faults.append(f"{row.name}: {name} gets {cell}")
        if is_refused and world.has_changed() and row.label not in WRITES_ALL_THE_SAME:
            faults.append(f"{row.name}: {name} is refused with {cell}, and something changed")
        world.put_back()
        cells.append(cell)
    return cells, faults


def cell_of(answer: TestResponse) -> str:
    """Return an answer as the golden files write it: its status, or that it leads to signing in first."""
    leads_in = re.fullmatch(r"/sign-in(\?next=.*)?", str(answer.location or ""))
    return TO_SIGN_IN if leads_in else str(answer.status_code)


@contextmanager
def without_words(app: Flask) -> Iterator[None]:
    """Let pages be empty: here only their statuses are read, and making the words takes most of the time."""
    environment = app.jinja_env
    loader, names = environment.loader, environment.list_templates()
    assert loader is not None
    empty = DictLoader({name: "" for name in names if name.startswith(("pages/", "errors/"))})
    environment.loader = ChoiceLoader([empty, loader])
    _forget_templates(app)
    try:
        yield
    finally:
        environment.loader = loader
        _forget_templates(app)


def _forget_templates(app: Flask) -> None:
    if app.jinja_env.cache is not None:
        app.jinja_env.cache.clear()


@contextmanager
def read_once() -> Iterator[None]:
    """Let who asks, the delays and the calendar be read once, for rows that change none of them."""
    find = login_manager._user_callback
    with (
        patch.object(login_manager, "_user_callback", cache(find)),
        patch.object(identity, "load_actor", cache(load_actor)),
        patch.object(cases, "get_settings", cache(get_settings)),
        patch.object(cases, "get_calendar", cache(get_calendar)),
    ):
        yield


def read_golden(path: Path) -> dict[str, list[str]]:
    """Return the kept answers by the name of their row."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {" ".join(words[:3]): words[3:] for words in lines}


def differences(kept: Mapping[str, list[str]], rows: Iterable[tuple[Row, list[str]]]) -> list[str]:
    """Return in words whose answer is no longer the kept one."""
    return [
        f"{row.name}: {name} got {before} and gets {now}"
        for row, cells in rows
        for name, before, now in zip(PEOPLE, kept.get(row.name, ["nothing"] * len(PEOPLE)), cells, strict=True)
        if before != now
    ]


def written(rows: Iterable[tuple[Row, list[str]]], about: str) -> str:
    """Return a golden file: who the columns are, then a line a row."""
    answered = list(rows)
    named = [row.name.split() for row, _cells in answered]
    widths = [max(len(words) for words in column) for column in zip(*named, strict=True)]
    head = [f"# {about}", f"# Made by `{COMMAND}`. Each line: method, address, state, and what each person gets:"]
    head += [f"#   {code}  {words}" for code, words in PEOPLE.values()]
    head += [f"# `{TO_SIGN_IN}` leads to signing in first."]
    columns = " ".join(code for code, _words in PEOPLE.values())
    lines = [f"{'#':<{sum(widths) + 2}} {columns}"]
    for row, cells in answered:
        label = " ".join(f"{word:<{width}}" for word, width in zip(row.name.split(), widths, strict=True))
        lines.append(f"{label} {' '.join(f'{cell:>3}' for cell in cells)}")
    return "\n".join([*head, *lines, ""])


def main() -> None:
    """Write both golden files, from a world of their own."""
    if sys.argv[1:] != ["--write"]:
        sys.exit(f"Usage: {COMMAND}")
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/matrix.db"
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            flask_migrate.upgrade(directory=str(MIGRATIONS))
            import_reference()
        with new_world(app, url) as world, without_words(app):
            GOLDEN.mkdir(exist_ok=True)
            _write(world, ADDRESSES, address_rows(world), "Every address, for everybody, in each state.")
            moves = (row for point in world.points for row in move_rows(world, point))
            with read_once():
                _write(world, MOVES, moves, "Every move with a page, for everybody, at each point of a case's path.")


def _write(world: World, path: Path, rows: Iterable[Row], about: str) -> None:
    answered = [(row, *ask_everybody(world, row)) for row in rows]
    faults = [fault for _row, _cells, found in answered for fault in found]
    if faults:
        sys.exit("\n".join(faults))
    path.write_text(written([(row, cells) for row, cells, _faults in answered], about), encoding="utf-8")


if __name__ == "__main__":
    main()
