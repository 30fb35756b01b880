"""From a wording of the installation to the parts of a mail: values put into plain text, in the frame of every mail.

No wording reaches a template as a template: its words are escaped and given as values, like the facts.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jinja2 import Environment, TemplateNotFound, UndefinedError
from markupsafe import escape

from escalation.domain.codes import Language
from escalation.domain.wordings import Placeholder, Wording, due_fact, pieces, stands_alone
from escalation.mail.environment import environment
from escalation.mail.isolation import joined_html, lines_html

FRAME: Final = "email/_base/adapted"
PHRASES: Final = "email/_base/phrases.jinja"

Context = Mapping[str, Any]
Block = tuple[str, str]
"""What a paragraph is (``text``, ``case`` or ``link``), and its words."""


class Unfilled(ValueError):
    """A letter has nothing to put in the place of a placeholder."""


def writer_of(wording: Wording, part: str, language: Language, event: str, audience: str) -> Callable[[Context], str]:
    """Return what writes one part of a mail in the words of the installation; it raises Unfilled."""

    def write(context: Context) -> str:
        try:
            made = environment(language, html=part == "body.html")
            said = _Said(made, event, audience, context)
            return _PARTS[part](wording, said, made, context)
        except (TemplateNotFound, UndefinedError) as reason:
            raise Unfilled(str(reason)) from reason

    return write


def _subject(wording: Wording, said: "_Said", _made: Environment, context: Context) -> str:
    mark = "" if context["cases"] else f"[{context['ref']!s}] "
    return mark + said.line(wording.subject)


def _text(wording: Wording, said: "_Said", made: Environment, context: Context) -> str:
    told = "\n".join(_lines(wording.body, said))
    return made.get_template(f"{FRAME}.txt").render({**context, "told": told})


def _html(wording: Wording, said: "_Said", made: Environment, context: Context) -> str:
    heads = {"headline": said.line(wording.subject), "link_label": said.link_label}
    blocks = list(_blocks(wording.body, said))
    return made.get_template(f"{FRAME}.html").render({**context, "blocks": blocks, "words": heads})


_PARTS: Final = {"subject.txt": _subject, "body.txt": _text, "body.html": _html}


def stand_for(language: Language, event: str, audience: str, context: Context) -> dict[Placeholder, str]:
    """Return what each placeholder stands for in the text part of one letter; nothing where it stands for nothing."""
    said = _Said(environment(language, html=False), event, audience, context)
    return {one: said.whole(one) for one in Placeholder}


class _Said:
    """What the placeholders of one part stand for in one letter."""

    def __init__(self, made: Environment, event: str, audience: str, context: Context) -> None:
        self.is_html = made.autoescape is True
        self._context, self._due = context, due_fact(event, audience)
        self._words: Any = made.get_template(f"email/{event}/words.jinja").make_module(dict(context))
        self._phrases: Any = made.get_template(PHRASES).make_module(dict(context))

    @property
    def link_label(self) -> str:
        return str(self._words.link_label) if not self.is_html else escape(self._words.link_label)

    @property
    def details(self) -> list[str]:
        return [self._own(one) for one in self._words.details if str(one).strip()]

    @property
    def case_lines(self) -> list[str]:
        lines = [self._phrases.line_of(one) for one in self._context["cases"]]
        return [self._own(one) for one in lines or [self._phrases.case_line()]]

    def line(self, text: str) -> str:
        """Return a line with the values in their places, escaped where the part asks for it."""
        parts = [self._value(one) if isinstance(one, Placeholder) else self._own(one) for one in pieces(text)]
        return joined_html(parts) if self.is_html else "".join(parts)

    def link(self) -> str:
        """Return the link, with its words before it, as the text part has it."""
        return f"{self._words.link_label}\n{self._context['link']!s}"

    def whole(self, one: Placeholder) -> str:
        """Return all that a placeholder stands for, whatever its kind; nothing where the letter has nothing."""
        if one is Placeholder.CASE:
            return "\n".join(self.case_lines)
        if one is Placeholder.USUAL_DETAILS:
            return "\n".join(self.details)
        return self.link() if one is Placeholder.LINK else str(self._find(one))

    def _own(self, words: Any) -> str:
        return escape(words) if self.is_html else str(words)

    def _value(self, one: Placeholder) -> str:
        value = self._own(self._find(one))
        if not value.strip():
            raise Unfilled(one)
        return value

    def _find(self, one: Placeholder) -> Any:
        words, context = self._words, self._context
        if one is Placeholder.DUE:
            return context.get(self._due or "", "")
        if one in _FROM_WORDS:
            return getattr(words, _FROM_WORDS[one])
        if one in _FROM_PHRASES:
            return getattr(self._phrases, _FROM_PHRASES[one])()
        return context.get(one.value, "")


_FROM_WORDS: Final = {Placeholder.USUAL_SUBJECT: "headline", Placeholder.USUAL_OPENING: "opening"}
_FROM_PHRASES: Final = {
    Placeholder.GREETING: "greeting",
    Placeholder.CLOSING: "regards",
    Placeholder.DESK: "desk_name",
}


def _lines(body: str, said: _Said) -> Iterator[str]:
    """Yield the lines of the text part; two empty ones never follow each other."""
    was_empty = True
    for line in body.split("\n"):
        alone = stands_alone(line)
        if alone is Placeholder.USUAL_DETAILS:
            words = "\n\n".join(said.details)
        else:
            words = said.whole(alone) if alone in _OWN_BLOCKS else said.line(line)
        if words or not was_empty:
            yield words
        was_empty = not words


def _blocks(body: str, said: _Said) -> Iterator[Block]:
    """Yield the paragraphs of the HTML part: an empty line, or what stands alone, ends one."""
    held: list[str] = []
    for line in [*body.split("\n"), ""]:
        alone = stands_alone(line)
        if line.strip() and alone not in _OWN_BLOCKS:
            held.append(said.line(line))
            continue
        if held:
            yield "text", lines_html(held)
            held = []
        if alone is Placeholder.USUAL_DETAILS:
            yield from (("text", words) for words in said.details)
        elif alone is not None:
            yield alone.value, ""


_OWN_BLOCKS: Final = frozenset({Placeholder.CASE, Placeholder.LINK, Placeholder.USUAL_DETAILS})
