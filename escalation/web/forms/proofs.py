"""What proves a second time who somebody is, and what they add to prove it with."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField

from escalation.domain.typed import read_code
from escalation.services.people.proofs import Answer
from escalation.web.forms.fields import Answered, PageForm, line

CODE_CHARS = 40
NAME_CHARS = 60
CODE = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "dir": "ltr",
    "autocapitalize": "none",
    "spellcheck": "false",
    "maxlength": CODE_CHARS,
}
ON_PAPER = CODE | {"autocomplete": "off", "inputmode": "text"}


def code_field(label: Any, *validators: Any, looks: dict[str, Any] = CODE) -> StringField:
    """Return the question for a code, typed or pasted with any digits and any spaces."""
    return StringField(label, filters=[read_code], validators=list(validators), render_kw=looks)


class ProofForm(PageForm):
    """A code, one that stands on paper, or what a passkey says in their place."""

    proof_code = code_field(_l("Code"))
    proof_paper = code_field(_l("Recovery code"), looks=ON_PAPER)
    proof_passkey = HiddenField()

    @property
    def answer(self) -> Answer:
        """Return what was given."""
        return Answer(self.proof_code.data or self.proof_paper.data or "", self.proof_passkey.data or "")

    def is_answered(self) -> bool:
        """Say whether anything was given; what is missing is said under the question."""
        if self.validate() and (self.answer.code or self.answer.passkey):
            return True
        self.proof_code.errors = [_("Write the code.")]
        return False

    def refuse(self) -> None:
        """Say that the answer proves nothing, and what may be wrong with it."""
        if self.proof_passkey.data:
            self.proof_code.errors = [_("The passkey was not recognised. Try it again, or write a code.")]
        elif self.proof_paper.data and not self.proof_code.data:
            self.proof_paper.errors = [_("This code is not right, or it was used already. Take another one.")]
        else:
            self.proof_code.errors = [_("This code is not right, or it was used already. Look at the newest one.")]
        for field in (self.proof_code, self.proof_paper, self.proof_passkey):
            field.data, field.raw_data = "", None


class SecondStepForm(ProofForm):
    """The second step of a sign-in, and whether it is asked for here again."""

    trusts = BooleanField(_l("Do not ask for a code on this device for 30 days"))
    next = HiddenField()


class AgainForm(ProofForm):
    """A proof on a page of its own, and where to go on."""

    next = HiddenField()


class AppForm(PageForm):
    """The first code of an app."""

    code = code_field(_l("Code shown by the app"), Answered(_l("Write the code that the app shows.")))


class PasskeyForm(PageForm):
    """What a passkey is called, and what the device made."""

    name = line(_l("Name of this passkey"), _l("Give it a name, such as: my telephone."), longest=NAME_CHARS)
    passkey = HiddenField()
