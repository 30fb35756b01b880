"""The shape of a page on which many obstacles are noted at once: one way they came, and a short row for each."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, RadioField, SelectField
from wtforms.validators import ValidationError

from escalation import labels
from escalation.domain.codes import Channel
from escalation.domain.content import Content
from escalation.domain.typed import PHONE_CHARS, is_phone
from escalation.services.case.capture import MOST_ROWS, Told
from escalation.web.forms.fields import ActForm, PageForm, line
from escalation.web.forms.filing import TOLD_BY

ROWS = 12
SAID_CHARS = 1000


class CaptureRow(PageForm):
    """What was told of one obstacle."""

    commune = SelectField(_l("Commune"), validate_choice=False)
    project_name = line(_l("Project"))
    obstacle_type = SelectField(_l("What is blocking it?"), validate_choice=False)
    description = line(_l("What was said"), longest=SAID_CHARS)
    callback_phone = line(_l("Telephone"), longest=PHONE_CHARS, inputmode="tel", dir="ltr")

    def validate_commune(self, field: SelectField) -> None:
        """Refuse a row without a commune, or with one that is not offered."""
        if not any(field.data == value for value, *_rest in field.iter_choices() if value):
            raise ValidationError(_("Choose the commune."))

    def validate_obstacle_type(self, field: SelectField) -> None:
        """Refuse a type that is not offered; it may be left open."""
        if field.data and not any(field.data == value for value, *_rest in field.iter_choices()):
            raise ValidationError(_("Choose what is blocking the project."))

    def validate_callback_phone(self, field: Any) -> None:
        """Refuse what cannot be dialled."""
        if field.data and not is_phone(field.data):
            raise ValidationError(_("Write a telephone number, like 0612345678."))

    def is_keepable(self) -> bool:
        """Say whether the row can become a draft; one that names no project cannot, for nobody would know it again."""
        sound = bool(self.validate())
        if not self.project_name.data:
            self.project_name.errors = [_("Write the name of the project.")]
        return sound and bool(self.project_name.data)

    def is_empty(self) -> bool:
        """Say whether nothing was written in this row."""
        return not any(field.data for field in self)

    def told(self) -> Told:
        """Return the row as the services take it."""
        content = Content(
            project_name=self.project_name.data or "",
            obstacle_type=self.obstacle_type.data or None,
            description=self.description.data or "",
            callback_phone=self.callback_phone.data or "",
        )
        return Told(self.commune.data, content)


class CaptureForm(ActForm):
    """Twelve rows, or more; a row in which nothing is written is passed over."""

    channel = RadioField(_l("How did the communes tell you?"), default=Channel.MEETING.value)
    rows = FieldList(FormField(CaptureRow), min_entries=ROWS, max_entries=MOST_ROWS)

    def offer(self, communes: dict[str, list[tuple[str, str]]], types: dict[str, list[tuple[str, str]]]) -> None:
        """Set what each list of choices offers, in the page's language."""
        self.channel.choices = [(channel.value, labels.channel_label(channel)) for channel in TOLD_BY]
        for row in self.rows:
            row.form.commune.choices = {"": [("", _("Choose…"))], **communes}
            row.form.obstacle_type.choices = types

    def add_rows(self) -> None:
        """Give as many rows again, up to the most that one form may have."""
        for _number in range(min(ROWS, MOST_ROWS - len(self.rows))):
            self.rows.append_entry()

    @property
    def may_grow(self) -> bool:
        """Say whether there is room for more rows."""
        return len(self.rows) < MOST_ROWS

    def filled(self) -> list[CaptureRow]:
        """Return the rows in which something was written."""
        return [row.form for row in self.rows if not row.form.is_empty()]

    def is_sound(self) -> bool:
        """Say whether at least one row is filled in, and every one that is can become a draft."""
        rows = self.filled()
        sound = [row.is_keepable() for row in rows]
        if not rows:
            self.rows[0].form.commune.errors = [_("Fill in at least one line.")]
        for number, row in enumerate(self.rows, 1):
            for field in row.form:
                field.errors = [_("Line %(number)d: %(error)s", number=number, error=error) for error in field.errors]
        return bool(self.channel.validate(self)) and bool(rows) and all(sound)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong: the id of the field, and what to do, with the line it stands in."""
        if self.channel.errors:
            self.channel.errors = [_("Say how the communes told you.")]
            yield f"{self.channel.id}-0", self.channel.errors[0]
        for row in self.rows:
            yield from ((field.id, error) for field in row.form for error in field.errors)
