"""Every template compiles in the application's own environment, and imports only what it uses."""

from typing import Any

import jinja2
from flask import Flask
from jinja2 import nodes

from tests.house.tree import ROOT, report, shown, templates


def test_an_undefined_name_is_an_error(house: Flask) -> None:
    assert issubclass(house.jinja_env.undefined, jinja2.StrictUndefined), (
        "Set app.jinja_env.undefined = jinja2.StrictUndefined in create_app: a misspelt name must not print nothing."
    )


def test_every_template_compiles(house: Flask) -> None:
    faults = []
    for path in templates():
        try:
            house.jinja_env.get_template(str(path.relative_to(ROOT / "templates")))
        except jinja2.TemplateError as error:
            faults.append(f"{shown(path, getattr(error, 'lineno', None))}: {error}")
    assert not faults, report(faults, "Mend these templates (an unknown filter is registered in escalation.app):")


def test_no_template_imports_what_it_does_not_use(house: Flask) -> None:
    faults = []
    for path in templates():
        tree = house.jinja_env.parse(path.read_text(encoding="utf-8"))
        used = _used(house.jinja_env, tree)
        for statement in tree.find_all((nodes.FromImport, nodes.Import)):
            faults += [
                f"{shown(path, statement.lineno)} imports {name}" for name in _names(statement) if name not in used
            ]
    assert not faults, report(faults, "Remove these imports:")


def test_no_page_gives_another_meaning_to_what_the_layouts_read(house: Flask) -> None:
    context: dict[str, Any] = {}
    with house.test_request_context():
        house.update_template_context(context)
    frame = set(context)
    assert {"lang", "direction"} <= frame
    faults = []
    for path in (path for path in templates() if "email" not in path.parts):
        tree = house.jinja_env.parse(path.read_text(encoding="utf-8"))
        stored = [name for node in tree.find_all(nodes.Assign) for name in node.find_all(nodes.Name)]
        named = {name.name for name in stored if name.ctx == "store"}
        faults += [f"{shown(path)} sets {name}" for name in sorted(named & frame)]
    assert not faults, report(faults, "Call these otherwise: the layout reads what a page sets:")


def test_no_macro_is_imported_with_context(house: Flask) -> None:
    faults = []
    for path in (path for path in templates() if "email" not in path.parts):  # mail has an environment of its own
        tree = house.jinja_env.parse(path.read_text(encoding="utf-8"))
        imports = tree.find_all((nodes.FromImport, nodes.Import))
        faults += [shown(path, node.lineno) for node in imports if node.with_context]  # type: ignore[attr-defined]
    assert not faults, report(faults, "Give the macro what it needs as arguments, not `with context`:")


def _used(environment: jinja2.Environment, tree: nodes.Template) -> set[str]:
    """Return the names a template reads, and those its parents read: they see what the child imports."""
    used = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
    for parent in tree.find_all(nodes.Extends):
        if isinstance(parent.template, nodes.Const):
            source = (ROOT / "templates" / parent.template.value).read_text(encoding="utf-8")
            used |= _used(environment, environment.parse(source))
    return used


def _names(statement: nodes.Node) -> list[str]:
    if isinstance(statement, nodes.Import):
        return [statement.target]
    names = statement.names if isinstance(statement, nodes.FromImport) else []
    return [name if isinstance(name, str) else name[1] for name in names]
