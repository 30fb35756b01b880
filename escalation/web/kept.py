"""Forms that save themselves while somebody types: the answer to a saving, and the return of what was typed.

A form asks for it with ``do=keep``; the view that owns it first sees to who may use it, then answers with
``keep_answers``. Nothing is carried out, no key is used up, and no clock or version feels it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from itsdangerous import Signer
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FileField, FormField, HiddenField, PasswordField
from wtforms.fields import Field

from escalation import labels
from escalation.domain.typed import clean_text
from escalation.models.unfinished import KeptForm
from escalation.services.case.kept import TooMuchToKeep, drop_kept, find_kept, keep_form, list_kept
from escalation.services.files.uploads import leave_out
from escalation.web.forms.fields import ActForm, Kept
from escalation.web.identity import request_time

KEEP, AFRESH = "keep", "afresh"
NOT_TYPED = (HiddenField, FileField, PasswordField)
TAG_CHARS = 16

BAD_REQUEST, UNAUTHORIZED, TOO_LARGE, SEE_OTHER = 400, 401, 413, 303


def is_keeping() -> bool:
    """Say whether this request saves what is being typed and carries nothing out."""
    return request.method == "POST" and request.form.get("do") == KEEP


def is_asked() -> bool:
    """Say whether this form is to be kept as it stands, or what was kept of it to be thrown away."""
    return is_keeping() or (request.method == "POST" and request.form.get("do") == AFRESH)


def keep_answers(form: ActForm) -> ResponseReturnValue:
    """Keep the answers of a form under its own address, or throw away those kept and show it empty."""
    if not is_keeping():
        drop_kept(current_user.id, request.path)
        leave_out(current_user.id, request.path, None)
        return redirect(request.path, SEE_OTHER)
    if is_somebody_elses():
        return {}, UNAUTHORIZED
    try:
        keep_form(current_user.id, request.path, typed_in(form), request_time(), form.key)
    except TooMuchToKeep:
        return {}, TOO_LARGE
    return saved()


def saved(version: int | None = None, draft: str | None = None) -> ResponseReturnValue:
    """Answer that it is saved, when, and where the form goes on."""
    now = request_time()
    said = _("Saved at %(time)s", time=labels.hour_text(now))
    return {"saved_at": now.isoformat(), "said": said, "version": version, "draft": draft}


def typed_in(form: ActForm, names: set[str] | None = None) -> dict[str, list[str]]:
    """Return what was sent for the questions of a form, as it was typed; only for these names where some are given."""
    return {
        field.name: [clean_text(text) for text in request.form.getlist(field.name)]
        for field in questions_in(form)
        if names is None or field.name in names
    }


def questions_in(fields: Iterable[Field]) -> Iterator[Field]:
    """Return the questions that are answered by typing or choosing, those within rows too."""
    for field in fields:
        if isinstance(field, FieldList | FormField):
            yield from questions_in(field)
        elif not isinstance(field, NOT_TYPED):
            yield field


def restore(form: ActForm, path: str | None = None) -> None:
    """Put back into a form what this person had typed in it and not sent, if there is something."""
    found = find_kept(current_user.id, path or request.path, request_time())
    if found is not None:
        _put_back(form, found)


def restore_all(forms: Mapping[str, ActForm]) -> None:
    """Put back into each form of a page, by the address it goes to, what this person had typed in it."""
    for found in list_kept(current_user.id, forms, request_time()) if forms else ():
        _put_back(forms[found.path], found)


def restore_beside_draft(form: ActForm, changed_at: datetime) -> None:
    """Put back what a draft could not hold, unless the draft has changed since."""
    found = find_kept(current_user.id, request.path, request_time())
    if found is not None and found.saved_at >= changed_at:
        _put_back(form, found, may_begin_afresh=False)


def _put_back(form: ActForm, found: KeptForm, *, may_begin_afresh: bool = True) -> None:
    answers: MultiDict[str, str] = MultiDict(found.answers)
    fields: list[Field] = list(form)
    for field in fields:
        rows = isinstance(field, FieldList) and any(name.startswith(f"{field.name}-") for name in answers)
        if rows or field.name in found.answers:
            field.process(answers, data=field.data)
    form.kept = Kept(found.saved_at, may_begin_afresh)


def give_back(form: ActForm, path: str, given: Mapping[str, Any]) -> None:
    """Keep what a form was sent with, so that it stands there again; what was typed there since is not written over."""
    answers = {one.name: [str(given[one.name])] for one in questions_in(form) if given.get(one.name)}
    if answers and find_kept(current_user.id, path, request_time()) is None:
        keep_form(current_user.id, path, answers, request_time())


def forget(path: str | None = None) -> None:
    """Forget what was typed in a form that has been carried out."""
    drop_kept(current_user.id, path or request.path)


def person_tag() -> str:
    """Return by what a browser tells the answers of this person from those of another; it names nobody."""
    signer = Signer(str(current_app.secret_key), salt="kept-answers")
    return signer.get_signature(str(current_user.id)).decode()[:TAG_CHARS]


def now_ms() -> int:
    """Return the moment of this page, by which a browser's own clock is set right. Units: milliseconds."""
    return int(request_time().timestamp() * 1000)


def is_somebody_elses() -> bool:
    """Say whether the page that asks was given to somebody else, who was signed in here before."""
    return request.form.get("keeper", person_tag()) != person_tag()


def refuse_token() -> ResponseReturnValue:
    """Answer a saving whose token is no longer good: with a new one for the person the page was given to."""
    if current_user.is_authenticated and request.form.get("keeper") == person_tag():
        return {"token": generate_csrf()}, BAD_REQUEST
    return {}, UNAUTHORIZED
