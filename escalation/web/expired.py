"""What is answered to a form that came too late or in vain: all that was typed, to be sent again or to be copied."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import BooleanField, Field, RadioField, SelectField

from escalation.domain.typed import clean_text
from escalation.web.forms.fields import PageForm
from escalation.web.kept import is_keeping, questions_in, refuse_token
from escalation.web.origin import is_known_as_ours

MOST_ANSWERS = 500
NOT_OWN_WORDS = (BooleanField, RadioField, SelectField)
LINE = re.compile(r"-[0-9]+-")
"""The number of a line in the name of an answer: all lines ask the same."""
TOKEN = "csrf_token"  # noqa: S105 - the name of a field
SECRETS = ("current", "password")
"""Pass-phrases, in the order in which they are asked for again."""
PROOFS = ("proof_code", "proof_paper", "proof_passkey", "proof_again")
"""What proves who sends a form, and is no part of it."""


@dataclass(frozen=True)
class Typed:
    """One answer of the form; only what a person wrote in their own words has a label."""

    name: str
    value: str
    label: str = ""


@dataclass(frozen=True)
class Held:
    """A form as it was sent, without its token and its pass-phrases, and the address it goes to."""

    address: str
    answers: list[Typed]
    secrets: tuple[str, ...] = ()
    """The names of the pass-phrases that it asked for, to be typed again."""
    had_file: bool = False
    """A file came with it, which nobody can give back."""


def expired(_error: CSRFError) -> ResponseReturnValue:
    """Answer a form without a good token: with its answers when our own page sent it, else without a word of it."""
    if is_known_as_ours() and is_keeping():
        return refuse_token()
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
    secrets = tuple(name for name in SECRETS if name in request.form)
    return Held(request.path, list(_answers()), secrets, any(file.filename for file in request.files.values()))


def _answers() -> Iterator[Typed]:
    """Return everything that was sent but the token, the pass-phrases and what proves who sends it."""
    questions = _questions()
    for name, value in request.form.items(multi=True):
        if name not in (TOKEN, *SECRETS, *PROOFS):
            field = questions.get(LINE.sub("-0-", name))
            label = str(field.label.text) if field is not None and value.strip() else ""
            yield Typed(name, clean_text(value), label)


def _questions() -> dict[str, Field]:
    """Return the questions that are answered in one's own words, by name: those of the form most like what was sent."""
    sent = set(request.form)
    forms = [form(formdata=None) for form in _kinds_of(PageForm)]
    forms.sort(key=lambda form: len(sent.intersection(field.name for field in form)))
    return {field.name: field for form in forms for field in questions_in(form) if not isinstance(field, NOT_OWN_WORDS)}


def _kinds_of(form: type[PageForm]) -> Iterator[type[PageForm]]:
    """Return every form of the application that grew from this one."""
    for kind in form.__subclasses__():
        yield kind
        yield from _kinds_of(kind)
