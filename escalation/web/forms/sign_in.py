"""What the sign-in page asks: an address or a telephone number, and a pass-phrase."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField

from escalation.web.forms.fields import Answered, PageForm, line

EMAIL_CHARS = 254
PASSWORD_CHARS = 256


def sign_in_name() -> StringField:
    """Return the question for what one signs in by; it is written from left to right, whatever the page's language."""
    return line(
        _l("E-mail address or telephone number"),
        _l("Write your e-mail address or your telephone number."),
        longest=EMAIL_CHARS,
        autocomplete="username",
        inputmode="email",
        dir="ltr",
        autocapitalize="none",
        spellcheck="false",
    )


class SignInForm(PageForm):
    """The two answers, and where to go on."""

    email = sign_in_name()
    password = PasswordField(
        _l("Password"),
        validators=[Answered(_l("Write your password."))],
        render_kw={"autocomplete": "current-password", "maxlength": PASSWORD_CHARS},
    )
    next = HiddenField()
