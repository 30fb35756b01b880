"""No file says what the rules of `dangers.py` forbid, and each rule sees what it is for."""

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.house.dangers import (
    RULES,
    UNESCAPED,
    Fault,
    addresses_by_host,
    composed_sql,
    open_redirects,
    reads_of_pages,
    templates_of_text,
    unescaped_words,
    unscoped_readers,
)
from tests.house.tree import ROOT, python_files, report, shown, templates

DRAWN_HERE = {"templates/components/icon.html": "draws pictures that are written in the same file"}
BY_DESK = "reads the desks of a Territory, which read_territory makes of the actor's own places"
WHOLE = "verifies the journal of everybody for the command line, and returns faults, no cases"
CLOCK = "the clock acts on every case of the installation, and shows none of them"
UNSCOPED: dict[str, dict[str, str]] = {
    "case/due.py": {
        "due_looks": CLOCK,
        "get_clock_state": "returns numbers and instants, no cases",
        "list_set_aside": "for the command line: references and the names of errors",
    },
    "case/open_clocks.py": {
        "list_moved": "every open case, whose dates the calendar moves; references and dates alone"
    },
    "case/warned.py": {"list_desks_to_warn": CLOCK, "cases_to_warn": CLOCK},
    "case/move_aims.py": {"count_in_hand": "returns a number for each member of a desk, no cases"},
    "case/on_behalf.py": {"list_authors": "returns people, for the ids of lines that list_prepared_for has read"},
    "webhooks.py": {"list_deliveries": "what another system was told: references, no more of cases"},
    "journal.py": {"_verify_chains": WHOLE, "_verify_heads": WHOLE, "_verify_sealed": WHOLE},
    "lists/queue_lists.py": {
        "find_position": "returns where a case stands in an order, and its callers have read the case before",
        "has_in_hands": "says yes or no of the actor's own work",
        "_counting": BY_DESK,
        "_listing": BY_DESK,
        "_page": BY_DESK,
    },
    "lists/queue_order.py": {"_first_at": BY_DESK},
    "messages/incoming.py": {
        "_held": "returns mails of the regions that an administrator has, with the reference of the case they are about"
    },
    "people/watched.py": {"count_left_behind": "returns a number, at desks that its callers name; no cases"},
}
"""Functions that read obstacles under no condition of an actor, by file, each with its reason."""


@pytest.mark.parametrize(("folder", "rule", "allowed"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_no_file_says_what_a_rule_forbids(
    folder: str, rule: Callable[[ast.AST], Iterator[Fault]], allowed: dict[str, str]
) -> None:
    faults, used = [], set()
    for path in python_files():
        if path.is_relative_to(ROOT / folder):
            found = [f"{shown(path, line)} {words}" for line, words in rule(tree_of(path.read_text(encoding="utf-8")))]
            used |= {shown(path)} if found else set()
            faults += found if shown(path) not in allowed else []
    assert not faults, report(faults, f"{rule.__doc__} None may be left:")
    assert used >= set(allowed), f"Take out of RULES what no longer breaks it: {sorted(set(allowed) - used)}"


def test_no_template_leaves_words_unescaped() -> None:
    found = [shown(path) for path in templates() if UNESCAPED.search(path.read_text(encoding="utf-8"))]
    faults = sorted(set(found) - set(DRAWN_HERE))
    assert not faults, report(faults, "Let the template escape what it shows:")
    assert set(DRAWN_HERE) <= set(found)


def test_every_query_reads_the_obstacles_of_an_actor() -> None:
    faults, met = [], set()
    queries = ROOT / "escalation" / "queries"
    for path in (path for path in python_files() if path.is_relative_to(queries)):
        place = str(path.relative_to(queries))
        for line, name in unscoped_readers(tree_of(path.read_text(encoding="utf-8"))):
            met.add((place, name))
            faults += [f"{shown(path, line)} {name}"] if name not in UNSCOPED.get(place, {}) else []
    advice = "Read them under visible_to(actor) or at the actor's own places, or say in UNSCOPED why not:"
    assert not faults, report(faults, advice)
    listed = {(place, name) for place, names in UNSCOPED.items() for name in names}
    assert listed == met, f"Take out of UNSCOPED what is scoped or gone: {sorted(listed - met)}"


PLANTED: list[tuple[Callable[[ast.AST], Iterator[Fault]], str]] = [
    (open_redirects, "def f():\n return redirect(request.args['next'])"),
    (open_redirects, "def f():\n to = request.form.get('next')\n return redirect(to or url_for('home'))"),
    (open_redirects, "def f():\n to = own_path(x)\n to = x\n return redirect(to)"),
    (open_redirects, "def f(form):\n return redirect(form.next.data, 303)"),
    (open_redirects, "def f():\n return redirect(f'/{request.args.get(1)}')"),
    (open_redirects, "def f():\n return redirect('//evil.test')"),
    (open_redirects, "def f():\n return redirect(request.referrer)"),
    (unescaped_words, "x = markupsafe.Markup(words)"),
    (templates_of_text, "render_template_string('a' + b)"),
    (templates_of_text, "app.jinja_env.from_string(words)"),
    (composed_sql, "session.execute(text(f'SELECT {x}'))"),
    (composed_sql, "text('SELECT %s' % x)"),
    (composed_sql, "sa.text('SELECT {}'.format(x))"),
    (composed_sql, "connection.exec_driver_sql('SELECT ' + x)"),
    (addresses_by_host, "url_for('home', _external=True)"),
    (reads_of_pages, "db.session.scalars(select(Obstacle).where(x))"),
    (reads_of_pages, "db.session.get(OutboxMessage, 1)"),
    (reads_of_pages, "session.query(Note.text)"),
    (reads_of_pages, "select(func.count()).select_from(x).where(exists(Statement.id))"),
    (unscoped_readers, "def list_all(actor):\n return db.session.scalars(select(Obstacle))"),
    (unscoped_readers, "def list_late(actor):\n return list_by_deadline(Obstacle.due_at < now)"),
]
HARMLESS: list[tuple[Callable[[ast.AST], Iterator[Fault]], str]] = [
    (open_redirects, "def f():\n to = own_path(request.args.get('next'))\n return redirect(to or url_for('home'))"),
    (open_redirects, "def f():\n return redirect(with_trail(url_for('case')), 303)"),
    (open_redirects, "def f():\n a, to = 1, url_after_move(x)\n return redirect(to)"),
    (composed_sql, "text('SELECT 1')"),
    (addresses_by_host, "url_for('home', page=1)"),
    (reads_of_pages, "select(Place)"),
    (unscoped_readers, "def list_mine(actor):\n return list_by_age(_own(actor))\ndef _own(a):\n return visible_to(a)"),
    (unscoped_readers, "def list_places(actor):\n return db.session.scalars(select(Place))"),
]


@pytest.mark.parametrize(("rule", "planted"), PLANTED)
def test_what_is_planted_is_named(rule: Callable[[ast.AST], Iterator[Fault]], planted: str) -> None:
    assert len(list(rule(tree_of(planted)))) == 1


@pytest.mark.parametrize(("rule", "written"), HARMLESS)
def test_what_is_harmless_is_left_alone(rule: Callable[[ast.AST], Iterator[Fault]], written: str) -> None:
    assert list(rule(tree_of(written))) == []


@pytest.mark.parametrize("planted", ["{{ x|safe }}", "{{ x | safe }}", "{% autoescape false %}"])
def test_an_unescaped_word_of_a_template_is_named(planted: str) -> None:
    assert UNESCAPED.search(planted)


def tree_of(source: str) -> ast.AST:
    """Return the syntax of a file."""
    return ast.parse(source)
