"""What is answered to a form whose page has expired: all that was typed, ready to be sent again with a new token."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from wtforms import Field, HiddenField, RadioField, SelectField

from escalation.web.forms.actions import AnswerForm, QuestionForm, ReasonForm, ResolveForm
from escalation.web.forms.fields import PageForm, clean_text
from escalation.web.forms.filing import FilingForm
from escalation.web.forms.sign_in import SignInForm
from escalation.web.origin import is_known_as_ours

FORMS: tuple[type[PageForm], ...] = (FilingForm, ReasonForm, QuestionForm, AnswerForm, ResolveForm, SignInForm)
MOST_ANSWERS = 200
CHOSEN = (HiddenField, RadioField, SelectField)
TOKEN, SECRET = "csrf_token", "password"


@dataclass(frozen=True)
class Typed:
    """One answer of the form that came too late; only what a person wrote in their own words has a label."""

    name: str
    value: str
    label: str = ""


def expired(_error: CSRFError) -> ResponseReturnValue:
    """Answer a form without a good token: with its answers when our own page sent it, else without a word of it."""
    if not is_known_as_ours() or len(request.form) > MOST_ANSWERS:
        return render_template("errors/400.html"), 400
    page = render_template(
        "errors/expired.html",
        answers=list(_answers()),
        asks_password=SECRET in request.form,
        secret=SECRET,
        address=request.path,
        is_signed_in=current_user.is_authenticated,
    )
    return page, 400


def _answers() -> Iterator[Typed]:
    """Return everything that was sent but the token and the pass-phrase."""
    questions = _questions()
    for name, value in request.form.items(multi=True):
        if name not in (TOKEN, SECRET):
            field = questions.get(name)
            label = str(field.label.text) if field is not None and value.strip() else ""
            yield Typed(name, clean_text(value), label)


def _questions() -> dict[str, Field]:
    """Return the questions that are answered in one's own words, by name."""
    fields = (field for form in FORMS for field in form(formdata=None))
    return {field.name: field for field in fields if not isinstance(field, CHOSEN)}
