"""The headers that guard the reader stand on every answer: each address and method, each refusal, each file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from config import Config
from escalation.app import create_app
from escalation.services.people.throttle import TooManyTries
from escalation.web import identity
from escalation.web.people import sign_in as door
from tests.conftest import close_connections
from tests.factories import Town
from tests.visitor import Visitor
from tests.web.access_matrix import Row, address_rows, move_rows, without_words
from tests.web.audit import header_faults
from tests.web.cases import filed
from tests.web.conftest import As
from tests.web.world import DEAD_LINK, World

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WHO = ("anonymous", "president", "reviewer", "staff", "admin")
RARE = ("HEAD", "OPTIONS", "PUT")
OURS = {"Sec-Fetch-Site": "same-origin"}
FILE_POLICY = {"sandbox", "default-src 'none'"}
OF_FILES = ("header Content-Security-Policy", "header Cache-Control")
NEW = "/obstacles/new"


def faults_of(answer: TestResponse, path: str) -> list[str]:
    """Return the headers that are missing; a bundle is for everybody and kept for good, all else for nobody.

    A file of somebody's has a policy of its own, under which whatever it holds can do nothing.
    """
    is_bundle = path.startswith("/assets/") and "immutable" in answer.headers.get("Cache-Control", "")
    faults = [*header_faults(answer, private=not is_bundle), *_type_faults(answer)]
    if set(answer.headers["Content-Security-Policy"].split("; ")) >= FILE_POLICY:
        is_kept = "no-store" not in answer.headers["Cache-Control"]
        return [fault for fault in faults if is_kept or not fault.startswith(OF_FILES)]
    return faults


def _type_faults(answer: TestResponse) -> Iterator[str]:
    if answer.data and not answer.content_type:
        yield "a body of no type"
    if (answer.mimetype or "").startswith("text/") and "charset=utf-8" not in str(answer.content_type):
        yield f"words in no known writing: {answer.content_type}"
    if "Access-Control-Allow-Origin" in answer.headers:
        yield "other sites are let in"


def rows_of(world: World) -> list[Row]:
    """Return every address in every state of what it names, and every move at one point of a case's path."""
    return list(chain(address_rows(world), move_rows(world, next(iter(world.points)))))


def asked_of(rows: list[Row]) -> Iterator[tuple[str, str, str, Row | None]]:
    """Yield who asks, how and where: each row by several people, each address in every other way by one."""
    for row in rows:
        yield from ((name, row.method, row.path, row) for name in WHO)
    for path in sorted({row.path for row in rows}):
        yield from (("president", method, path, None) for method in RARE)


def test_every_address_answers_every_method_with_the_headers(world: World) -> None:
    rows, faults, met = rows_of(world), [], set()
    with without_words(world.app):
        for name, method, path, row in asked_of(rows):
            answer = world.browsers[name].ask(method, path, dict(row.fields) if row else None)
            world.put_back()
            met.add(answer.status_code)
            faults += [f"{method} {path} as {name}: {fault}" for fault in faults_of(answer, path)]
    assert not faults, "\n".join(faults)
    assert {200, 302, 303, 403, 404, 405, 410, 422} <= met
    adapter = world.app.url_map.bind("localhost")
    reached = {adapter.match(row.path, method=row.method, return_rule=True)[0].rule for row in rows}
    assert {rule.rule for rule in world.app.url_map.iter_rules()} == reached


@SQLITE
def test_every_refusal_has_the_headers(
    town: Town, as_person: As, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    president = as_person("president")
    draft = f"/obstacles/drafts/{filed(town).id}/discard"
    answers = {
        "308": president.get("/obstacles//new"),
        "400 by its host": client.get("/sign-in", headers={"Host": "evil.test"}),
        "400 by another site": president.post(NEW, headers={"Sec-Fetch-Site": "cross-site"}),
        "400 without a token": president.post(NEW, headers=OURS),
        "401": client.submit(NEW, {"do": "save"}),
        "401 to a script": client.submit(NEW, {"do": "keep"}),
        "403": president.get("/queue"),
        "404": president.get("/nowhere"),
        "405": president.get("/sign-out"),
        "409": president.submit(draft),
        "410": client.get(f"/invitation/{DEAD_LINK}"),
        "413": president.submit(NEW, {"description": "x" * 1_100_000}),
        "422": president.submit(NEW, {"do": "file"}),
    }
    with monkeypatch.context() as broken:
        broken.setattr(door, "sign_in", _too_often)
        answers["429"] = client.submit("/sign-in", {"email": "a@b.test", "password": "long enough"})
        broken.setitem(town.app.view_functions, "account.show", _fails)
        answers["500"] = client.get("/account")
        broken.setattr(identity, "find_signed_in", _away)
        answers["503"] = president.get("/")
    for name, answer in answers.items():
        assert (answer.status_code, faults_of(answer, "")) == (int(name[:3]), []), name


def _too_often(*_arguments: object, **_facts: object) -> None:
    raise TooManyTries(datetime.now(UTC) + timedelta(minutes=1))


def _fails() -> None:
    raise RuntimeError("a fault of ours")


vars(_fails)["access"] = "public"


def _away(*_arguments: object) -> None:
    raise OperationalError("SELECT", {}, Exception("away"))


@SQLITE
def test_what_is_kept_for_good_has_the_headers_when_it_is_not_sent_again(app: Flask, client: Visitor) -> None:
    for name, bundle in app.extensions["assets"].items():
        path = f"/assets/{bundle.digest}/{name}"
        again = client.get(path, headers={"If-None-Match": client.get(path).headers["ETag"]})
        assert (again.status_code, faults_of(again, path)) == (304, [])


@SQLITE
@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/healthz/live"])
def test_only_an_installation_on_https_says_that_it_stays_there(config: Config, path: str) -> None:
    """Whatever the proxy in front tells of its own line: a browser that came in the clear is not bound by it."""
    for is_secure in (True, False):
        app = create_app(replace(config, security=replace(config.security, session_cookie_secure=is_secure)))
        answer = Visitor(app).get(path, base_url="http://localhost")
        assert ("Strict-Transport-Security" in answer.headers) is is_secure
        close_connections(app)
