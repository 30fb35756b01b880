"""The demonstration's mailbox page: one article a mail, page by page, for this machine only."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Config
from escalation.mail.mailbox import Mailbox
from escalation.mail.mime import compose
from tests.mail.letters import LETTERHEAD, letter_to
from tests.settings import settings_for

HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mailbox of 120 mails to two people, which the tests only read."""
    home = tmp_path_factory.mktemp("mailbox")
    mailbox = Mailbox(home)
    for number in range(120):
        language = ("ar", "fr", "en")[number % 3]
        letter = letter_to("obstacle_filed", "desk", language, reference=f"OBS-2026-{number:05}", project="<b>X</b>")
        letter = dataclasses.replace(letter, message_id=f"<ntf.{number}@demo.test>")
        mailbox.keep("member@demo.test" if number % 2 else "coordinator@demo.test", compose(letter, LETTERHEAD))
    mailbox.close()
    return home


@pytest.fixture(scope="module")
def demo(create_app: Callable[..., Flask], var_dir: Path) -> Flask:
    """The demonstration's application over that mailbox."""
    return create_app(Config.for_demo(var_dir, 8000))


@pytest.fixture
def browser(demo: Flask) -> FlaskClient:
    """A visitor of the demonstration."""
    return demo.test_client()


def articles(page: str) -> list[dict[str, str]]:
    """Return what each article says of its mail."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [dict(article.attrib) for article in tree.iter("article")]


def test_each_mail_is_an_article_newest_first(browser: FlaskClient) -> None:
    page = browser.get("/mailbox?lang=fr", base_url=HERE)
    assert page.status_code == 200
    shown = articles(page.text)
    assert len(shown) == 50
    assert shown[0]["data-reference"] == "OBS-2026-00119"
    assert shown[0]["data-to"] == "member@demo.test"
    assert shown[0]["data-event"] == "obstacle_filed"
    assert shown[0]["data-message"]
    assert "<b>X</b>" not in page.text


def test_the_pages_hold_every_mail_once(browser: FlaskClient) -> None:
    seen, url = [], "/mailbox"
    while url:
        page = browser.get(url, base_url=HERE).text
        seen += [article["data-reference"] for article in articles(page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = following.group(1).replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 120


def test_the_list_is_narrowed_on_every_page(browser: FlaskClient) -> None:
    page = browser.get("/mailbox?to=member@demo.test", base_url=HERE).text
    assert {article["data-to"] for article in articles(page)} == {"member@demo.test"}
    assert "to=member" in page.split('rel="next"')[1][:120]
    assert len(articles(browser.get("/mailbox?reference=OBS-2026-00007", base_url=HERE).text)) == 1


@pytest.mark.parametrize("after", ["", "x", "1-", "-1", "9" * 40 + "-1", "1-2-3", "٣-٤", "%00"])
def test_a_place_that_is_none_is_no_error(browser: FlaskClient, after: str) -> None:
    assert browser.get(f"/mailbox?after={after}", base_url=HERE).status_code == 200


def test_an_empty_mailbox_teaches(create_app: Callable[..., Flask], tmp_path: Path) -> None:
    empty = create_app(Config.for_demo(tmp_path, 8000)).test_client()
    assert 'class="empty"' in empty.get("/mailbox", base_url=HERE).text


def test_the_html_of_a_mail_may_run_and_load_nothing(browser: FlaskClient) -> None:
    answer = browser.get("/mailbox/1/html", base_url=HERE)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy
    assert "&lt;b&gt;X&lt;/b&gt;" in answer.text


@pytest.mark.parametrize("mail_id", ["0", "4711", "999999999999999999999999"])
def test_a_mail_that_is_none_is_not_found(browser: FlaskClient, mail_id: str) -> None:
    assert browser.get(f"/mailbox/{mail_id}/html", base_url=HERE).status_code == 404


@pytest.mark.parametrize("caller", ["192.0.2.7", "10.0.0.1", "2001:db8::1", ""])
@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/1/html"])
def test_nobody_elsewhere_sees_it(browser: FlaskClient, path: str, caller: str) -> None:
    answer = browser.get(path, base_url=HERE, environ_overrides={"REMOTE_ADDR": caller})
    assert answer.status_code == 404
    assert "demo.test" not in answer.text


def test_outside_the_demo_it_does_not_exist(create_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'x.db'}", tmp_path))
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/mailbox")]
    assert app.test_client().get("/mailbox", base_url="https://localhost").status_code == 404
