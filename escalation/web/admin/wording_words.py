"""What mails, their readers and the situations of a made-up case are called where an administrator words the mails."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.codes import Audience, Event, Language, Outcome
from escalation.mail.placeholders import NAMES
from escalation.web.messages.message_words import WARNINGS

AUDIENCES = {
    Audience.COMMUNE: _l("To the commune"),
    Audience.DESK: _l("To the desk that has the case"),
    Audience.ASSIGNEE: _l("To who has the case in charge"),
    Audience.PASSED: _l("To the desk that passed the case on"),
    Audience.SECRETARY: _l("To the regional secretary, where a desk has nobody"),
    Audience.STAFF: _l("To the staff who filed it on behalf of the commune"),
    Audience.MENTIONED: _l("To who is mentioned"),
}

LANGUAGES = {Language.AR: _l("Arabic"), Language.FR: _l("French"), Language.EN: _l("English")}

SITUATIONS = {
    "province": _l("At the desk of a province"),
    "prefecture": _l("At the desk of a prefecture"),
    "region": _l("At the region’s desk"),
    "on_behalf": _l("Filed on behalf of the commune"),
    "by_clock": _l("By the clock, at the end of the time set"),
    "by_commune": _l("At the commune’s request"),
    "contested_before": _l("Contested before"),
    "silence": _l("Closed for want of an answer"),
    "session": _l("Of a council session"),
    "for_meeting": _l("To be proposed for the next meeting"),
    "several": _l("About several cases"),
}


def mail_words(event: str) -> str:
    """Return what a mail tells of."""
    if event == "note_mentioned":
        return _("A mention in an internal note")
    return str(WARNINGS[event]) if event in WARNINGS else labels.event_label(Event(event))


def audience_words(audience: str) -> str:
    """Return to whom a mail goes."""
    return str(AUDIENCES[Audience(audience)])


def language_words(language: Language) -> str:
    """Return the name of a language."""
    return str(LANGUAGES[language])


def situation_words(situation: str) -> str:
    """Return what a situation of the made-up case is."""
    if situation in list(Outcome):
        return labels.outcome_label(Outcome(situation))
    return str(SITUATIONS[situation])


def placeholder_words(placeholder: str) -> str:
    """Return the name of a placeholder in the language of the page."""
    names = NAMES[labels.current_language()]
    return next(name for one, name in names.items() if one == placeholder)
