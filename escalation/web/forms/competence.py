"""What is written about competence: a row of the table by an administrator, a ruling by a regional secretary."""

from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import InputRequired, ValidationError

from escalation import labels
from escalation.domain.codes import Competent, Level
from escalation.models.taxonomy import RoutingReason
from escalation.services.competence import CERTAINTIES, LAW_CHARS, Rule
from escalation.services.rulings import Judgment
from escalation.web.forms.choices import Choice, OneOf
from escalation.web.forms.fields import DayField, PageForm, line, paragraph

AS_WIDER = "wider"
Places = Mapping[str, list[tuple[str, str]]]

REASONS = {
    "unknown": _l("Choose the place in the list."),
    "missing": _l("This is needed too: choose an answer."),
    "not_tomorrow": _l("A row holds from tomorrow at the earliest: what was filed keeps its way."),
}
"""What is said of what the service refuses, by its reason."""


class RuleForm(PageForm):
    """Which desk has a type first, somewhere, from a day on, and why."""

    place = Choice(_l("Where"), _l("Choose the place in the list."), open_ended=True)
    first_desk = OneOf(_l("First desk"), _l("Choose the desk that has it first."))
    competent = OneOf(_l("Whose power it is"))
    reason = Choice(_l("Reason that is printed"))
    law = line(_l("Law and articles"), longest=LAW_CHARS, dir="auto")
    certainty = OneOf(_l("How sure the article is"))
    effective_on = DayField(_l("From"), validators=[InputRequired(_l("Write the day from which it holds."))])
    ruling = HiddenField()

    def offer(self, places: Places, reasons: Iterable[RoutingReason]) -> None:
        """Offer the places of the administrator's regions, the desks, the competent and the reasons."""
        self.place.choices = dict(places)
        self.first_desk.choices = [
            *((level.value, labels.path_label(level)) for level in (Level.PROVINCE, Level.REGION)),
            (AS_WIDER, _("As for the region, or as the type says")),
        ]
        self.competent.choices = [(code.value, labels.competent_label(code)) for code in Competent]
        self.reason.choices = [("", _("Choose…")), *((row.code, labels.name_of(row)) for row in reasons)]
        self.certainty.choices = [(code, labels.certainty_text(code)) for code in CERTAINTIES]

    def validate_place(self, field: Choice) -> None:
        """Refuse a place that is not offered."""
        _check_offered(field)

    def rule(self, obstacle_type: str) -> Rule:
        """Return the row as it was written."""
        wider = self.first_desk.data == AS_WIDER
        return Rule(
            obstacle_type=obstacle_type,
            place_code=self.place.data or "",
            effective_on=self.effective_on.data or date.min,
            first_desk=None if wider else Level(self.first_desk.data),
            competent=Competent(self.competent.data) if self.competent.data else None,
            reason=self.reason.data or None,
            law=self.law.data or "",
            certainty=self.certainty.data or "",
        )


class RulingForm(PageForm):
    """Which desk a type shall go to first, and why."""

    place = Choice(_l("Where"), _l("Choose the place in the list."), open_ended=True)
    first_desk = OneOf(_l("First desk"), _l("Choose the desk that has it first."))
    words = paragraph(_l("Why"), _l("Write why, in a sentence or two: the desks will read it."), rows=3)

    def offer(self, places: Places) -> None:
        """Offer the places of the secretary's regions, and the desks."""
        self.place.choices = dict(places)
        self.first_desk.choices = [(level.value, labels.path_label(level)) for level in (Level.PROVINCE, Level.REGION)]

    def validate_place(self, field: Choice) -> None:
        """Refuse a place that is not offered."""
        _check_offered(field)

    def judgment(self, obstacle_type: str) -> Judgment:
        """Return the ruling as it was written."""
        return Judgment(
            obstacle_type=obstacle_type,
            place_code=self.place.data or "",
            first_desk=Level(self.first_desk.data),
            words=self.words.data or "",
        )


def blame_field(form: PageForm, field: str, reason: str) -> None:
    """Say under the question of a form why the service refused its answer."""
    names = dict(form._fields)
    names.get(field, form["place"]).errors = [str(REASONS[reason])]


def _check_offered(field: Choice) -> None:
    if field.data and not any(field.data == value for value, *_rest in field.iter_choices()):
        raise ValidationError(str(REASONS["unknown"]))
