"""The words of a mail as an administrator writes them, and what is said of each mistake in them."""

import difflib
from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField

from escalation.domain.codes import Language
from escalation.domain.typed import clean_text
from escalation.domain.wordings import (
    BODY_CHARS,
    SUBJECT_CHARS,
    Fault,
    Mistake,
    Placeholder,
    Wording,
    as_kept,
    as_shown,
    tidy,
)
from escalation.mail.examples import USUAL
from escalation.mail.placeholders import NAMES
from escalation.web.forms.choices import Choice
from escalation.web.forms.fields import PageForm

OPENED, CLOSED = "\u2068", "\u2069"
MOST_QUOTED = 40

FAULTS = {
    Fault.EMPTY: _l("Write the words of this mail, or put the usual ones back."),
    Fault.SEVERAL_LINES: _l("A subject is one line: take out the line breaks."),
    Fault.MARKUP: _l("%(words)s: no HTML can stand here. Write plain words."),
    Fault.ADDRESS: _l("%(words)s: a mail has one link, which stands where %(link)s stands. Take this address out."),
    Fault.BRACE: _l("%(words)s: a brace has no other. Write each placeholder between { and }, or take the brace out."),
    Fault.NOT_HERE: _l("%(words)s cannot stand in this mail, which does not always have it. Take it out."),
    Fault.NOT_IN_SUBJECT: _l("%(words)s cannot stand in a subject. Take it out, or write it below."),
    Fault.NO_LINK: _l("The link to the case is missing: write %(link)s on a line of its own."),
    Fault.TWO_LINKS: _l("A mail has one link: leave %(link)s once."),
    Fault.NOT_ALONE: _l("%(words)s stands on a line of its own: put what is beside it on another line."),
}
"""What is said of what cannot be saved, and how it is put right."""


class WordingForm(PageForm):
    """The subject and the body of one mail in one language, and the situation to look at it in."""

    subject = StringField(_l("Subject, after the reference of the case"), render_kw={"maxlength": SUBJECT_CHARS})
    body = TextAreaField(_l("Words of the mail"), render_kw={"maxlength": BODY_CHARS + 500, "rows": 14})
    situation = Choice(_l("Look at it in this situation"), open_ended=True)
    seen = HiddenField()

    def prepare(self, language: Language, situations: list[tuple[str, str]]) -> None:
        """Offer the situations; let what is written read in the direction of its own language."""
        self.situation.choices = situations
        direction = "rtl" if language is Language.AR else "ltr"
        for field in (self.subject, self.body):
            field.render_kw = {**(field.render_kw or {}), "lang": language.value, "dir": direction}

    @staticmethod
    def shown(wording: Wording, language: Language) -> Wording:
        """Return a wording as it is shown for writing."""
        return Wording(*(as_shown(text, NAMES[language]) for text in (wording.subject, wording.body)))

    def show(self, wording: Wording, language: Language) -> None:
        """Fill the form in, placeholders by the names they have in the mail's language."""
        shown = self.shown(wording, language)
        self.subject.data, self.body.data = shown.subject, shown.body

    def wording(self, language: Language) -> Wording:
        """Return what was written, as it is kept."""
        names = NAMES[language]
        typed = (tidy(clean_text(field.data)) for field in (self.subject, self.body))
        return Wording(*(as_kept(text, names) for text in typed))

    @property
    def seen_version(self) -> int:
        """Return the newest version that the page showed; 0 when it does not say."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def asked_situation(self) -> str:
        """Return in which situation the mail shall be shown."""
        return self.situation.data or USUAL

    def blame(self, mistakes: Sequence[Mistake], language: Language) -> None:
        """Say under each field what is wrong with it, and how it is put right."""
        for name in ("subject", "body"):
            self[name].errors = [mistake_words(one, language) for one in mistakes if one.field == name]


def mistake_words(mistake: Mistake, language: Language) -> str:
    """Return what is wrong and how it is put right."""
    names = NAMES[language]
    if mistake.fault is Fault.TOO_LONG:
        most = SUBJECT_CHARS if mistake.field == "subject" else BODY_CHARS
        return _("This is %(num)s characters long: shorten it to %(max)d.", num=mistake.words, max=most)
    if mistake.fault is Fault.UNKNOWN:
        return _unknown_words(mistake.words, list(names.values()))
    known = mistake.words in list(Placeholder) and mistake.fault not in (Fault.MARKUP, Fault.ADDRESS, Fault.BRACE)
    words = _braced(names[Placeholder(mistake.words)]) if known else _quoted(mistake.words)
    return str(FAULTS[mistake.fault]) % {"words": words, "link": _braced(names[Placeholder.LINK])}


def _unknown_words(typed: str, names: list[str]) -> str:
    near = difflib.get_close_matches(typed.strip().casefold(), names, 1, 0.6)
    if near:
        return _(
            "There is no placeholder %(typed)s. Did you mean %(near)s?", typed=_braced(typed), near=_braced(near[0])
        )
    return _("There is no placeholder %(typed)s: take one of the list below.", typed=_braced(typed))


def _braced(name: str) -> str:
    return _quoted(f"{{{name}}}")


def _quoted(words: str) -> str:
    shown = " ".join(words.split())
    return f"{OPENED}{shown[:MOST_QUOTED]}{'…' if len(shown) > MOST_QUOTED else ''}{CLOSED}"
