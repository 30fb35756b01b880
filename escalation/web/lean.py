"""Templates without their indentation: what is for the eye of whoever writes them is not sent over a poor line."""

import re
from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2.ext import Extension

INDENTATION = re.compile(r"^[ \t]+|\n(?=[ \t]*\n)", flags=re.MULTILINE)


class LeanSource(Extension):
    """Removes the spaces that begin a line of a template, and empty lines; what values hold is not touched."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the source as it is compiled."""
        return INDENTATION.sub("", source)


class LeanEnvironment(Environment):
    """Lets every template read the same words, instead of a chain of its own that each import would walk."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what a template may call, which are the words of all unless it was given others."""
        return super().make_globals(d) if d else self.globals
