"""Questions answered by a choice: one of a list or of a few buttons; what is said when nothing of them is chosen."""

from typing import Any

from flask_babel import gettext as _
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import ListWidget, RadioInput

from escalation.domain.typed import clean_text

LONGEST = 40


def code_text(value: Any) -> str:
    """Return a code as it is sent, without what no code holds."""
    return clean_text(str(value or ""))[:LONGEST]


class Choice(SelectField):
    """A list to choose from; ``needed`` is what is said when nothing in it is chosen, None where that is allowed.

    With ``open_ended`` the list is not held against the answer: the service judges it, which knows what came before.
    """

    def __init__(self, label: Any, needed: Any = None, *, open_ended: bool = False, **given: Any) -> None:
        first = InputRequired(needed) if needed else Optional()
        super().__init__(
            label, validators=[first], coerce=code_text, choices=[], validate_choice=not open_ended, **given
        )
        self.needed = needed

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as unknown:
            raise ValidationError(str(self.needed or _("Choose one of the list."))) from unknown


class OneOf(Choice, RadioField):
    """A few answers, all in sight, one of which is chosen."""

    widget = ListWidget(prefix_label=False)
    option_widget = RadioInput()
