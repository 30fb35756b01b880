"""What an administrator writes: who is invited to what, how somebody is called, when an office ends, a delay."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, Optional, ValidationError

from escalation import labels
from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Language, Office
from escalation.domain.people_table import NAME_CHARS
from escalation.web.admin.words import event_words
from escalation.web.forms.account import phone_number
from escalation.web.forms.choices import Choice, OneOf
from escalation.web.forms.fields import DayField, PageForm, line
from escalation.web.forms.sign_in import EMAIL_CHARS
from escalation.web.language import NATIVE_NAMES

ADDRESS = {"inputmode": "email", "dir": "ltr", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
TERM = {"starts_on", "ends_on"}

REASONS = {
    "not_an_email": _l("Write an e-mail address, like name@example.ma."),
    "missing": _l("Write the name, in Arabic letters and in Latin letters."),
    "too_long": _l("This name is too long: shorten it."),
    "unknown": _l("Choose the place in the list."),
    "wrong_level": _l("This office is not held there: choose a commune, a province or the region."),
    "before_its_start": _l("The last day is before the first one: correct one of them."),
    "past": _l("This day has passed: an office ends yesterday at the earliest."),
    "already_held": _l("This person already holds this office there in that time."),
    "taken": _l("Another person here has this address."),
    "phone_taken": _l("Another person here signs in by this number."),
    "not_a_phone": _l("This is not a telephone number: write it like 0612345678 or +212612345678."),
    "same_person": _l("This person is the one who leaves: write the address of who follows."),
}
"""What is said of what a service refuses, by its reason."""


class PersonForm(PageForm):
    """How a person is called, and where letters reach them."""

    email = line(_l("E-mail address"), _l("Write the e-mail address."), longest=EMAIL_CHARS, **ADDRESS)
    name_ar = line(_l("Name in Arabic letters"), _l("Write the name in Arabic letters."), longest=NAME_CHARS, dir="rtl")
    name_fr = line(_l("Name in Latin letters"), _l("Write the name in Latin letters."), longest=NAME_CHARS, dir="ltr")
    phone = phone_number()


class InviteForm(PersonForm):
    """Who is invited to which office, where and for how long."""

    language = OneOf(_l("Language of pages and messages"), _l("Choose a language."))
    office = Choice(_l("Office"), _l("Choose the office."))
    place = Choice(_l("Place"), _l("Choose the place in the list."), open_ended=True)
    starts_on = DayField(_l("First day"), validators=[InputRequired(_l("Write the first day of the mandate."))])
    ends_on = DayField(_l("Last day"), validators=[Optional()])

    def offer(self, places: dict[str, list[tuple[str, str]]]) -> None:
        """Offer languages, offices and the places of the administrator's regions."""
        self.language.choices = [(code.value, NATIVE_NAMES[code]) for code in Language]
        self.office.choices = [("", _("Choose…")), *((code.value, labels.office_label(code)) for code in Office)]
        self.place.choices = places

    def validate_place(self, field: Choice) -> None:
        """Refuse a place that is not offered: an administrator gives offices in their own regions only."""
        if field.data and not any(field.data == value for value, *_rest in field.iter_choices()):
            raise ValidationError(str(REASONS["unknown"]))


class ReplaceForm(PersonForm):
    """The last day of who leaves, and who follows on the next one."""

    last_day = DayField(_l("Last day of who leaves"), validators=[InputRequired(_l("Write the last day."))])
    language = OneOf(_l("Language of pages and messages"), _l("Choose a language."))
    ends_on = DayField(_l("Last day of who follows"), validators=[Optional()])

    def offer(self) -> None:
        """Offer the languages."""
        self.language.choices = [(code.value, NATIVE_NAMES[code]) for code in Language]


class EndForm(PageForm):
    """The last day of an office."""

    ends_on = DayField(_l("Last day"), validators=[InputRequired(_l("Write the last day of the mandate."))])


class EventsForm(PageForm):
    """Which events are looked for; every answer may be left out."""

    q = line(_l("Name, address or number"), dir="auto", autocomplete="off")
    kind = Choice(_l("What happened"))
    since = DayField(_l("From"), validators=[Optional()])
    until = DayField(_l("Until"), validators=[Optional()])

    def offer(self) -> None:
        """Offer what may have happened."""
        self.kind.choices = [("", _("anything")), *((code.value, event_words(code)) for code in SecurityEventKind)]

    @property
    def words(self) -> str:
        """Return what is looked for in names, or nothing where it cannot be."""
        return "" if self.q.errors else (self.q.data or "")

    @property
    def chosen_kind(self) -> SecurityEventKind | None:
        """Return what is to have happened, or None."""
        return next((code for code in SecurityEventKind if code == self.kind.data), None)


class SettingForm(PageForm):
    """A delay and the day from which it holds."""

    value = IntegerField(
        _l("Value"),
        validators=[InputRequired(_l("Write a whole number."))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    effective_on = DayField(_l("From"), validators=[InputRequired(_l("Write the day from which it holds."))])


def blame(form: PageForm, field: str, reason: str) -> None:
    """Say under the question of a form why a service refused its answer."""
    names: dict[str, Any] = {name: form[name] for name in form._fields}
    found = names.get(field) or next(iter(names.values()))
    found.errors = [str(REASONS.get(f"{field}_{reason}") or REASONS[reason])]
