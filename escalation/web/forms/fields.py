"""Kinds of questions that several forms ask: lines and paragraphs of text, whole numbers, amounts of money."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Self

from babel.support import NullTranslations, Translations
from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import DateField, Field, FileField, HiddenField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.i18n import messages_path
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

from escalation.domain.codes import Language
from escalation.domain.typed import (
    DAY_FORMATS,
    LINE_CHARS,
    PARAGRAPH_CHARS,
    clean_line,
    clean_text,
    read_centimes,
    read_whole,
    western_digits,
)
from escalation.labels import current_language
from escalation.web.origin import READING


@dataclass(frozen=True)
class Kept:
    """That a form came back with what had been typed in it, by what its page says of that."""

    saved_at: datetime
    may_begin_afresh: bool = True


EARLIEST_YEAR, LATEST_YEAR = 1000, 2999
"""Between them a day can be counted on from, and told in every zone."""
NO_VERSION = 0
"""That of no obstacle: a form which says it was shown before the first."""


def new_key() -> str:
    """Return a key under which one form is sent, so that it acts once."""
    return str(uuid.uuid4())


@cache
def _package_words(language: Language) -> NullTranslations:
    return Translations.load(messages_path(), [language.value], domain="wtforms")


class PageForm(FlaskForm):
    """A form of a page; its token is checked for all pages at the door, so the form itself has none."""

    class Meta(FlaskForm.Meta):
        csrf = False

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            """Return what was sent as a form: a file only to a question for one, and no other kind of body."""
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            if request.method in READING or not (request.form or request.files):
                return None
            asked = [field.name for field in form if isinstance(field, FileField)]
            files = [(name, file) for name in asked for file in request.files.getlist(name)]
            return CombinedMultiDict((MultiDict(files), request.form)) if files else request.form

        def get_translations(self, _form: BaseForm) -> Any:
            """Return the package's own words in the page's language: read once, not for each form."""
            return _package_words(current_language())

    def among_others(self, key: object) -> Self:
        """Give the questions ids of their own, where several forms of a kind stand on one page; their names stay."""
        for field in self:
            field.id = field.label.field_id = f"{field.name}-{key}"
        return self


class ActForm(PageForm):
    """A form that changes an obstacle: it says which version was seen and under which key it is sent."""

    version = HiddenField()
    idempotency_key = HiddenField()

    kept: Kept | None = None
    """What was put back of an earlier typing, if anything was."""

    @property
    def seen_version(self) -> int | None:
        """Return the version that the page showed, ``NO_VERSION`` for what is none; None when the form does not say."""
        text = (self.version.data or "").strip()
        if not text:
            return None
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else NO_VERSION

    def show_version(self, version: int) -> None:
        """Let the page say another version than the one that was sent."""
        self.version.data, self.version.raw_data = str(version), None

    def renew(self, version: int) -> None:
        """Let what was typed be sent anew, on a version as it is now and under a key of its own."""
        self.begin_anew()
        self.show_version(version)

    def begin_anew(self) -> None:
        """Let what was typed be sent as if for the first time: of no version, under a key of its own."""
        self.version.data, self.version.raw_data = "", None
        self.idempotency_key.data, self.idempotency_key.raw_data = new_key(), None

    @property
    def key(self) -> str | None:
        """Return the key of this sending, or None when the form has none that we gave."""
        return clean_text(self.idempotency_key.data)[:64] or None


def line(label: Any, needed: Any = None, longest: int = LINE_CHARS, **render: Any) -> StringField:
    """Return a question answered in one line; ``needed`` is what is said when it is left out."""
    return StringField(
        label,
        filters=[clean_line],
        validators=_validators(needed, longest),
        render_kw={"maxlength": longest, **render},
    )


def paragraph(label: Any, needed: Any = None, longest: int = PARAGRAPH_CHARS, rows: int = 5) -> TextAreaField:
    """Return a question answered in a few sentences; ``needed`` is what is said when it is left out."""
    return TextAreaField(
        label,
        filters=[clean_text],
        validators=_validators(needed, longest),
        render_kw={"maxlength": longest, "rows": rows},
    )


def _validators(needed: Any, longest: int) -> list[Any]:
    too_long = _l("This answer is too long: shorten it to %(max)d characters.")
    first = Answered(needed) if needed else Optional()
    return [first, Length(max=longest, message=too_long)]


class Answered(InputRequired):
    """The answer must hold something besides spaces."""

    def __call__(self, _form: Any, field: Any) -> None:
        if not field.data and not field.process_errors:
            field.errors = []
            raise ValidationError(str(self.message))


class DayField(DateField):
    """A day, as the browser sends it or as people write it; ``data`` is a date or None."""

    data: date | None

    def __init__(self, label: Any, **given: Any) -> None:
        super().__init__(label, format=list(DAY_FORMATS), **given)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = [western_digits(clean_text(text)) for text in valuelist[:1] if text.strip()]
        try:
            super().process_formdata(typed)
        except ValueError as unreadable:
            raise ValueError(_("Write a day like 31/12/2026.")) from unreadable
        self._check_year()

    def _check_year(self) -> None:
        if self.data and not EARLIEST_YEAR <= self.data.year <= LATEST_YEAR:
            self.data = None
            raise ValueError(_("Write a day like 31/12/2026."))


class WholeNumberField(Field):
    """A whole number, typed with any digits and any separators of thousands; ``data`` is an int or None."""

    widget = TextInput()
    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        self.raw_text = clean_text(valuelist[0]) if valuelist else ""
        self.data = None
        if self.raw_text:
            self.data = read_whole(self.raw_text)
            if self.data is None:
                raise ValueError(_("Write a whole number, with digits only."))

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_text
        return "" if self.data is None else str(self.data)


class AmountField(WholeNumberField):
    """An amount in dirhams, typed as people type it; ``data`` is in centimes, or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.raw_text = clean_text(valuelist[0]) if valuelist else ""
        self.data = None
        if self.raw_text:
            self.data = read_centimes(self.raw_text)
            if self.data is None:
                raise ValueError(_("Write an amount in dirhams, like 2480000 or 2480000,50."))

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_text
        if self.data is None:
            return ""
        dirhams, rest = divmod(self.data, 100)
        return f"{dirhams},{rest:02d}" if rest else str(dirhams)
