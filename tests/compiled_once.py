"""What is the same for every application of a process is compiled once: its addresses and its templates.

A test has an application of its own, which asks for both anew: without this they are most of the time it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def compile_addresses_once(patch: pytest.MonkeyPatch) -> None:
    """Let rules that are written alike share the functions that build their addresses.

    These are given the rule they belong to; only those with defaults hold more than its words.
    """
    compile_builder = Rule._compile_builder
    found: dict[tuple[Any, ...], Builder] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (*rule._trace, append_unknown)
        if key not in found:
            found[key] = compile_builder(rule, append_unknown)
        return found[key]

    patch.setattr(Rule, "_compile_builder", compiled)


def compile_templates_once(create_app: Callable[..., Flask], home: Path) -> Callable[..., Flask]:
    """Return a maker of applications that keep compiled templates in a directory, by what their sources say."""
    kept = FileSystemBytecodeCache(str(home))

    def create(*given: Any, **named: Any) -> Flask:
        app = create_app(*given, **named)
        app.jinja_env.bytecode_cache = kept
        return app

    return create
