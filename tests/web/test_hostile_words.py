"""Hostile words in every field, in every address and in every header: no page fails, and none takes them for more."""

from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask import render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse

from escalation.web.access import public
from tests.web.access_matrix import ADDRESSES, address_rows, read_golden
from tests.web.everybody import PEOPLE
from tests.web.hostile import SCRIPT, WORDS, in_turn
from tests.web.test_every_form import KEY, Form, asked_by, forms
from tests.web.world import World

HEADERS = [
    "Accept-Encoding",
    "Accept-Language",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Referer",
    "Sec-Fetch-Site",
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Requested-With",
]
ASKED = ["after", "before", "lang", "next", "page", "q", "sort", "status", "type", "province", "urgency", "view"]
"""What our addresses ask behind their question mark, and what others would try."""
GOLDEN = read_golden(ADDRESSES)
EVERY_FORM, EVERY_ADDRESS = 3, 7
"""The first word of a try is so many words after that of the try before: each place meets some, each word many."""


def faults_in(answer: TestResponse, name: str, word: str) -> list[str]:
    """Return what is wrong with an answer to a hostile word, in words."""
    found, text = [], answer.get_data().decode(errors="replace")
    if answer.status_code >= 500:
        found.append(f"{name} fails on {word[:40]!r}")
    if SCRIPT in text:
        found.append(f"{name} gives {word[:40]!r} back unescaped")
    if "51912025" not in word and str(7205 * 7205) in text:
        found.append(f"{name} calculates what is in {word[:40]!r}")
    if "evil" in str(answer.headers.get("Set-Cookie", "")) or "evil.test" in str(answer.location or ""):
        found.append(f"{name} takes {word[:40]!r} into its headers")
    return found


def words_for(form: Form, names: list[str], first: int) -> dict[str, Any]:
    """Return the form's fields with a hostile word in each that is not the key of the form."""
    return dict(form.fields) | {name: word for name, word in in_turn(names, first) if name != KEY}


def test_no_field_of_any_form_takes_words_for_more_than_words(world: World) -> None:
    faults = []
    for number, form in enumerate(forms(world)):
        names = sorted(asked_by(world, form) | set(form.fields) - {"csrf_token"})
        for first in range(number % EVERY_FORM, len(WORDS), EVERY_FORM):
            answer = form.browser(world).ask("POST", form.row.path, encodable(words_for(form, names, first)))
            faults += faults_in(answer, form.row.name, WORDS[first])
            world.put_back()
    assert not faults, faults


def test_a_file_in_place_of_words_fails_no_form(world: World) -> None:
    faults = []
    for form in forms(world):
        names = asked_by(world, form) | set(form.fields) - {"csrf_token"}
        answer = form.browser(world).ask("POST", form.row.path, {name: (BytesIO(b"words"), "a.txt") for name in names})
        faults += faults_in(answer, form.row.name, "a file")
        world.put_back()
    assert not faults, faults


@pytest.mark.parametrize("body", [[1], {"comment": 5, "email": [{}]}, "words", None])
def test_a_body_of_another_kind_fails_no_form(world: World, body: Any) -> None:
    faults = []
    for form in forms(world):
        answer = form.browser(world).send_json(form.row.path, body)
        assert answer.status_code != 400 or body == "words" or body is None, form.row.name
        faults += faults_in(answer, form.row.name, str(body))
        world.put_back()
    assert not faults, faults


def test_no_address_takes_words_behind_its_question_mark_for_more(world: World) -> None:
    faults = []
    for number, row in enumerate(row for row in address_rows(world) if row.method == "GET"):
        sender = world.browsers[reader_of(row.name)]
        for first in range(number % EVERY_ADDRESS, len(WORDS), EVERY_ADDRESS):
            asked = "&".join(f"{name}={in_address(word)}" for name, word in in_turn(ASKED, first))
            answer = sender.ask("GET", f"{row.path}?{asked}")
            faults += faults_in(answer, row.name, WORDS[first])
            world.put_back()
    assert not faults, faults


@pytest.mark.parametrize("path", ["/", "/queue", "/nowhere"])
def test_no_header_is_taken_for_more(world: World, path: str) -> None:
    faults = []
    for first, word in enumerate(WORDS):
        headers = {name: in_header(other) for name, other in in_turn(HEADERS, first)}
        faults += faults_in(world.browsers["president"].ask("GET", path, headers=headers), path, word)
    assert not faults, faults


def test_what_takes_words_for_more_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    @public
    def careless() -> ResponseReturnValue:
        asked = request.args.get("q", "")
        body = render_template_string(asked) if "{{" in asked else f"<p>{asked}</p>"
        return body, {"Set-Cookie": request.args["next"]}

    monkeypatch.setitem(world.app.view_functions, "account.show", careless)
    for word, wanted in ((SCRIPT, "unescaped"), ("{{ 7205 * 7205 }}", "calculates"), ("{{ x.y.z }}", "fails")):
        answer = world.browsers["president"].ask("GET", f"/account?next=evil&q={in_address(word)}")
        assert wanted in str(faults_in(answer, "planted", word))


def in_header(word: str) -> str:
    """Return a word as a header carries it: on one line, its bytes as they are."""
    line = "".join(character for character in word if character not in "\r\n\x00")[:4000]
    return line.encode("utf-8", "surrogatepass").decode("latin-1")


def in_address(word: str) -> str:
    """Return a word as an address carries it, cut to what a browser's line holds."""
    return quote(word[:500].encode("utf-8", "surrogatepass"))


def reader_of(name: str) -> str:
    """Return who gets the page of this row; the president where nobody does."""
    cells = GOLDEN.get(name, [])
    return list(PEOPLE)[cells.index("200")] if "200" in cells else "president"


def encodable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields whose half characters are sent as the three bytes that some programs write for them."""
    return {
        name: value.encode("utf-8", "surrogatepass") if isinstance(value, str) and not is_text(value) else value
        for name, value in fields.items()
    }


def is_text(value: str) -> bool:
    """Say whether a string can be written as UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
