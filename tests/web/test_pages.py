"""Every page that can be reached from the first one, by each office in each language, held to what all pages owe."""

import logging
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import Town, save_draft
from tests.visitor import ORIGIN, Visitor
from tests.web.audit import faults_of, find_all, header_faults, latin_words, parse
from tests.web.cases import asked, at_region, closed, filed, in_review, resolved
from tests.web.conftest import As

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

MOST_PAGES = 400
CHOOSES_PEOPLE = ("/assign", "/absences", "/delegates")
WALKERS = ("president", "scribe", "reviewer", "coordinator", "chair", "secretary", "staff", "admin", "nobody")

# Words in Latin script that stand in Arabic pages on purpose: the languages, each named in itself, and kinds of files.
LATIN_IN_ARABIC = frozenset({"English", "Français", "CSV", "csv", "xlsx", "jpg", "png", "webp", "pdf", "docx", "odt"})


@pytest.fixture
def lived_in(town: Town) -> Town:
    """The town with cases at several points of their path and two drafts."""
    for made in (filed, in_review, asked, resolved, closed, at_region):
        made(town)
    save_draft(town.app, town.president)
    save_draft(town.app, town.scribe, project_name="مسودة")
    return town


def walk(visitor: Visitor, language: str) -> Iterator[tuple[str, TestResponse]]:
    """Yield every page that links lead to from the first one, in one language."""
    waiting, seen = ["/"], {"/"}
    visitor.get(f"/account?lang={language}")
    while waiting:
        path = waiting.pop(0)
        answer = visitor.get(path)
        if answer.status_code == 200 and answer.mimetype != "text/html":
            continue  # a file to keep, not a page to read
        yield path, answer
        assert len(seen) < MOST_PAGES, "more pages than a walk should meet"
        for link in find_all(parse(answer.text), "a"):
            target = urldefrag(str(link.get("href"))).url
            if target.startswith("/") and "lang=" not in urlsplit(target).query and target not in seen:
                seen.add(target)
                waiting.append(target)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("name", WALKERS)
def test_every_page_is_sound(lived_in: Town, as_person: As, name: str, language: str) -> None:
    faults = []
    pages = 0
    for path, answer in walk(as_person(name), language):
        pages += 1
        if answer.status_code != 200:
            faults.append(f"{path}: {answer.status_code}, though a page leads there")
        faults += [f"{path}: {fault}" for fault in faults_of(answer, language)]
    assert not faults, "\n".join(faults)
    assert pages >= (2 if name in ("admin", "nobody") else 3)


@pytest.mark.parametrize("name", WALKERS)
def test_arabic_pages_are_in_arabic(lived_in: Town, as_person: As, name: str) -> None:
    faults: dict[str, set[str]] = {}
    for path, answer in walk(as_person(name), "ar"):
        # A choice of a list can hold no <bdi>: where colleagues are chosen, the names of the town stand in it.
        chosen = frozenset({*WALKERS, "member", "delegate"}) if path.endswith(CHOOSES_PEOPLE) else frozenset()
        for word in latin_words(parse(answer.text), LATIN_IN_ARABIC | chosen):
            faults.setdefault(word, set()).add(path)
    assert not faults, "translate, or isolate in <bdi>: " + ", ".join(
        f"{word} ({min(faults[word])})" for word in sorted(faults)
    )


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/obstacles/OBS-2026-99999"])
def test_pages_of_a_stranger_are_in_arabic(town: Town, client: Visitor, path: str) -> None:
    answer = client.get(path, follow_redirects=True)
    assert faults_of(answer, "ar") == []
    assert latin_words(parse(answer.text), LATIN_IN_ARABIC) == set()


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_refusals_are_pages_too(town: Town, as_person: As, language: str) -> None:
    president = as_person("president")
    president.get(f"/account?lang={language}")
    answers = {
        404: president.get("/nowhere"),
        405: president.get("/sign-out"),
        403: president.get("/queue"),
        400: president.post("/obstacles/new", data={"do": "save"}),
        413: president.submit("/obstacles/new", {"description": "x" * 1_100_000}),
        422: president.submit("/obstacles/new", {"do": "file"}),
        409: president.submit(_discarded(town, president)),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert faults_of(answer, language) == [], status


def _discarded(town: Town, president: Visitor) -> str:
    case = filed(town)
    return f"/obstacles/drafts/{case.id}/discard"


def test_a_fault_of_ours_is_a_page_that_tells_nothing_of_itself(
    town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError("a secret of the inside")

    vars(broken)["access"] = "public"
    monkeypatch.setitem(town.app.view_functions, "home.index", broken)
    with caplog.at_level(logging.ERROR):
        answer = as_person("president").get("/")
    assert answer.status_code == 500
    assert faults_of(answer, "en") == []
    assert "secret of the inside" not in answer.text
    assert "secret of the inside" in caplog.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/obstacles/new", "/healthz/live", "/nowhere"])
def test_every_method_answers_with_the_headers(town: Town, as_person: As, method: str, path: str) -> None:
    answer = as_person("president").open(path, method=method)
    assert answer.status_code < 500
    assert header_faults(answer) == []
    if method in ("PUT", "PATCH", "DELETE", "TRACE"):
        assert answer.status_code in (404, 405)


def test_files_and_answers_for_programs_have_the_headers_too(app: Flask, client: Visitor) -> None:
    for name, bundle in app.extensions["assets"].items():
        answer = client.get(f"/assets/{bundle.digest}/{name}")
        assert header_faults(answer, private=False) == []
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers
        assert header_faults(client.get(f"/assets/0000/{name}")) == []
    for path in ("/healthz/live", "/healthz/ready"):
        assert header_faults(client.get(path)) == []


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "localhost:80@evil.test"])
def test_another_host_is_refused(app: Flask, client: Visitor, host: str) -> None:
    answer = client.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "Forwarded"])
def test_forwarded_headers_change_no_address(town: Town, as_person: As, name: str) -> None:
    plain = as_person("president").get("/obstacles/new")
    forged = as_person("president").get("/obstacles/new", headers={name: "evil.test"})
    assert "evil.test" not in forged.text + str(forged.headers)
    assert len(forged.text) == len(plain.text)


def test_cookies_are_for_us_alone(town: Town, client: Visitor) -> None:
    cookie = client.get("/sign-in?lang=fr").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test/x",
        "/%2f%2fevil.test",
        "/\\evil.test",
        "/a%0d%0aSet-Cookie:x=1",
        '/x"><script>y</script>',
        "/%00",
        "/%ff",
        "/.git/config",
        "/.env",
        "/assets/",
        "/static/js/undo.js",
        "/assets/../../config.py",
    ],
)
def test_a_hostile_address_is_only_not_found(town: Town, as_person: As, path: str) -> None:
    answer = as_person("president").get(path, base_url=ORIGIN)
    assert answer.status_code in (308, 404)
    if answer.status_code == 404:
        assert faults_of(answer, "en") == []
    else:
        assert urlsplit(str(answer.location)).netloc in ("", "localhost")


@pytest.mark.parametrize("language", ["xx", "ar' onload='x", "", "AR", "en&lang=fr", "\x00"])
def test_a_language_that_is_none_changes_nothing(town: Town, as_person: As, language: str) -> None:
    answer = as_person("president").get("/account", query_string={"lang": language, "x": '"><b>', "y": language})
    assert answer.status_code == 200
    assert faults_of(answer, "en") == []
