"""What a browser is told and asked on our pages: pass-phrases it may keep, a way out everywhere, a cookie of ours."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import Config
from escalation.app import create_app
from escalation.extensions import db
from escalation.models.people import Person
from tests.conftest import close_connections
from tests.factories import Town, sign_in
from tests.visitor import ORIGIN, Visitor
from tests.web.audit import find_all, parse
from tests.web.cases import filed
from tests.web.conftest import As
from tests.web.world import OPEN_LINK, World

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("name", "path", "kept_as"),
    [
        ("anonymous", "/sign-in", ["current-password"]),
        ("anonymous", f"/invitation/{OPEN_LINK}", ["new-password"]),
        ("anonymous", f"/password/{OPEN_LINK}", ["new-password"]),
        ("president", "/account/password", ["current-password", "new-password"]),
    ],
)
def test_a_pass_phrase_is_masked_and_may_be_pasted_and_kept(
    world: World, name: str, path: str, kept_as: list[str]
) -> None:
    page = parse(world.browsers[name].ask("GET", path).text)
    fields = [field for field in find_all(page, "input") if "password" in (field.get("autocomplete") or "")]
    assert sorted(str(field.get("autocomplete")) for field in fields) == kept_as
    for field in fields:
        assert field.get("type") == "password"
        assert int(field.get("maxlength") or 256) >= 64
        assert not {"pattern", "onpaste"} & field.attrib.keys()


@SQLITE
@pytest.mark.parametrize("name", ["president", "reviewer", "admin", "staff", "nobody"])
def test_every_page_of_who_is_signed_in_has_the_way_out(town: Town, as_person: As, name: str) -> None:
    case, browser = filed(town), as_person(name)
    paths = ("/", "/account", "/queue", "/obstacles", "/inbox", "/obstacles/new", "/admin/people", "/nowhere")
    shown = 0
    for path in (*paths, f"/obstacles/{case.reference}"):
        answer = browser.get(path)
        if answer.status_code == 200:
            shown += 1
            forms = [form.get("action") for form in find_all(parse(answer.text), "form")]
            assert forms.count("/sign-out") == 1, path
    assert shown >= 2


@SQLITE
def test_a_new_installation_has_no_account(app: Flask, reference_data: None) -> None:
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 0


@SQLITE
def test_a_session_outlives_another_key_and_no_cookie_of_a_key_that_is_gone(town: Town, config: Config) -> None:
    browser = sign_in(Visitor(town.app), town.president)
    cookie = browser.get_cookie("__Host-session", domain="localhost")
    assert cookie is not None
    told = {"Cookie": f"{cookie.key}={cookie.value}"}
    for fallbacks, status in (((config.security.secret_key,), 200), ((), 302)):
        changed = replace(config.security, secret_key="another-key-0f9e8d7c6b5a43210", secret_key_fallbacks=fallbacks)
        app = create_app(replace(config, security=changed))
        answer = app.test_client(use_cookies=False).get("/account", headers=told, base_url=ORIGIN)
        assert answer.status_code == status
        close_connections(app)


@SQLITE
def test_no_word_of_the_environment_opens_the_inside_to_readers(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = create_app(config)
    assert not app.debug
    assert not app.config["DEBUG"]
    close_connections(app)
