"""The Jinja environments of the mails: one per language and part, with no request and no person signed in."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from escalation.domain.codes import Language
from escalation.mail.skeleton import strip_tags

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
CATALOGUES: Final = Path(__file__).resolve().parents[1] / "translations"
DOMAIN: Final = "email"
SOURCE_LANGUAGE: Final = Language.EN
FORMS: Final = {
    Language.AR: "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    Language.FR: "nplurals=2; plural=(n > 1);",
}
"""Which form a number takes. Babel's own rule for Arabic gives 11 to 99 the form of 100."""


@cache
def translations(language: Language) -> NullTranslations:
    """Return the mails' own catalogue; the source language needs none.

    It is read from its source, so that a mail can never leave in the wrong language for want of a compiled file.
    """
    if language is SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as source:
        head = f'msgid ""\nmsgstr "Plural-Forms: {FORMS[language]}\\n"\n\n'
        write_mo(compiled, read_po(BytesIO(head.encode() + source.read()), locale=language.value))
    compiled.seek(0)
    return Translations(fp=compiled, domain=DOMAIN)


@cache
def environment(language: Language, *, html: bool) -> Environment:
    """Return the environment that writes one part of the mails of one language."""
    made = Environment(  # nosec B701
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 - the other part is plain text
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.filters["striptags"] = strip_tags
    catalogue = translations(language)
    made.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made
