"""What a person may change of their own account."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from escalation.domain.codes import Language
from escalation.web.forms.fields import PageForm
from escalation.web.language import NATIVE_NAMES


class LanguageForm(PageForm):
    """The language of pages and messages."""

    language = RadioField(
        _l("Language of pages and messages"),
        choices=[SelectChoice(code.value, NATIVE_NAMES[code]) for code in Language],
        validate_choice=True,
    )
