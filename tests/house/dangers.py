"""What our code may not say, found in its syntax: each rule returns the lines of a file that say it, and why not."""

import ast
import re
from collections.abc import Callable, Iterator

SAFE_ADDRESSES = frozenset({"url_for", "own_path", "with_trail", "url_after_move"})
"""Functions that return an address of ours, or nothing."""
UNSCOPED_MODELS = frozenset({"Obstacle", "OutboxMessage", "Note", "Statement"})
READING = frozenset({"select", "query", "get", "get_one", "exists", "update", "delete", "insert"})
RAW_SQL = frozenset({"text", "literal_column", "exec_driver_sql"})
SCOPES = frozenset({"visible_to", "places_of"})
"""Conditions of an actor: what they may see, and the places where they hold an office."""
LISTS = frozenset({"list_by_deadline", "list_by_change", "list_by_age", "ranked_lines", "list_ranked"})
"""Readers that take the condition of whoever calls them."""
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)

Fault = tuple[int, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def called(node: ast.AST) -> str:
    """Return the last name of what a call calls; "" for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield every call in a piece of code."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function of a file, those in classes too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def names_in(nodes: list[ast.expr]) -> set[str]:
    """Return every plain name in some expressions."""
    return {inner.id for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def open_redirects(tree: ast.AST) -> Iterator[Fault]:
    """Yield each redirect to what is neither written here nor passed through a check that it is ours."""
    for function in functions(tree):
        given: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            for target, value in _assigned(node):
                given.setdefault(target, []).append(value)
        for call in calls(function):
            if called(call) == "redirect" and not (call.args and _is_ours(call.args[0], given)):
                yield call.lineno, "redirects to an address that nothing showed to be ours"


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a statement gives to which name, several at once taken apart."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        targets = [node.target]
    value: ast.expr | None = getattr(node, "value", None)
    if value is None:
        return
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        values = value.elts if isinstance(value, ast.Tuple) and len(parts) > 1 else [value] * len(parts)
        for part, given in zip(parts, values, strict=False):
            yield str(getattr(part, "id", "")), given


def _is_ours(node: ast.expr, given: dict[str, list[ast.expr]]) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.startswith("/") and not node.value.startswith("//")
    if isinstance(node, ast.BoolOp):
        return all(_is_ours(value, given) for value in node.values)
    if isinstance(node, ast.IfExp):
        return _is_ours(node.body, given) and _is_ours(node.orelse, given)
    if isinstance(node, ast.Name):
        others = {name: values for name, values in given.items() if name != node.id}
        return node.id in given and all(_is_ours(value, others) for value in given[node.id])
    return called(node) in SAFE_ADDRESSES or ast.unparse(node) == "request.path"


def unescaped_words(tree: ast.AST) -> Iterator[Fault]:
    """Yield each place that declares words to be HTML."""
    for call in calls(tree):
        if called(call) == "Markup":
            yield call.lineno, "declares words to be HTML"


def templates_of_text(tree: ast.AST) -> Iterator[Fault]:
    """Yield each template made of a text instead of a file."""
    for call in calls(tree):
        if called(call) in ("render_template_string", "from_string"):
            yield call.lineno, "makes a template of a text"


def composed_sql(tree: ast.AST) -> Iterator[Fault]:
    """Yield each SQL text that is put together from values."""
    for call in calls(tree):
        if called(call) in RAW_SQL and call.args and _is_composed(call.args[0]):
            yield call.lineno, "puts values into SQL as text"


def _is_composed(node: ast.expr) -> bool:
    made = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod)
    return made or isinstance(node, ast.JoinedStr) or called(node) == "format"


def addresses_by_host(tree: ast.AST) -> Iterator[Fault]:
    """Yield each address that is made from the host which a request names."""
    for call in calls(tree):
        if called(call) == "url_for" and any(word.arg == "_external" for word in call.keywords):
            yield call.lineno, "makes an address from the host that the request names"


def reads_of_pages(tree: ast.AST) -> Iterator[Fault]:
    """Yield each place that reads cases, messages, notes or texts by itself."""
    for call in calls(tree):
        models = names_in([*call.args, *(word.value for word in call.keywords)]) & UNSCOPED_MODELS
        if called(call) in READING and models:
            yield call.lineno, f"reads {', '.join(sorted(models))} past the queries"


def unscoped_readers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each function that reads obstacles under no condition of an actor, by its name."""
    found = {function.name: function for function in functions(tree)}
    scoped = {name for name, function in found.items() if _calls_of(function) & SCOPES}
    while more := {name for name, function in found.items() if _calls_of(function) & scoped} - scoped:
        scoped |= more
    for name, function in found.items():
        if name not in scoped and _reads_obstacles(function):
            yield function.lineno, name


def _calls_of(function: Function) -> set[str]:
    return {called(call) for call in calls(function)}


def _reads_obstacles(function: Function) -> bool:
    reads = (names_in(call.args) for call in calls(function) if called(call) in ("select", "query", "get", "get_one"))
    return any("Obstacle" in names for names in reads) or bool(_calls_of(function) & LISTS)


RULES: tuple[tuple[str, Callable[[ast.AST], Iterator[Fault]], dict[str, str]], ...] = (
    ("escalation", open_redirects, {}),
    ("escalation", unescaped_words, {"escalation/mail/isolation.py": "wraps words that it has escaped itself"}),
    ("escalation", templates_of_text, {}),
    ("escalation", composed_sql, {}),
    ("escalation", addresses_by_host, {}),
    ("escalation/web", reads_of_pages, {}),
)
"""Each rule with the folder that it holds in, and the files that may break it, each with its reason."""
