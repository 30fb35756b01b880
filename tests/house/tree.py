"""What the tests of the house look at: the project's own files, by kind."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OWN_MODULES = ("benchmarks", "config", "escalation", "tests", "workers")
PYTHON_PLACES = OWN_MODULES


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file that is, or is about to be, part of the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [path for place in PYTHON_PLACES for path in (ROOT / place).rglob("*")] + list(ROOT.glob("*.*"))
        paths += [path for place in ("templates", "docs", "deploy") for path in (ROOT / place).rglob("*")]
    return tuple(sorted(path for path in set(paths) if path.is_file() and "__pycache__" not in path.parts))


def python_files() -> list[Path]:
    """Return our Python files, migrations included."""
    return [path for path in tracked_files() if path.suffix == ".py"]


def templates(under: str = "templates") -> list[Path]:
    """Return the template files in this folder of `templates/`."""
    return [
        path
        for path in tracked_files()
        if path.is_relative_to(ROOT / under) and path.suffix in (".html", ".txt", ".jinja")
    ]


def stylesheets() -> list[Path]:
    """Return our CSS files."""
    return [path for path in tracked_files() if path.suffix == ".css"]


def module_name(path: Path) -> str:
    """Return the dotted name a Python file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def own_imports(node: ast.AST) -> list[str]:
    """Return the modules of ours that this one import statement names; none for any other node."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    else:
        names = []
    return [name for name in names if name.split(".")[0] in OWN_MODULES]


def shown(path: Path, line: int | None = None) -> str:
    """Return a file's address as an editor opens it."""
    return str(path.relative_to(ROOT)) + (f":{line}" if line else "")


def report(faults: list[str], advice: str) -> str:
    """Return a message that says what is wrong where, and what to do."""
    return "\n".join([advice, *(f"  {fault}" for fault in faults)])
