"""Templates without their indentation: what is for the eye of whoever writes them is not sent over a poor line."""

import re

from jinja2.ext import Extension

INDENTATION = re.compile(r"^[ \t]+|\n(?=[ \t]*\n)", flags=re.MULTILINE)


class LeanSource(Extension):
    """Removes the spaces that begin a line of a template, and empty lines; what values hold is not touched."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the source as it is compiled."""
        return INDENTATION.sub("", source)
