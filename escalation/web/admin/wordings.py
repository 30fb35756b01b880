"""The words of the mails as an administrator reads, tries and changes them; they hold for the whole installation."""

from collections.abc import Sequence

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import Language, Office
from escalation.domain.wordings import (
    ADAPTABLE,
    BUILT_IN,
    DEFAULT,
    IN_SUBJECT,
    is_adaptable,
    mistakes_of,
    placeholders_of,
)
from escalation.mail.examples import example_letter, situations_of
from escalation.mail.letter import Letter, Letterhead
from escalation.mail.placeholders import NAMES
from escalation.mail.render import RenderedMail, render, stand_for
from escalation.queries.messages.wordings import Mail, Version, get_versions, list_versions
from escalation.services.messages.letters import letterhead_of
from escalation.services.messages.wordings import Editor, StaleWording, WrongWording, reset_wording, save_wording
from escalation.web.access import requires, sensitive
from escalation.web.admin import wording_words as words
from escalation.web.forms.wordings import WordingForm
from escalation.web.identity import request_time
from escalation.web.messages.mailbox import HTML_POLICY
from escalation.web.people.requester import by_id

bp = Blueprint("admin_wordings", __name__, url_prefix="/admin/wordings")
ONE = "/<string(maxlength=90):mail>"
"""A mail by what it tells, to whom, in which language: `obstacle_filed.desk.ar`."""

SEE_OTHER, NOT_FOUND, CONFLICT, UNPROCESSABLE = 303, 404, 409, 422


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show every mail whose words can be adapted, and which were."""
    return render_template(
        "pages/admin/wordings.html", mails=ADAPTABLE, versions=get_versions(), languages=list(Language), words=words
    )


@bp.get(ONE)
@requires(Office.ADMINISTRATOR)
def show(mail: str) -> ResponseReturnValue:
    """Show the words in force to be changed, what each placeholder stands for, and the history."""
    of = _mail(mail)
    versions, form = list_versions(of), WordingForm(formdata=None)
    shown = _asked(versions) or (versions[0] if versions else None)
    form.show(shown.wording if shown and shown.wording else DEFAULT, of.language)
    return _page(of, form, versions)


@bp.post(ONE)
@requires(Office.ADMINISTRATOR)
@sensitive
def change(mail: str) -> ResponseReturnValue:
    """Show the mail in other words, as text or as a mail program does, or let it be written so from now on."""
    of, form = _mail(mail), WordingForm()
    wording, do = form.wording(of.language), request.form.get("do")
    if do != "save":
        mistakes = mistakes_of(wording, of.event, of.audience)
        form.blame(mistakes, of.language)
        return (_page(of, form), UNPROCESSABLE) if mistakes else _preview(of, form, as_mail=do == "mail")
    try:
        save_wording(of, wording, _editor(form))
    except WrongWording as refused:
        form.blame(refused.mistakes, of.language)
        return _page(of, form), UNPROCESSABLE
    except StaleWording:
        return _page(of, form, is_stale=True), CONFLICT
    flash(_("Saved. What is owed from now on is written in these words."), "success")
    return redirect(url_for("admin_wordings.show", mail=mail), SEE_OTHER)


@bp.post(f"{ONE}/usual")
@requires(Office.ADMINISTRATOR)
@sensitive
def reset(mail: str) -> ResponseReturnValue:
    """Let the mail be written in the usual words from now on."""
    of, form = _mail(mail), WordingForm()
    try:
        reset_wording(of, _editor(form))
    except StaleWording:
        flash(_("Somebody else changed these words meanwhile: look at them first."), "error")
    else:
        flash(_("The usual words are back. What is owed from now on is written in them."), "success")
    return redirect(url_for("admin_wordings.show", mail=mail), SEE_OTHER)


def _mail(name: str) -> Mail:
    event, _dot, rest = name.partition(".")
    audience, _dot, language = rest.partition(".")
    if not is_adaptable(event, audience) or language not in list(Language):
        abort(NOT_FOUND)
    return Mail(event, audience, Language(language))


def _editor(form: WordingForm) -> Editor:
    return Editor(by_id(), request_time(), form.seen_version)


def _asked(versions: Sequence[Version]) -> Version | None:
    """Return the version that the address asks to begin from, if it is one of these."""
    return next((one for one in versions if str(one.number) == request.args.get("version")), None)


def _letterhead() -> Letterhead:
    config = current_app.extensions["config"]
    return letterhead_of(config.mail, config.installation)


def _letter(mail: Mail, form: WordingForm) -> Letter:
    return example_letter(mail.event, mail.audience, mail.language, form.asked_situation, form.wording(mail.language))


def _preview(mail: Mail, form: WordingForm, *, as_mail: bool) -> ResponseReturnValue:
    seen = render(_letter(mail, form), _letterhead())
    if as_mail:
        return seen.html, {"Content-Security-Policy": HTML_POLICY, "Content-Type": "text/html; charset=utf-8"}
    return _page(mail, form, seen=seen)


def _page(
    mail: Mail,
    form: WordingForm,
    versions: Sequence[Version] | None = None,
    *,
    seen: RenderedMail | None = None,
    is_stale: bool = False,
) -> str:
    versions = list_versions(mail) if versions is None else versions
    newest = versions[0].number if versions else BUILT_IN
    form.prepare(mail.language, [(one, words.situation_words(one)) for one in situations_of(mail.event)])
    if form.seen.raw_data is None or is_stale:
        form.seen.data, form.seen.raw_data = str(newest), None
    return render_template(
        "pages/admin/wording.html",
        mail=mail,
        form=form,
        seen=seen,
        is_stale=is_stale,
        versions=versions,
        is_adapted=bool(versions) and versions[0].wording is not None,
        placeholders=_placeholders(mail, form),
        words=words,
        languages=list(Language),
    )


def _placeholders(mail: Mail, form: WordingForm) -> list[tuple[str, str, str, bool]]:
    """Return the placeholders: as they are typed, as this page calls them, what each becomes, if in subjects too."""
    letter = example_letter(mail.event, mail.audience, mail.language, form.asked_situation)
    becomes, names = stand_for(letter, _letterhead()), NAMES[mail.language]
    return [
        (f"{{{names[one]}}}", words.placeholder_words(one), becomes[one], one in IN_SUBJECT)
        for one in placeholders_of(mail.event, mail.audience)
    ]
