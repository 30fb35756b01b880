"""Which commands of ours a text names, and which there are: `make` targets and `escalation` commands."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from escalation.cli.main import main
from tests.house.tree import ROOT

FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"(?:^|&& |[\s(])make((?: [a-z][a-z0-9-]*\b(?!=))+)", re.MULTILINE)
ESCALATION = re.compile(r"(?:^|\bbin/|\bas_)escalation ([a-z]+)(?: ([a-z|]+(?:-[a-z]+)*))?", re.MULTILINE)
TARGET = re.compile(r"^([a-z][a-z0-9-]*):", re.MULTILINE)


def code_of(markdown: str) -> Iterator[str]:
    """Yield what a page writes as code: its blocks, and its words between backticks."""
    yield from FENCE.findall(markdown)
    yield from INLINE.findall(FENCE.sub("", markdown))


def targets() -> frozenset[str]:
    """Return what `make` can be asked for."""
    return frozenset(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def unknown_targets(code: str) -> list[str]:
    """Return the targets that this code asks `make` for and that are not there."""
    asked = [name for found in MAKE.findall(code) for name in found.split()]
    return [f"make {name}" for name in asked if name not in targets()]


def unknown_commands(code: str) -> list[str]:
    """Return the commands of `escalation` that this code calls and that are not there."""
    faults = []
    context = click.Context(main)
    for first, rest in ESCALATION.findall(code):
        command = main.get_command(context, first)
        if command is None:
            faults.append(f"escalation {first}")
        elif isinstance(command, click.Group):
            inner = click.Context(command)
            faults += [f"escalation {first} {name}" for name in rest.split("|") if not _is_part(command, inner, name)]
    return faults


def _is_part(group: click.Group, context: click.Context, name: str) -> bool:
    return not name or group.get_command(context, name) is not None


def code_blocks(path: Path, language: str) -> list[str]:
    """Return the blocks of one language in a page."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
