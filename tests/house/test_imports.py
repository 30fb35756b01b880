"""Imports stand at the top, and only the doors of the program know its settings."""

import ast

from tests.house.tree import module_name, own_imports, python_files, report, shown

DOORS = ("config", "escalation.app", "escalation.cli", "escalation.demo", "workers", "tests")
GROUPS = {"Database", "Installation", "Mail", "Privacy", "Redis", "Security"}


def test_no_own_module_is_imported_inside_a_block() -> None:
    faults = []
    for path in python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {id(node) for node in tree.body}
        inner = (node for node in ast.walk(tree) if own_imports(node) and id(node) not in top)
        faults += [f"{shown(path, node.lineno)} imports {own_imports(node)[0]}" for node in inner]  # type: ignore[attr-defined]
    assert not faults, report(
        faults,
        "Import our own modules at the top of the file, TYPE_CHECKING included; a cycle is a sign to move code down:",
    )


def test_only_the_doors_import_the_whole_config() -> None:
    faults = []
    for path in python_files():
        module = module_name(path)
        if any(module == door or module.startswith(f"{door}.") for door in DOORS):
            continue
        allowed = set() if module.startswith("escalation.domain") else GROUPS
        nodes = [
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if "config" in own_imports(node)
        ]
        faults += [shown(path, node.lineno) for node in nodes if not _names(node) <= allowed]  # type: ignore[attr-defined]
    advice = (
        f"Take the values as parameters; below {', '.join(DOORS[1:])} only a group's type is imported, in domain none:"
    )
    assert not faults, report(faults, advice)


def _names(node: ast.AST) -> set[str]:
    return {alias.name for alias in node.names} if isinstance(node, (ast.Import, ast.ImportFrom)) else set()


def test_escalation_never_imports_workers_or_tests() -> None:
    faults = []
    for path in python_files():
        if not module_name(path).startswith("escalation"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            wrong = [name for name in own_imports(node) if name.split(".")[0] in ("workers", "tests", "benchmarks")]
            faults += [f"{shown(path, node.lineno)} imports {name}" for name in wrong]  # type: ignore[attr-defined]
    assert not faults, report(
        faults, "Write an outbox row, or have what is needed passed in by whoever starts the program:"
    )
