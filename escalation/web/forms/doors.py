"""What the doors ask beside signing in: an address, a pass-phrase to begin with, another one."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import ValidationError

from escalation.services.people.passwords import MAX_CHARS, MIN_CHARS
from escalation.web.forms.fields import Answered, PageForm
from escalation.web.forms.sign_in import sign_in_name


def new_password(label: Any) -> PasswordField:
    """Return the question for a pass-phrase that is new: password managers offer one."""
    return PasswordField(
        label,
        validators=[Answered(_l("Write a password.")), _has_length],
        render_kw={"autocomplete": "new-password", "minlength": MIN_CHARS, "maxlength": MAX_CHARS},
    )


def _has_length(_form: Any, field: PasswordField) -> None:
    if not MIN_CHARS <= len(field.data or "") <= MAX_CHARS:
        raise ValidationError(
            _("Write a password of %(least)d to %(most)d characters.", least=MIN_CHARS, most=MAX_CHARS)
        )


TOO_COMMON = _l(
    "This password is among those that are tried first:"
    " choose another one, such as four words that only you would put together."
)
"""What is said of a pass-phrase that others would try first."""


class BeginForm(PageForm):
    """The first pass-phrase of an account, or the one after a forgotten one."""

    password = new_password(_l("Password"))


class ForgottenForm(PageForm):
    """Whose pass-phrase is forgotten."""

    email = sign_in_name()


class ChangePasswordForm(PageForm):
    """The pass-phrase that is, and the one that is to be."""

    current = PasswordField(
        _l("Current password"),
        validators=[Answered(_l("Write your current password."))],
        render_kw={"autocomplete": "current-password", "maxlength": MAX_CHARS},
    )
    password = new_password(_l("New password"))
