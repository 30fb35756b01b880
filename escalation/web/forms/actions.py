"""The shapes of the moves that ask for words only: what each asks for, by the names of the table."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional, ValidationError

from escalation import labels
from escalation.domain.codes import Channel, Outcome
from escalation.web.case.asking import Asking
from escalation.web.forms.acting import OfficeForm
from escalation.web.forms.choices import Choice, OneOf
from escalation.web.forms.fields import DayField, line, paragraph
from escalation.web.forms.files import FilesField

FURTHEST = timedelta(days=3652)


class MoveForm(OfficeForm):
    """A move that asks for nothing more."""

    def prepare(self, asking: Asking) -> None:
        """Set what depends on who asks, on which case and on the day."""
        self.asking = asking


class ReasonForm(MoveForm):
    """A move that asks why."""

    reason = paragraph(_l("Reason"), _l("Write the reason: the others will read it."), rows=4)
    files = FilesField()


class QuestionForm(MoveForm):
    """A question to the commune."""

    question = paragraph(_l("Your question"), _l("Write your question to the commune."), rows=5)
    files = FilesField()


class AnswerForm(MoveForm):
    """An answer to the desk's question, by the commune or noted for it."""

    answer = paragraph(_l("Your answer"), _l("Write the answer."), rows=6)
    channel = Choice(_l("How did the answer come?"), open_ended=True)
    files = FilesField()

    def prepare(self, asking: Asking) -> None:
        """Offer the commune the page itself, and the desk the ways an answer may have reached it."""
        super().prepare(asking)
        if not asking.is_commune:
            self.answer.label.text = _("The commune’s answer")
        offered = [Channel.WEB] if asking.is_commune else [one for one in Channel if one is not Channel.WEB]
        self.channel.choices = [(channel.value, labels.channel_label(channel)) for channel in offered]
        if self.channel.data not in offered:
            self.channel.data = offered[0].value


class ConfirmForm(MoveForm):
    """The commune's word that the obstacle is gone, with what it saw."""

    evidence = paragraph(_l("What was seen on the ground"), rows=3)
    files = FilesField()


class ResolveForm(MoveForm):
    """A solution presented to the commune; a commitment says who does what by when."""

    outcome = OneOf(_l("Outcome"), _l("Choose what became of the obstacle."))
    resolution = paragraph(_l("The solution"), _l("Write what was done or decided."), rows=5)
    evidence = paragraph(_l("What proves it"), rows=3)
    remaining = paragraph(_l("What remains to be done"), rows=3)
    commitment_who = line(_l("Who commits?"))
    commitment_what = paragraph(_l("To do what?"), rows=3)
    commitment_by = DayField(_l("By when?"), validators=[Optional()])
    files = FilesField()

    def prepare(self, asking: Asking) -> None:
        """Offer the outcomes in the page's language."""
        super().prepare(asking)
        self.outcome.choices = [(outcome.value, labels.outcome_label(outcome)) for outcome in Outcome]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for the three parts of a commitment when that is the outcome, and only then."""
        sound = bool(super().validate(extra_validators))
        if self.outcome.data != Outcome.COMMITMENT:
            return sound
        wanted = {
            self.commitment_who: _("Write who commits."),
            self.commitment_what: _("Write what is promised."),
            self.commitment_by: _("Write the day by which it is promised."),
        }
        for field, message in wanted.items():
            if not field.data and not field.errors:
                field.errors = [message]
                sound = False
        return sound

    def validate_commitment_by(self, field: DayField) -> None:
        """Refuse a promise for a day that has passed."""
        today = self.asking.today
        if self.outcome.data == Outcome.COMMITMENT and field.data and field.data < today:
            raise ValidationError(_("This day has passed: write a day to come."))
        if self.outcome.data == Outcome.COMMITMENT and field.data and field.data > today + FURTHEST:
            raise ValidationError(_("This day is too far away: write a day within the next ten years."))
