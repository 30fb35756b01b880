"""The demonstration, its people and its cases, as the tests that look reach them.

Pages opened here are watched: an error on the console, a refused policy, a request that failed or left for another
host is written down as a fault, and the fixture that lends the stage fails the test for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse, Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from escalation.demo.accounts import PASSWORD
from tests.waiting import wait_until

PHONE, SMALL_PHONE, DESK = (
    {"width": 360, "height": 740},
    {"width": 320, "height": 640},
    {"width": 1280, "height": 800},
)
LANGUAGES = ("ar", "fr", "en")
ANSWER_TIMEOUT_MS = 20_000
# A refused form or a page that is not there is said on the console too; the answer's own status is looked at instead.
ANSWERED = "Failed to load resource: the server responded with a status of 4"
MAIL = re.compile(r'data-message="(\d+)"')
HIDDEN = re.compile(r'name="(csrf_token|version|idempotency_key)"[^>]*?value="([^"]*)"')
CASE = re.compile(r'href="(/obstacles/OBS-[0-9]{4}-[0-9]{5})"')

ANSWERS = {
    "project_name": "تزويد دوار أولاد بوعزة بالماء الصالح للشرب",
    "project_owner": "COMMUNE",
    "obstacle_type": "electricity_connection",
    "blocked_since": "2026-03-02",
    "description": "انتهت أشغال الحفر في فبراير 2026، ولم يُربط الخزان بالكهرباء بعد.",
    "request": "تحديد موعد لربط المحطة بالشبكة.",
}


class Stage:
    """One running demonstration, seen through one browser."""

    def __init__(self, browser: Browser, base_url: str, var_dir: Path = Path("var")) -> None:
        self.base_url, self.var_dir = base_url, var_dir
        self.faults: list[str] = []
        self._browser = browser
        self._host = urlsplit(base_url).netloc
        self._cookies: dict[str, Any] = {}
        self._doors: dict[str | None, BrowserContext] = {}
        self._opened: list[BrowserContext] = []

    def page(self, who: str | None = None, **settings: Any) -> Page:
        """Open a page as one of the demo's people (`president`), or as nobody; it is closed when the test ends."""
        context = self._context(who, **settings)
        self._opened.append(context)
        return context.new_page()

    def url(self, path: str, language: str = "") -> str:
        """Return the address of a page, in a language."""
        path, mark, anchor = path.partition("#")
        asked = f"{'&' if '?' in path else '?'}lang={language}" if language else ""
        return f"{self.base_url}{path}{asked}{mark}{anchor}"

    def read(self, who: str | None, path: str) -> str:
        """Return the source of a page, as this person gets it."""
        answer = self._door(who).request.get(self.base_url + path)
        assert answer.ok, f"{path} answered {answer.status} to {who}"
        return answer.text()

    def send(self, who: str | None, path: str, *, form_at: str = "", **answers: str) -> APIResponse:
        """Fill in and send the form of a page, without drawing it; return where that led."""
        hidden = dict(HIDDEN.findall(self.read(who, form_at or path)))
        return self._door(who).request.post(self.base_url + path, form=hidden | answers)

    def attach(self, who: str, path: str, name: str, raw: bytes) -> None:
        """Choose a file in the form of a page, as the page's own script does."""
        hidden = dict(HIDDEN.findall(self.read(who, path)))
        file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": raw}
        body = {"csrf_token": hidden["csrf_token"], "do": "attach", "files": file}
        told = self._door(who).request.post(self.base_url + path, multipart=body).json()
        assert not told["refused"], told

    def file_case(self, who: str = "president", **answers: str) -> str:
        """File an obstacle, and return the path of its page."""
        filed = self.send(who, "/obstacles/new", **ANSWERS | answers, do="file")
        assert filed.url.endswith("/receipt"), f"the filing ended at {filed.url} with {filed.status}"
        return urlsplit(filed.url).path.removesuffix("/receipt")

    def save_draft(self, who: str = "president", **answers: str) -> str:
        """Keep a draft whose route can be shown, and return the path of its page."""
        return urlsplit(self.send(who, "/obstacles/new", **ANSWERS | answers, do="continue").url).path

    def act(self, who: str, case: str, action: str, **answers: str) -> None:
        """Make a move on a case."""
        done = self.send(who, f"{case}/{action}", **answers)
        assert done.url == self.base_url + case, f"{action} by {who} ended at {done.url} with {done.status}"

    def find_case(self, who: str, status: str) -> str:
        """Return the path of a case of the demonstration with this status."""
        found = CASE.search(self.read(who, f"/obstacles?status={status}"))
        assert found, f"the demonstration shows {who} no case that is {status}"
        return found.group(1)

    def link_to(self, address: str, path: str) -> str:
        """Return the path of the newest link below this one that was sent to an address, once its letter is there."""
        link = re.compile(rf'href="{re.escape(self.base_url)}({re.escape(path)}[\w-]+)"')
        found: list[str] = []

        def came() -> bool:
            mails = MAIL.findall(self.read(None, f"/mailbox?to={address}"))
            found[:] = [part for mail in mails[:1] for part in link.findall(self.read(None, f"/mailbox/{mail}/html"))]
            return bool(found)

        wait_until(came)
        return found[0]

    def end_test(self) -> None:
        """Close what the test opened."""
        while self._opened:
            self._opened.pop().close()

    def close(self) -> None:
        """Close everything."""
        self.end_test()
        for context in self._doors.values():
            context.close()

    def _door(self, who: str | None) -> BrowserContext:
        if who not in self._doors:
            self._doors[who] = self._context(who)
        return self._doors[who]

    def _context(self, who: str | None, **settings: Any) -> BrowserContext:
        settings = {"viewport": DESK, "reduced_motion": "reduce"} | settings
        if who is not None:
            settings["storage_state"] = self._signed_in(who)
        context = self._browser.new_context(**settings)
        context.set_default_timeout(ANSWER_TIMEOUT_MS)
        context.on("page", self._watch)
        return context

    def _signed_in(self, who: str) -> Any:
        """Sign in once a person, and keep the cookies for every page of theirs."""
        if who not in self._cookies:
            context = self._browser.new_context()
            page = context.new_page()
            page.goto(self.base_url + "/sign-in")
            sign_in(page, who)
            self._cookies[who] = context.storage_state()
            context.close()
        return self._cookies[who]

    def _watch(self, page: Page) -> None:
        page.on("console", self._say(_console_fault))
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("request", self._say(self._stranger))
        page.on("requestfailed", self._say(_failed))
        page.on("response", self._say(_refused))

    def _say(self, fault_of: Callable[[Any], str | None]) -> Callable[[Any], None]:
        def listen(happened: Any) -> None:
            fault = fault_of(happened)
            if fault:
                self.faults.append(fault)

        return listen

    def _stranger(self, request: Request) -> str | None:
        address = urlsplit(request.url)
        is_ours = address.scheme in ("data", "about") or address.netloc == self._host
        return None if is_ours else f"a page asked another host: {request.url}"


def sign_in(page: Page, who: str) -> None:
    """Fill in and send the sign-in page."""
    page.fill("[name=email]", f"{who}@demo.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state()
    assert not page.url.endswith("/sign-in"), f"{who} could not sign in"


def _console_fault(message: ConsoleMessage) -> str | None:
    is_fault = message.type == "error" and not message.text.startswith(ANSWERED)
    return f"console: {message.text}" if is_fault else None


def _failed(request: Request) -> str | None:
    """What the next step leaves before it has come in, a page or its style, is no fault of its own.

    Nor is a keeping that the sending itself overtakes.
    """
    is_keeping = request.headers.get("x-requested-with") == "keep"
    is_of_page = request.resource_type in ("stylesheet", "script")
    was_left = request.is_navigation_request() or is_keeping or is_of_page
    return None if was_left and request.failure == "net::ERR_ABORTED" else f"{request.url}: {request.failure}"


def _refused(response: Response) -> str | None:
    is_page = response.request.resource_type == "document"
    is_fault = response.status >= 500 or (response.status >= 400 and not is_page)
    return f"{response.url} answered {response.status}" if is_fault else None
