"""The clients of the fault tests: people who file, move and answer cases by the pages, and write down what they did.

Each form is noted on the disk before it is sent, and its answer, or that none came, before anything else is done. What
had no answer is sent again under the same key, as a browser's user would.
"""

from __future__ import annotations

import html
import http.client
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy.exc import OperationalError

from tests.factories import Inhabitant, Town, sign_in
from tests.visitor import Visitor

HOST = "127.0.0.1"
HIDDEN = re.compile(r'name="(csrf_token|version|idempotency_key)"[^>]*? value="([^"]*)"')
ANSWER_TIMEOUT_S = 30
TRY_AGAIN_AFTER_S = 0.25
COME_BACK_LATER = (429, 502, 503)
FILING = {
    "project_name": "تزويد دوار بالماء الصالح للشرب",
    "project_owner": "COMMUNE",
    "obstacle_type": "convention_unsigned",
    "blocked_since": "2026-03-02",
    "description": "الاتفاقية جاهزة ولم يوقعها أحد الشركاء.",
    "request": "نرجو تذكير الشريك بالتوقيع.",
    "do": "file",
}
WORDS = {
    "claim": {},
    "request_information": {"question": "ما رقم الاتفاقية؟"},
    "answer": {"answer": "رقمها 12/2026", "channel": "web"},
    "resolve": {"outcome": "removed", "resolution": "وُقعت الاتفاقية."},
    "confirm": {"evidence": ""},
}  # fmt: skip
ROAD = (
    ("claim", "reviewer"),
    ("request_information", "reviewer"),
    ("answer", "president"),
    ("resolve", "reviewer"),
    ("confirm", "president"),
)
"""After its filing, a case goes this way to its end."""


class NoAnswer(Exception):
    """The connection broke, or nothing came in time: whether the form was carried out is not known."""


class OutOfTime(AssertionError):
    """The program did not come back within all patience."""


@dataclass(frozen=True)
class Sent:
    """One sending of a form, and what came of it: a status, or 0 where no answer came."""

    key: str
    person: str
    act: str
    case: str
    version: int | None
    status: int = 0
    leads_to: str = ""
    at: float = 0.0
    took_s: float = 0.0
    is_answer: bool = False


@dataclass
class ClientLog:
    """What all clients did, on the disk before the next thing is done."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, sent: Sent) -> None:
        """Keep one line."""
        with self._lock, self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(sent)) + "\n")
            lines.flush()
            os.fsync(lines.fileno())

    def read(self) -> list[Sent]:
        """Return all lines, oldest first."""
        if not self.path.exists():
            return []
        return [Sent(**json.loads(line)) for line in self.path.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    body: str


class Browser:
    """One person's browser, signed in."""

    def __init__(self, port: int, name: str, cookies: dict[str, str], timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.port, self.name, self._cookies, self.timeout_s = port, name, cookies, timeout_s

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """Send one request. Raises: NoAnswer."""
        headers = {"Host": "localhost", "Sec-Fetch-Site": "same-origin"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(HOST, self.port, timeout=self.timeout_s)
        try:
            connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
            response = connection.getresponse()
            body = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, response.headers.get("Location", ""), body)


def browsers_of(town: Town, port: int, names: tuple[str, ...]) -> dict[str, Browser]:
    """Return the browsers of these people, signed in beforehand."""
    found: dict[str, Browser] = {}
    for name in names:
        person: Inhabitant = getattr(town, name)
        visitor = sign_in(Visitor(town.app), person)
        cookie = visitor.get_cookie("__Host-session")
        assert cookie is not None
        found[name] = Browser(port, name, {cookie.key: cookie.value})
    return found


@dataclass
class Clients:
    """Some clients at once, each with a president and a reviewer of the town at hand."""

    town: Town
    port: int
    log: ClientLog
    patience_s: float = 120.0
    refused: int = 0
    """How many requests found nobody to answer, and were made again."""

    def follow_roads(self, cases: int, clients: int = 5, steps: int = len(ROAD)) -> list[str]:
        """File so many cases and take each along its road; return their references."""
        with ThreadPoolExecutor(clients) as pool:
            futures = [pool.submit(self._follow, steps) for _ in range(cases)]
            return [future.result() for future in futures]

    @contextmanager
    def at_work(self, cases: int, clients: int = 5, steps: int = len(ROAD)) -> Iterator[Future[list[str]]]:
        """Let people work beside the test; at its end they have come to theirs. Raises: what went wrong for them."""
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self.follow_roads, cases, clients, steps)
            try:
                yield future
            except BaseException:
                self.patience_s = 0
                raise
            future.result()

    def file(self) -> str:
        """File one case; return its reference."""
        return self._follow(0)

    def act(self, case: str, act: str, name: str) -> Answer:
        """Make one move."""
        return self._act(browsers_of(self.town, self.port, (name,))[name], case, act)

    def form(self, browser: Browser, path: str) -> dict[str, str]:
        """Fetch a form, however long that takes; a redirect or a refusal yields no form."""
        answer = self._insist(lambda: browser.ask("GET", path))
        return _hidden(answer.body) if answer.status == 200 else {}

    def send(self, browser: Browser, act: str, case: str, path: str, fields: dict[str, str]) -> Answer:
        """Send a form until it is answered, noting each try."""

        def once() -> Answer:
            version = int(fields["version"]) if fields.get("version", "").isdigit() else None
            sent = Sent(fields["idempotency_key"], browser.name, act, case, version, at=time.time())
            self.log.write(sent)
            started = time.monotonic()
            facts = asdict(sent) | {"is_answer": True}
            try:
                answer = browser.ask("POST", path, fields)
            except NoAnswer:
                self.log.write(Sent(**facts | {"took_s": time.monotonic() - started}))
                raise
            told = {"status": answer.status, "leads_to": answer.location, "took_s": time.monotonic() - started}
            self.log.write(Sent(**facts | told))
            return answer

        return self._insist(once)

    def _follow(self, steps: int) -> str:
        browsers = self._signed_in()
        filer = browsers["president"]
        answer = self.send(filer, "file", "", "/obstacles/new", self.form(filer, "/obstacles/new") | FILING)
        assert answer.status == 303, f"a filing was answered with {answer.status}"
        case = answer.location.split("/")[2]
        for act, name in ROAD[:steps]:
            self._act(browsers[name], case, act)
        return case

    def _signed_in(self) -> dict[str, Browser]:
        """Sign a president and a reviewer in: the test does so by itself, and the database may be away just then."""
        give_up_at, pause = time.monotonic() + self.patience_s, threading.Event()
        while True:
            try:
                return browsers_of(self.town, self.port, ("president", "reviewer"))
            except OperationalError:
                if time.monotonic() >= give_up_at:
                    raise
            pause.wait(TRY_AGAIN_AFTER_S)

    def _act(self, browser: Browser, case: str, act: str) -> Answer:
        path = f"/obstacles/{case}/{act.replace('_', '-')}"
        fields = self.form(browser, path)
        assert fields, f"{browser.name} has no form for {act} on {case}"
        return self.send(browser, act, case, path, fields | WORDS[act])

    def _insist(self, ask: Callable[[], Answer]) -> Answer:
        """Ask, and ask again while nobody answers or the answer is to come back later; once at least."""
        give_up_at, pause = time.monotonic() + self.patience_s, threading.Event()
        while True:
            try:
                answer = ask()
            except NoAnswer:
                self.refused += 1
            else:
                if answer.status not in COME_BACK_LATER:
                    return answer
            if time.monotonic() >= give_up_at or not self.patience_s:
                raise OutOfTime(f"no answer within {self.patience_s} s")
            pause.wait(TRY_AGAIN_AFTER_S)


def _hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page)}
