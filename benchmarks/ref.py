"""The yardstick: Flask and one indexed query or one written row, and nothing of a product around it.

No layout, no total, no rights, no CSRF, no ORM, no compression: a signed cookie says who is asking, a page of fifty
rows is keyset-paged over one composite index, a case is its row and its remarks, a write is one durable row. What is
filed is told of as is commonly done: one Celery task a mail is sent before the answer, and here nobody takes it up.
"""

import os
from typing import Any

from celery import Celery
from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader

from benchmarks.ref_rows import Rows

PAGE = 50
COLUMNS = "id, reference, title, place, kind, status, due_at, who"

LIST = """<!doctype html><title>Cases</title><ol>
{% for case in cases %}<li><a href="{{ url_for("show", number=case.id) }}">{{ case.title }}</a>
<b class="ref">{{ case.reference }}</b> {{ case.place }} {{ case.kind }} {{ case.status }}
{{ case.due_at }} {{ case.who }}</li>
{% endfor %}</ol>{% if next %}<a href="{{ next }}">Next</a>{% endif %}"""

CASE = """<!doctype html><title>{{ case.title }}</title><h1>{{ case.title }}</h1>
<p><b class="ref">{{ case.reference }}</b> {{ case.place }} {{ case.kind }} {{ case.status }}
{{ case.due_at }} {{ case.who }}</p>
<p>{{ case.description }}</p><p>{{ case.request }}</p>
{% for remark in remarks %}<p>{{ remark.at }} {{ remark.text }}</p>{% endfor %}"""

app = Flask(__name__)
app.secret_key = "for-benchmarks-only"
app.jinja_loader = DictLoader({"list.html": LIST, "case.html": CASE})
rows = Rows(os.environ["REF_DATABASE_URL"])
tasks = Celery("ref", broker=os.environ["REF_BROKER_URL"], set_as_current=False)
MAILS = 2


@app.before_request
def check_session() -> None:
    """Refuse whoever has no signed cookie."""
    if "who" not in session and request.endpoint != "sign_in":
        abort(401)


@app.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign a cookie."""
    session["who"] = request.form["who"]
    return redirect(url_for("index", desk="03"), 303)


@app.get("/cases")
def index() -> str:
    """Show fifty open cases of a desk, the nearest deadline first."""
    due_at, number = request.args.get("due_at", ""), request.args.get("number", 0, int)
    cases = rows.read(
        f"SELECT {COLUMNS} FROM cases WHERE desk = ? AND is_open = 1 AND (due_at, id) > (?, ?)"
        f" ORDER BY due_at, id LIMIT {PAGE + 1}",
        request.args["desk"], due_at, number,
    )  # fmt: skip
    more = len(cases) > PAGE
    cases, last = cases[:PAGE], cases[PAGE - 1] if more else None
    after = url_for("index", desk=request.args["desk"], due_at=last["due_at"], number=last["id"]) if last else None
    return render_template("list.html", cases=cases, next=after)


@app.get("/cases/<int:number>")
def show(number: int) -> str:
    """Show a case and what was said of it."""
    cases = rows.read(f"SELECT {COLUMNS}, description, request FROM cases WHERE id = ?", number)
    remarks = rows.read("SELECT at, text FROM remarks WHERE case_id = ? ORDER BY id", number)
    return render_template("case.html", case=cases[0], remarks=remarks)


@app.post("/cases")
def create() -> ResponseReturnValue:
    """Write one row, and leave a task for each mail."""
    names = ("title", "place", "kind", "description", "request")
    facts: list[Any] = [request.form[name] for name in names]
    number = rows.write(
        f"INSERT INTO cases (desk, is_open, status, due_at, {', '.join(names)})"
        " VALUES ('03.531', 1, 'filed', '2026-12-15', ?, ?, ?, ?, ?) RETURNING id",
        *facts,
    )
    for mail in range(MAILS):
        tasks.send_task("ref.mail", (number, mail), ignore_result=True)
    return redirect(url_for("show", number=number), 303)


@app.post("/cases/<int:number>/claim")
def claim(number: int) -> ResponseReturnValue:
    """Change one row."""
    rows.write("UPDATE cases SET status = 'in_review', who = ? WHERE id = ? RETURNING id", session["who"], number)
    return redirect(url_for("show", number=number), 303)
