"""What people write about offices: who acts for them, who may file, when an office rests and who holds it then."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Optional

from escalation.web.forms.admin import ADDRESS
from escalation.web.forms.choices import Choice
from escalation.web.forms.fields import DayField, PageForm, line
from escalation.web.forms.sign_in import EMAIL_CHARS

FIRST, LAST = _l("Write the first day."), _l("Write the last day.")

REASONS = {
    "not_yours": _l("Choose one of your offices."),
    "in_the_past": _l("This day has passed: choose today or a day to come."),
    "before_its_start": _l("The last day is before the first one: correct one of them."),
    "too_long_away": _l("An absence lasts 180 days at most: for longer, tell the administrator."),
    "not_at_this_desk": _l("Choose somebody who sits at the same desk."),
    "named_already": _l("Somebody is named for some of these days already: take that back first."),
    "not_a_delegate": _l("Choose one of the delegates of your commune."),
    "not_the_president": _l("Only who presides over the commune can let somebody file."),
    "rests_already": _l("The office already rests on some of these days: end that first."),
    "unknown_person": _l("Nobody with an open account here has this address: invite them first."),
    "same_person": _l("The interim is another person than the one whose office rests."),
    "already_held": _l("This person already holds this office there in that time."),
    "powerful": _l("This office waits for a second administrator: invite somebody to it for these days."),
    "last_administrator": _l("This is the last administrator of the region: invite another one first."),
    "needs_end": _l("Write until when: an interim has a last day."),
}
"""What is said of what a service refuses, by its reason."""


class AbsenceForm(PageForm):
    """In which office, who acts meanwhile, and from when to when."""

    mandate = Choice(_l("Office"), _l("Choose one of your offices."))
    deputy = Choice(_l("Deputy"), _l("Choose somebody who sits at the same desk."))
    starts_on = DayField(_l("First day"), validators=[InputRequired(FIRST)])
    ends_on = DayField(_l("Last day"), validators=[InputRequired(LAST)])

    def offer(self, offices: Iterable[tuple[str, str]], colleagues: Mapping[str, list[tuple[str, str]]]) -> None:
        """Offer the offices of who is away, and those who sit beside them, desk by desk."""
        self.mandate.choices = list(offices)
        self.deputy.choices = {"": [("", _("Choose…"))], **colleagues}


class PermissionForm(PageForm):
    """Which delegate may file, from when to when."""

    delegate = Choice(_l("Delegate"), _l("Choose one of the delegates of your commune."))
    starts_on = DayField(_l("First day"), validators=[InputRequired(FIRST)])
    ends_on = DayField(_l("Last day"), validators=[InputRequired(LAST)])

    def offer(self, delegates: Iterable[tuple[str, str]]) -> None:
        """Offer the delegates of the president's communes."""
        self.delegate.choices = [("", _("Choose…")), *delegates]


class SuspensionForm(PageForm):
    """From when to when an office rests, and the address of who holds it meanwhile, if anybody."""

    starts_on = DayField(_l("First day"), validators=[InputRequired(FIRST)])
    ends_on = DayField(_l("Last day"), validators=[Optional()])
    interim = line(_l("Address of who holds it meanwhile"), longest=EMAIL_CHARS, **ADDRESS)


def blame_office(form: PageForm, field: str, reason: str) -> None:
    """Say under the question of a form why the service refused its answer."""
    fields = dict(form._fields)
    fields.get(field, next(iter(fields.values()))).errors = [str(REASONS[reason])]
