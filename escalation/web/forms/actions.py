"""The shapes of the moves: what each asks for, by the names of the table."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from escalation import labels
from escalation.domain.codes import Channel, Outcome
from escalation.web.forms.fields import ActForm, DayField, line, paragraph

FURTHEST = timedelta(days=3652)


class MoveForm(ActForm):
    """A move that asks for nothing more."""

    def prepare(self, today: date, *, is_commune: bool) -> None:
        """Set what depends on who asks and on the day."""
        self.today, self.is_commune = today, is_commune


class ReasonForm(MoveForm):
    """A move that asks why."""

    reason = paragraph(_l("Reason"), _l("Write the reason: the others will read it."), rows=4)


class QuestionForm(MoveForm):
    """A question to the commune."""

    question = paragraph(_l("Your question"), _l("Write your question to the commune."), rows=5)


class AnswerForm(MoveForm):
    """An answer to the desk's question, by the commune or noted for it."""

    answer = paragraph(_l("Your answer"), _l("Write the answer."), rows=6)
    channel = SelectField(_l("How did the answer come?"), validators=[Optional()], default=Channel.WEB.value)

    def prepare(self, today: date, *, is_commune: bool) -> None:
        """Offer the commune the page itself, and the desk the ways an answer may have reached it."""
        super().prepare(today, is_commune=is_commune)
        if not is_commune:
            self.answer.label.text = _("The commune’s answer")
        offered = [Channel.WEB] if is_commune else [channel for channel in Channel if channel is not Channel.WEB]
        self.channel.choices = [(channel.value, labels.channel_label(channel)) for channel in offered]
        if self.channel.data not in offered:
            self.channel.data = offered[0].value


class ResolveForm(MoveForm):
    """A solution presented to the commune; a commitment says who does what by when."""

    outcome = RadioField(_l("Outcome"), validators=[InputRequired(_l("Choose what became of the obstacle."))])
    resolution = paragraph(_l("The solution"), _l("Write what was done or decided."), rows=5)
    remaining = paragraph(_l("What remains to be done"), rows=3)
    commitment_who = line(_l("Who commits?"))
    commitment_what = paragraph(_l("To do what?"), rows=3)
    commitment_by = DayField(_l("By when?"), validators=[Optional()])

    def prepare(self, today: date, *, is_commune: bool) -> None:
        """Offer the outcomes in the page's language."""
        super().prepare(today, is_commune=is_commune)
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
        if self.outcome.data == Outcome.COMMITMENT and field.data and field.data < self.today:
            raise ValidationError(_("This day has passed: write a day to come."))
        if self.outcome.data == Outcome.COMMITMENT and field.data and field.data > self.today + FURTHEST:
            raise ValidationError(_("This day is too far away: write a day within the next ten years."))
