"""The shapes of what one may do on a case beside the moves: a comment, a note, a contact, a correction."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from escalation import labels
from escalation.domain.codes import Channel
from escalation.queries.people.people import Reader
from escalation.web.forms.acting import OfficeForm
from escalation.web.forms.fields import DayField, line, paragraph
from escalation.web.forms.files import FilesField
from escalation.web.forms.filing import FilingForm

SPOKEN = tuple(channel for channel in Channel if channel is not Channel.WEB)


def _ways() -> list[tuple[str, str]]:
    return [(channel.value, labels.channel_label(channel)) for channel in SPOKEN]


class RemarkForm(OfficeForm):
    """A remark that asks for nothing more."""

    def prepare(self, colleagues: Sequence[Reader]) -> None:
        """Set what depends on who asks."""


class CommentForm(RemarkForm):
    """What both sides read."""

    comment = paragraph(_l("Your comment"), _l("Write your comment."), rows=3)
    files = FilesField(id="comment-files")


class NoteForm(RemarkForm):
    """What only one's own desk reads, and whom there it calls to."""

    note = paragraph(_l("Your note"), _l("Write your note."), rows=3)
    mentions = SelectMultipleField(
        _l("Who is to be told of it?"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    files = FilesField(id="note-files")

    def prepare(self, colleagues: Sequence[Reader]) -> None:
        """Offer the colleagues at the same desk."""
        language = labels.current_language()
        self.colleagues = {reader.person_id: reader for reader in colleagues}
        self.mentions.choices = [(reader.person_id, reader.name(language)) for reader in self.colleagues.values()]

    def called(self) -> set[int]:
        """Return whom the note calls to: who was ticked, and whose full name stands in it after an @."""
        return set(self.mentions.data or ()) | named_in(self.note.data or "", self.colleagues.values())


class ContactForm(RemarkForm):
    """With whom the desk spoke, by which way, and what was said."""

    spoke_with = line(_l("With whom did you speak?"), _l("Write with whom you spoke."))
    channel = SelectField(_l("By which way?"), validators=[InputRequired(_l("Choose how you spoke."))], choices=_ways)
    contact = paragraph(_l("What was said?"), _l("Write what was said."), rows=4)
    files = FilesField()


class AmendForm(FilingForm):
    """The answers of a filing, corrected."""

    filed_needed_by: date | None = None

    def validate_needed_by(self, field: DayField) -> None:
        """Refuse a day that has passed, unless it is the one that was filed."""
        if field.data != self.filed_needed_by:
            super().validate_needed_by(field)


def named_in(text: str, colleagues: Collection[Reader]) -> set[int]:
    """Return the colleagues whose full name, in either script, follows an @; a name that begins a longer one yields."""
    names = {_folded(name): reader.person_id for reader in colleagues for name in (reader.name_ar, reader.name_fr)}
    rest, called = _folded(text), set()
    for name in sorted(names, key=len, reverse=True):
        rest, found = re.subn(rf"@ ?{re.escape(name)}(?!\w)", " ", rest)
        if found:
            called.add(names[name])
    return called


def _folded(text: Any) -> str:
    return " ".join(str(text).casefold().split())
