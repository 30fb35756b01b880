"""What the sign-in page asks: an address and a pass-phrase."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField

from escalation.web.forms.fields import Answered, PageForm, line

EMAIL_CHARS = 254
PASSWORD_CHARS = 256


class SignInForm(PageForm):
    """The two answers, and where to go on."""

    email = line(
        _l("E-mail address"),
        _l("Write your e-mail address."),
        longest=EMAIL_CHARS,
        autocomplete="username",
        inputmode="email",
        dir="ltr",
        autocapitalize="none",
        spellcheck="false",
    )
    password = PasswordField(
        _l("Password"),
        validators=[Answered(_l("Write your password."))],
        render_kw={"autocomplete": "current-password", "maxlength": PASSWORD_CHARS},
    )
    next = HiddenField()
