"""The stylesheets and the script of the pages.

They are joined and compressed once at start and served from memory, under an address that names their content.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

from escalation.web.access import public

STATIC = Path(__file__).resolve().parent.parent / "static"
STYLESHEETS = ("tokens", "base", "layout", "parts", "forms", "toast", "print")
WORK_STYLESHEETS = ("queue", "inbox", "case", "work_print")
"""What lists and cases need; signing in and filing, the heaviest page, do without."""
FACTOR_STYLESHEETS = ("factors",)
"""What the pages need on which people prove who they are; they do without that of lists and cases."""
SCRIPTS = ("submit_once", "error_summary", "remember_details", "counter", "proposals", "arrived", "undo", "share")
FORM_SCRIPTS = (*SCRIPTS, "autosave", "files")
"""What a page with a form that saves itself gets instead, so that it asks for one file all the same."""
FILE_SCRIPTS = ("sending",)
"""What sends files; a module that is fetched when somebody chooses one."""
PASSKEY_SCRIPTS = (*SCRIPTS, "passkey")
"""What a page gets on which a device makes or shows a passkey."""
ENDPOINTS = {
    "app.css": "assets.stylesheet",
    "work.css": "assets.work_stylesheet",
    "factors.css": "assets.factor_stylesheet",
    "app.js": "assets.script",
    "form.js": "assets.form_script",
    "files.js": "assets.file_script",
    "passkey.js": "assets.passkey_script",
}
ENCODINGS = ("br", "gzip")
"""How a bundle is packed, the smallest first: a browser that takes both as gladly gets the first."""
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
"""A bundle opened by itself loads nothing; what it may do in a page is said by the page's own header."""

assets = Blueprint("assets", __name__, url_prefix="/assets")


@dataclass(frozen=True)
class Bundle:
    """One file as it leaves: its bytes, the same bytes packed each way, and the digest that is part of its address."""

    body: bytes
    packed: dict[str, bytes]
    digest: str
    media_type: str


def join_styles(names: tuple[str, ...]) -> str:
    """Return these stylesheets in their order, without comments and needless spaces."""
    text = "".join((STATIC / "css" / f"{name}.css").read_text(encoding="utf-8") for name in names)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    return re.sub(r"([a-z-]): ", r"\1:", text).replace(";}", "}").strip()


def join_scripts(names: tuple[str, ...]) -> str:
    """Return these scripts in their order, without whole-line comments and indents."""
    lines = (
        line.strip()
        for name in names
        for line in (STATIC / "js" / f"{name}.js").read_text(encoding="utf-8").splitlines()
    )
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@cache
def bundle(text: str, media_type: str) -> Bundle:
    """Return the text ready to be served; it is packed once a process, however many applications that makes."""
    body = text.encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    packed = {
        "br": brotli.compress(body, mode=brotli.MODE_TEXT, quality=11),
        "gzip": gzip.compress(body, 9, mtime=0),
    }
    return Bundle(body, packed, digest, media_type)


def init_assets(app: Flask) -> None:
    """Join the files, serve them, and give templates `asset(name)`, the address of a bundle."""
    app.extensions["assets"] = {
        "app.css": bundle(join_styles(STYLESHEETS), "text/css"),
        "work.css": bundle(join_styles(WORK_STYLESHEETS), "text/css"),
        "factors.css": bundle(join_styles(FACTOR_STYLESHEETS), "text/css"),
        "app.js": bundle(join_scripts(SCRIPTS), "text/javascript"),
        "form.js": bundle(join_scripts(FORM_SCRIPTS), "text/javascript"),
        "files.js": bundle(join_scripts(FILE_SCRIPTS), "text/javascript"),
        "passkey.js": bundle(join_scripts(PASSKEY_SCRIPTS), "text/javascript"),
    }
    app.register_blueprint(assets)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Return the address of a bundle: it changes when the content does."""
    return url_for(ENDPOINTS[name], digest=current_app.extensions["assets"][name].digest)


@assets.get("/<string:digest>/app.css")
@public
def stylesheet(digest: str) -> Response:
    return respond("app.css", digest)


@assets.get("/<string:digest>/work.css")
@public
def work_stylesheet(digest: str) -> Response:
    return respond("work.css", digest)


@assets.get("/<string:digest>/factors.css")
@public
def factor_stylesheet(digest: str) -> Response:
    return respond("factors.css", digest)


@assets.get("/<string:digest>/app.js")
@public
def script(digest: str) -> Response:
    return respond("app.js", digest)


@assets.get("/<string:digest>/form.js")
@public
def form_script(digest: str) -> Response:
    return respond("form.js", digest)


@assets.get("/<string:digest>/files.js")
@public
def file_script(digest: str) -> Response:
    return respond("files.js", digest)


@assets.get("/<string:digest>/passkey.js")
@public
def passkey_script(digest: str) -> Response:
    return respond("passkey.js", digest)


def respond(name: str, digest: str) -> Response:
    """Answer with a bundle, to be kept for good; an address of other content is 404."""
    found: Bundle = current_app.extensions["assets"][name]
    if digest != found.digest:
        abort(404)
    encoding = request.accept_encodings.best_match(ENCODINGS)
    body = found.packed[encoding] if encoding else found.body
    response = Response(body, content_type=f"{found.media_type}; charset=utf-8")
    if encoding:
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    response.cache_control.public = True
    response.cache_control.max_age = 31_536_000
    response.cache_control.immutable = True
    response.headers["Content-Security-Policy"] = POLICY
    response.set_etag(f"{digest}-{encoding}" if encoding else digest)
    response.make_conditional(request)
    return response
