"""What is asked before a name goes for good."""

from typing import Any

from flask_babel import lazy_gettext as _l

from escalation.web.forms.choices import OneOf
from escalation.web.forms.fields import PageForm
from escalation.web.privacy.words import FATE_WORDS, REASON_WORDS


class PseudonymiseForm(PageForm):
    """Why a name is to go, and what becomes of what its bearer wrote."""

    reason = OneOf(_l("Why"), _l("Choose why the name is to go."))
    texts = OneOf(_l("What becomes of the texts"), _l("Choose what becomes of the texts."))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.reason.choices = [(code.value, words) for code, words in REASON_WORDS.items()]
        self.texts.choices = [(code.value, words) for code, words in FATE_WORDS.items()]
