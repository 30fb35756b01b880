"""A mail rendered once with gaps in place of its words, and filled for each letter that differs in these words only.

Letters of one event differ in names, places, references and dates; what a template decides by is the same for most of
them. The template is rendered with gaps for the words, and what it gives is cut at the gaps. A template that does more
with a word than write it down, strip its tags or ask whether it is there, has no skeleton.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from jinja2.filters import do_striptags
from markupsafe import escape

# Nobody can write such a word into a case: each process makes its own.
OPEN: Final = f"\ue000{secrets.token_hex(8)}:"
CLOSE: Final = "\ue001"
GAP: Final = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
BARE: Final = "bare "
WORDS_KEPT: Final = 1024


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


class Mended(NamedTuple):
    """What a language does to a word that follows certain letters, once it is known which word."""

    after: str
    mend: Callable[[str], str]


class Chunked(str):
    """A text that remembers of which chunks of whole lines it is; those of its skeleton are the same in each letter."""

    chunks: Sequence[str]


class _Gapped(NamedTuple):
    """A chunk with gaps: how it reads, and what fills it, in this order."""

    pattern: str
    find: Callable[[Mapping[str, str]], Any]
    mend: Callable[[str], str] | None


class Skeleton:
    """What stands between the words of a mail, and the words in their order."""

    def __init__(self, written: str, mended: Mended | None = None) -> None:
        pieces = GAP.split(written)
        if any(OPEN in piece or CLOSE in piece for piece in pieces[::2]):
            raise Inspected
        self._bare = sorted({name for name in pieces[1::2] if name.startswith(BARE)})
        self._chunks = [_chunk(each, mended) for each in _chunks(pieces) if each != [""]]

    def fill(self, words: Mapping[str, str]) -> Chunked:
        """Return the mail with these words, which are written as they stand."""
        if self._bare:
            words = {**words, **{name: _stripped(words[name.removeprefix(BARE)]) for name in self._bare}}
        chunks = [chunk if chunk.__class__ is str else _filled(chunk, words) for chunk in self._chunks]  # type: ignore[arg-type]
        filled = Chunked("".join(chunks))
        filled.chunks = chunks
        return filled


def _chunks(pieces: Sequence[str]) -> Iterator[list[str]]:
    """Yield fixed pieces and names in turn, cut where a line ends: whole lines without a gap, or one line with some."""
    held = [""]
    for number, piece in enumerate(pieces):
        if number % 2:
            held += [piece, ""]
            continue
        first, end, rest = piece.partition("\n")
        lines, last_end, last = rest.rpartition("\n")
        held[-1] += first + end
        if end:
            yield from (held, [lines + last_end])
            held = [last]
    yield held


def _chunk(pieces: Sequence[str], mended: Mended | None) -> str | _Gapped:
    names = pieces[1::2]
    if not names:
        return pieces[0]
    fixed = [piece.replace("%", "%%") for piece in pieces[::2]]
    is_mended = mended is not None and any(piece.endswith(mended.after) for piece in fixed[:-1])
    return _Gapped("%s".join(fixed), itemgetter(*names), mended.mend if mended and is_mended else None)


def _filled(chunk: _Gapped, words: Mapping[str, str]) -> str:
    line = chunk.pattern % chunk.find(words)
    return chunk.mend(line) if chunk.mend else line


def cut(
    render: Callable[[Mapping[str, Any]], str], names: Mapping[str, str], mended: Mended | None = None
) -> Skeleton | None:
    """Return the skeleton of what ``render`` makes of gaps with these names; None when it looked into one."""
    try:
        return Skeleton(render({name: Gap(name) for name in names}), mended)
    except (Inspected, TypeError, AttributeError):
        return None


def strip_tags(value: object) -> str:
    """Return words without their tags, as a template does with a headline; gaps remember that theirs are to go."""
    return GAP.sub(f"{OPEN}{BARE}\\1{CLOSE}", do_striptags(value))  # type: ignore[arg-type]


@lru_cache(WORDS_KEPT)
def _stripped(word: str) -> str:
    return escape(do_striptags(word))
