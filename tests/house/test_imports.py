"""Imports stand at the top, and only the doors of the program know its settings."""

import ast

from tests.house.tree import module_name, own_imports, python_files, report, shown

MAY_IMPORT_CONFIG = (
    "config",
    "escalation.app",
    "escalation.cli",
    "escalation.demo",
    "escalation.mail.transport",
    "workers",
    "tests",
)


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


def test_only_the_doors_import_config() -> None:
    faults = []
    for path in python_files():
        module = module_name(path)
        if any(module == door or module.startswith(f"{door}.") for door in MAY_IMPORT_CONFIG):
            continue
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        faults += [shown(path, node.lineno) for node in nodes if "config" in own_imports(node)]  # type: ignore[attr-defined]
    assert not faults, report(
        faults,
        f"Take the value as a parameter instead of importing config; only {', '.join(MAY_IMPORT_CONFIG[1:])} may:",
    )


def test_escalation_never_imports_workers_or_tests() -> None:
    faults = []
    for path in python_files():
        if not module_name(path).startswith("escalation"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            wrong = [name for name in own_imports(node) if name.split(".")[0] in ("workers", "tests")]
            faults += [f"{shown(path, node.lineno)} imports {name}" for name in wrong]  # type: ignore[attr-defined]
    assert not faults, report(
        faults, "Write an outbox row, or have what is needed passed in by whoever starts the program:"
    )
