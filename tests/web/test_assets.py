"""The bundles of the pages: small, kept for good, logical in both directions, never against the policy header."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from escalation.web.assets import BUNDLES, STATIC, bundle, init_assets, join_styles

MAX_GZIPPED_BYTES = {
    "app.css": 5 * 1024,
    "work.css": 1792,
    "case.css": 1792,
    "factors.css": 1024,
    "app.js": 3 * 1024,
    "form.js": 4 * 1024,
    "passkey.js": 4 * 1024,
    "files.js": 2 * 1024,
}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}
PHYSICAL = re.compile(r"\b(?:left|right|float)\b|letter-spacing|text-transform|text-align: justify")
REFUSED_IN_SCRIPTS = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ".style")


@pytest.fixture
def app() -> Flask:
    small = Flask(__name__, static_folder=None)
    init_assets(small)
    return small


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        asset = app.jinja_env.globals["asset"]
        assert callable(asset)
        return str(asset(name))


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_small(app: Flask, name: str) -> None:
    size = len(app.extensions["assets"][name].packed["gzip"])
    assert size <= MAX_GZIPPED_BYTES[name], f"{name} is {size} bytes compressed: the first load has to stay under 16 KB"


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("encoding", UNPACK)
def test_a_bundle_is_kept_for_good(app: Flask, client: FlaskClient, name: str, encoding: str) -> None:
    plain = client.get(address(app, name), headers={"Accept-Encoding": "identity"})
    packed = client.get(address(app, name), headers={"Accept-Encoding": encoding})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == encoding
    assert UNPACK[encoding](packed.data) == plain.data
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for response in (plain, packed):
        assert response.status_code == 200
        assert response.headers["Vary"] == "Accept-Encoding"
        assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0", None),
        ("deflate", None),
        ("*", "br"),
    ],
)
def test_a_browser_gets_the_smallest_packing_it_takes(
    app: Flask, client: FlaskClient, accepted: str, encoding: str | None
) -> None:
    answer = client.get(address(app, "app.css"), headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding


@pytest.mark.parametrize("name", BUNDLES)
def test_a_known_tag_is_not_sent_again(app: Flask, client: FlaskClient, name: str) -> None:
    first = client.get(address(app, name))
    assert client.get(address(app, name), headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", BUNDLES)
def test_the_address_of_other_content_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/0000000000000000/{name}").status_code == 404


def test_the_address_follows_the_content() -> None:
    assert bundle("a{}", "text/css").digest != bundle("b{}", "text/css").digest


def test_every_file_is_in_its_bundle() -> None:
    for kind in ("css", "js"):
        named = {file for name, files in BUNDLES.items() if name.endswith(f".{kind}") for file in files}
        assert {file.stem for file in (STATIC / kind).iterdir()} == named


def test_paper_and_forced_colours_have_the_last_word() -> None:
    last = {name: BUNDLES[name][-1] for name in ("app.css", "work.css", "case.css")}
    assert last == {"app.css": "print", "work.css": "work_print", "case.css": "case_print"}


def test_joining_keeps_what_spaces_mean() -> None:
    joined = "".join(join_styles(files) for name, files in BUNDLES.items() if name.endswith(".css"))
    assert "/*" not in joined
    assert joined.count("{") == joined.count("}")
    assert "calc(var(--s1) * -1)" in joined
    assert ":lang(ar) > body h1{" in joined
    assert ") and (min-height:480px)" in joined


@pytest.mark.parametrize("sheet", sorted((STATIC / "css").glob("*.css")), ids=lambda sheet: sheet.name)
def test_sheets_serve_both_directions(sheet: Path) -> None:
    found = PHYSICAL.findall(sheet.read_text(encoding="utf-8"))
    assert not found, f"{sheet.name} says {found}: use the logical property (margin-inline-start, text-align: start)"


@pytest.mark.parametrize("script", sorted((STATIC / "js").glob("*.js")), ids=lambda script: script.name)
def test_scripts_do_nothing_the_policy_header_refuses(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    found = [word for word in REFUSED_IN_SCRIPTS if word in text]
    assert not found, f"{script.name} uses {found}: build nodes, set textContent or a class"
