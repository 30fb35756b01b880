"""What an administrator writes about days: one that is off or not, where, and from when to when reminders rest."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Optional

from escalation import labels
from escalation.models.places import Place
from escalation.services.calendar import DayChange, DayIs
from escalation.web.forms.choices import Choice, OneOf
from escalation.web.forms.fields import DayField, PageForm, line

EVERYWHERE = "all"

REASONS = {
    "past": _l("This day has passed: what was counted by then stays. Choose a day from today on."),
    "only_the_country": _l("A province can be closed by itself, not work while the country is off: choose another."),
    "missing": _l("Write what the day is called, in Arabic and in French letters."),
    "both_days": _l("Write both days, or neither to let reminders leave."),
    "not_in_order": _l("The last day is before the first one or has passed: correct it."),
}
"""What is said of what the service refuses, by its reason."""


class DayForm(PageForm):
    """One day of the calendar: what it is, where, and how it is called."""

    day = DayField(_l("Day"), validators=[InputRequired(_l("Write the day, like 31/12/2026."))])
    what = OneOf(_l("On this day"), _l("Choose what is true of the day."))
    place = Choice(_l("Where"), _l("Choose the place in the list."))
    name_ar = line(_l("Name in Arabic letters"), longest=120, dir="rtl")
    name_fr = line(_l("Name in Latin letters"), longest=120, dir="ltr")

    def offer(self, provinces: Iterable[Place]) -> None:
        """Offer what a day can be, and the provinces of the administrator's regions."""
        self.what.choices = [
            (DayIs.OFF.value, _l("Offices are closed")),
            (DayIs.WORKING.value, _l("Offices work, though it was announced as a day off")),
            (DayIs.AS_PUBLISHED.value, _l("As published: take back what was corrected")),
        ]
        named = [(place.code, labels.place_label(place)) for place in provinces]
        self.place.choices = [(EVERYWHERE, _l("The whole country")), *named]

    def change(self) -> DayChange:
        """Return what was written, of a form that is valid."""
        place = self.place.data if self.place.data != EVERYWHERE else ""
        assert self.day.data is not None
        return DayChange(self.day.data, DayIs(self.what.data), place, self.name_ar.data or "", self.name_fr.data or "")


class PauseForm(PageForm):
    """From when to when no reminder leaves; neither day takes the pause away."""

    starts_on = DayField(_l("First day"), validators=[Optional()])
    ends_on = DayField(_l("Last day"), validators=[Optional()])
