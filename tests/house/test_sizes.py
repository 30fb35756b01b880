"""A file is about one thing, and its size says so."""

from tests.house.tree import python_files, report, shown, templates

MAX_PYTHON_LINES = 400
MAX_TEMPLATE_LINES = 150


def test_no_python_file_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    faults = [f"{shown(path)}: {lines} lines" for path, lines in lengths.items() if lines > MAX_PYTHON_LINES]
    assert not faults, report(
        faults, f"Split by subject; {MAX_PYTHON_LINES} lines is the end, tests too, and 150 is the aim:"
    )


def test_no_template_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in templates()}
    faults = [f"{shown(path)}: {lines} lines" for path, lines in lengths.items() if lines > MAX_TEMPLATE_LINES]
    assert not faults, report(faults, f"Move a part into templates/components; {MAX_TEMPLATE_LINES} lines is the end:")


def test_every_init_is_empty() -> None:
    faults = [shown(path) for path in python_files() if path.name == "__init__.py" and path.stat().st_size]
    assert not faults, report(faults, "Empty this file: import from the module that defines the name:")
