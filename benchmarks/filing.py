"""A filing: a complete form, sent, up to its answer; then the row, the event, the stay and the messages are durable."""

from collections.abc import Iterator

from benchmarks.clients import Browser, Request
from benchmarks.serve import Stand

TITLE = "filing (POST)"
ANSWERS = {
    "project_name": "تزويد ثلاثة دواوير بالماء الصالح للشرب",
    "project_owner": "COMMUNE",
    "obstacle_type": "convention_unsigned",
    "blocked_since": "2026-03-02",
    "description": "الاتفاقية جاهزة منذ شهور ولم يوقعها أحد الشركاء، والمقاولة تنتظر الأمر بالشروع في الأشغال. " * 4,
    "request": "نرجو تذكير الشريك بالتوقيع وعقد اجتماع للجنة التتبع.",
}


def ours(stand: Stand) -> Iterator[Request]:
    """Fetch the form, untimed, and send it with all its answers, as the president of a commune."""
    browser = stand.signed_in("president")
    while True:
        yield filled_in(browser)


def ref(stand: Stand) -> Iterator[Request]:
    """Send the yardstick as many words, for one row and the tasks of two mails."""
    browser = stand.at_ref()
    fields = {"title": ANSWERS["project_name"], "place": "Taounate", "kind": ANSWERS["obstacle_type"]}
    fields |= {name: ANSWERS[name] for name in ("description", "request")}
    while True:
        yield browser.post("/cases", fields)


def filled_in(browser: Browser) -> Request:
    """Return a form of its own, complete, that is filed when it is sent."""
    fields = browser.hidden_fields("/obstacles/new") | ANSWERS | {"do": "file"}
    return browser.post("/obstacles/new", fields, leads_to="/receipt")
