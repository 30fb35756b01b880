"""What a person may change of their own account."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from escalation.domain.codes import Language
from escalation.domain.people_table import NAME_CHARS
from escalation.domain.typed import PHONE_CHARS
from escalation.web.forms.fields import PageForm, line
from escalation.web.language import NATIVE_NAMES


class LanguageForm(PageForm):
    """The language of pages and messages."""

    language = RadioField(
        _l("Language of pages and messages"),
        choices=[SelectChoice(code.value, NATIVE_NAMES[code]) for code in Language],
        validate_choice=True,
    )


def phone_number() -> StringField:
    """Return the question for a telephone number by which somebody signs in; it may be left empty."""
    return line(
        _l("Telephone number"),
        longest=PHONE_CHARS,
        inputmode="tel",
        dir="ltr",
        autocomplete="off",
        spellcheck="false",
    )


class PhoneForm(PageForm):
    """The number by which its owner may sign in."""

    phone = phone_number()


PHONE_REFUSED = {
    "not_a_phone": _l("This is not a telephone number: write it like 0612345678 or +212612345678."),
    "taken": _l("This number cannot be kept, another account signs in by it: tell the administrator if it is yours."),
}
"""What is said of a number that is refused, by its reason."""


class OwnNameForm(PageForm):
    """How one's own name is written."""

    name_ar = line(_l("Name in Arabic letters"), _l("Write the name in Arabic letters."), longest=NAME_CHARS, dir="rtl")
    name_fr = line(_l("Name in Latin letters"), _l("Write the name in Latin letters."), longest=NAME_CHARS, dir="ltr")
