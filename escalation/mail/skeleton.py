"""A mail rendered once with gaps in place of its words, and filled for each letter that differs in these words only.

Letters of one event differ in names, places, references and dates; what a template decides by is the same for most of
them. The template is rendered with gaps for the words, and what it gives is cut at the gaps. A template that does more
with a word than write it down, strip its tags or ask whether it is there, has no skeleton.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2.filters import do_striptags
from markupsafe import escape

# Nobody can write such a word into a case: each process makes its own.
OPEN: Final = f"\ue000{secrets.token_hex(8)}:"
CLOSE: Final = "\ue001"
GAP: Final = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
BARE: Final = "bare "


class Inspected(Exception):
    """A template looked into a word."""


class Gap:
    """Stands for a word that is there: it can be written down and asked for, and nothing else."""

    __slots__ = ("_mark",)

    def __init__(self, name: str) -> None:
        self._mark = f"{OPEN}{name}{CLOSE}"

    def __str__(self) -> str:
        return self._mark

    def __html__(self) -> str:
        return self._mark

    def __bool__(self) -> bool:
        return True

    def _refuse(self, *_arguments: object) -> Any:
        raise Inspected

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _refuse
    __len__ = __iter__ = __contains__ = __getitem__ = __add__ = __radd__ = __mod__ = __format__ = _refuse


class Skeleton:
    """What stands between the words of a mail, and the words in their order."""

    def __init__(self, written: str) -> None:
        pieces = GAP.split(written)
        self._fixed, self._names = pieces[::2], pieces[1::2]
        if any(OPEN in piece or CLOSE in piece for piece in self._fixed):
            raise Inspected

    def fill(self, words: Mapping[str, str]) -> str:
        """Return the mail with these words, which are written as they stand."""
        pieces = [""] * (2 * len(self._names) + 1)
        pieces[::2] = self._fixed
        pieces[1::2] = [words[name] if name in words else _bare(words, name) for name in self._names]
        return "".join(pieces)


def cut(render: Callable[[Mapping[str, Any]], str], names: Mapping[str, str]) -> Skeleton | None:
    """Return the skeleton of what ``render`` makes of gaps with these names; None when it looked into one."""
    try:
        return Skeleton(render({name: Gap(name) for name in names}))
    except (Inspected, TypeError, AttributeError):
        return None


def strip_tags(value: object) -> str:
    """Return words without their tags, as a template does with a headline; gaps remember that theirs are to go."""
    return GAP.sub(f"{OPEN}{BARE}\\1{CLOSE}", do_striptags(value))  # type: ignore[arg-type]


def _bare(words: Mapping[str, str], name: str) -> str:
    return escape(do_striptags(words[name.removeprefix(BARE)]))
