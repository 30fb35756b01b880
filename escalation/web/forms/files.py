"""The question for files: as many as the settings allow beside one text, with what was chosen before."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField

from escalation.domain.files import FileKind
from escalation.models.files import CaseFile

NAME = "files"
KINDS = ", ".join(f".{kind.value}" for kind in FileKind)
"""As pickers take them, and as people read them."""


class FilesField(MultipleFileField):
    """Files beside a text; those that were taken in wait under the form's address, those that were not are named."""

    def __init__(self, **given: Any) -> None:
        super().__init__(_l("Files"), render_kw={"accept": KINDS}, **given)
        self.held: Sequence[CaseFile] = ()
        """What waits to be sent with this form."""
        self.refusals: list[str] = []

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Name every file that came and was not taken in."""
        self.errors = [*self.process_errors, *self.refusals]
