"""What an administrator writes of a delay for some cases: which, how many days, from when; and into a draft."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms.validators import InputRequired, ValidationError

from escalation import labels
from escalation.domain.codes import Level, Urgency
from escalation.domain.settings import SETTING_RULES, Narrowed, Scope, ScopeNotAdmitted
from escalation.models.taxonomy import ObstacleType
from escalation.web.admin.words import SETTING_WORDS
from escalation.web.choices import types_by_group
from escalation.web.forms.choices import Choice, OneOf
from escalation.web.forms.fields import DayField, PageForm, WholeNumberField

OWN, AS_WIDER = "own", "wider"
DESKS = (Level.PROVINCE, Level.REGION)


class ScopeForm(PageForm):
    """For which cases a delay is set, and to how much."""

    obstacle_type = Choice(_l("Type of obstacle"))
    urgency = Choice(_l("Urgency"))
    level = Choice(_l("Level"))
    what = OneOf(_l("For these cases"), _l("Choose whether they have a number of their own."), default=OWN)
    value = WholeNumberField(_l("Value"), render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6})

    def offer(self, types: Iterable[ObstacleType]) -> None:
        """Offer types, urgencies and levels, each after the choice of all."""
        self.obstacle_type.choices = types_by_group(types)
        self.urgency.choices = [("", _("All")), *((code.value, labels.urgency_label(code)) for code in Urgency)]
        levels = [(code.value, labels.level_label(code)) for code in DESKS]
        self.level.choices = [("", pgettext("masculine", "All")), *levels]
        self.what.choices = [
            (OWN, _("A number of their own")),
            (AS_WIDER, _("As for the wider cases: the number of their own is taken back")),
        ]

    def validate_value(self, field: WholeNumberField) -> None:
        """Refuse no number where there is to be one."""
        if field.data is None and not field.process_errors and self.what.data != AS_WIDER:
            raise ValidationError(_("Write a whole number, with digits only."))

    @property
    def scope(self) -> Scope:
        """Return for which cases it is, of a form that is valid."""
        return Scope(
            Level(self.level.data) if self.level.data else None,
            Urgency(self.urgency.data) if self.urgency.data else None,
            self.obstacle_type.data or "",
        )

    @property
    def days(self) -> int | None:
        """Return the number, or nothing where what is said of wider cases shall hold."""
        return None if self.what.data == AS_WIDER else self.value.data

    def blame_scope(self, refused: ScopeNotAdmitted) -> None:
        """Say why a delay cannot hold for these cases only."""
        is_of_cases = SETTING_RULES[refused.key].narrowed is not Narrowed.NOT
        words = (
            _("This delay is not set by level: choose all.") if is_of_cases else _("This delay is the same for all.")
        )
        self.level.errors = [words]

    def blame_value(self, key: str) -> None:
        """Say between which numbers a delay may be, or that for all cases there must be one."""
        rule = SETTING_RULES[key]
        if self.days is None:
            self.what.errors = [_("For all cases there is no wider number to go back to: write one, or name cases.")]
        else:
            self.value.errors = [_("Write a number from %(least)d to %(most)d.", least=rule.minimum, most=rule.maximum)]


class ExceptionForm(ScopeForm):
    """A delay for some cases, and the day from which it holds."""

    effective_on = DayField(_l("From"), validators=[InputRequired(_l("Write the day from which it holds."))])

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse what names no cases too: for all of them there is another form."""
        is_valid = super().validate(extra_validators)
        if self.obstacle_type.data or self.urgency.data or self.level.data:
            return is_valid
        nothing = _("Choose a type, an urgency or a level: for all cases, change the delay itself.")
        self.obstacle_type.errors = [nothing]
        return False


class LineForm(ScopeForm):
    """One delay of a draft."""

    key = Choice(_l("Delay"), _l("Choose the delay."))

    def offer_keys(self, keys: Iterable[str]) -> None:
        """Offer the delays of which a draft may speak."""
        self.key.choices = [("", _("Choose…")), *((key, str(SETTING_WORDS[key])) for key in keys)]


class ForceForm(PageForm):
    """From which day a draft shall hold."""

    effective_on = DayField(_l("From"), validators=[InputRequired(_l("Write the day from which it holds."))])
