"""What a person may change of their own account."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from escalation.domain.codes import Language
from escalation.services.people.people import NAME_CHARS
from escalation.web.forms.fields import PageForm, line
from escalation.web.language import NATIVE_NAMES


class LanguageForm(PageForm):
    """The language of pages and messages."""

    language = RadioField(
        _l("Language of pages and messages"),
        choices=[SelectChoice(code.value, NATIVE_NAMES[code]) for code in Language],
        validate_choice=True,
    )


class OwnNameForm(PageForm):
    """How one's own name is written."""

    name_ar = line(_l("Name in Arabic letters"), _l("Write the name in Arabic letters."), longest=NAME_CHARS, dir="rtl")
    name_fr = line(_l("Name in Latin letters"), _l("Write the name in Latin letters."), longest=NAME_CHARS, dir="ltr")
