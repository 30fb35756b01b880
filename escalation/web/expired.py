"""What is answered to a form that came too late or in vain: all that was typed, ready to be sent again."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge
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
    """One answer of the form; only what a person wrote in their own words has a label."""

    name: str
    value: str
    label: str = ""


@dataclass(frozen=True)
class Held:
    """A form as it was sent, without its token and its pass-phrase, and the address it goes to."""

    address: str
    answers: list[Typed]
    asks_password: bool
    secret: str = SECRET


def expired(_error: CSRFError) -> ResponseReturnValue:
    """Answer a form without a good token: with its answers when our own page sent it, else without a word of it."""
    held = held_form()
    if held is None:
        return render_template("errors/400.html"), 400
    return render_template("errors/expired.html", held=held, is_signed_in=current_user.is_authenticated), 400


def held_form() -> Held | None:
    """Return the form that our own page sent; None when nothing tells that it was ours. The database is not asked."""
    if request.method != "POST" or not is_known_as_ours():
        return None
    try:
        if len(request.form) > MOST_ANSWERS:
            return None
    except RequestEntityTooLarge:
        return None
    return Held(request.path, list(_answers()), SECRET in request.form)


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
