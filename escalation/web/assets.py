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
SCRIPTS = ("submit_once", "error_summary", "remember_details", "counter", "proposals", "arrived", "undo", "share")
BUNDLES = {
    "app.css": ("tokens", "base", "layout", "parts", "forms", "toast", "print"),
    "work.css": ("work_parts", "queue", "inbox", "work_print"),
    "case.css": ("work_parts", "case", "case_print"),
    "factors.css": ("factors",),
    "app.js": SCRIPTS,
    "form.js": (*SCRIPTS, "autosave", "files"),
    "passkey.js": (*SCRIPTS, "passkey"),
    "files.js": ("sending",),
}
"""What each bundle joins, in its order.

Every page has `app.css` and at most one sheet more: `work.css` where there are lists, `case.css` where a case is shown,
`factors.css` where people prove who they are; signing in and filing, the heaviest page, do without. It has one script:
`form.js` where a form saves itself, `passkey.js` where a device makes or shows a passkey, else `app.js`; `files.js` is
a module that is fetched when somebody chooses a file.
"""
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


def join(name: str, files: tuple[str, ...]) -> Bundle:
    """Return the bundle of this name, which joins these files."""
    if name.endswith(".css"):
        return bundle(join_styles(files), "text/css")
    return bundle(join_scripts(files), "text/javascript")


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
    app.extensions["assets"] = {name: join(name, files) for name, files in BUNDLES.items()}
    app.register_blueprint(assets)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Return the address of a bundle: it changes when the content does."""
    return url_for("assets.show", digest=current_app.extensions["assets"][name].digest, name=name)


@assets.get("/<string:digest>/<string:name>")
@public
def show(digest: str, name: str) -> Response:
    """Answer with a bundle, to be kept for good; an address of other content, or of no bundle, is 404."""
    found: Bundle | None = current_app.extensions["assets"].get(name)
    if found is None or digest != found.digest:
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
