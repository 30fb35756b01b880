"""What an administrator reads of events and delays, in words."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from escalation.domain.codes import SecurityEventKind
from escalation.domain.settings import Unit

EVENT_WORDS = {
    SecurityEventKind.INVITED: _l("Invited"),
    SecurityEventKind.INVITATION_REVOKED: _l("Invitation taken back"),
    SecurityEventKind.INVITATION_ACCEPTED: _l("Invitation accepted"),
    SecurityEventKind.RESET_ASKED: _l("Asked for another password"),
    SecurityEventKind.PASSWORD_CHANGED: _l("Password changed"),
    SecurityEventKind.SIGNED_IN: _l("Signed in"),
    SecurityEventKind.SESSION_ENDED: _l("Sessions ended"),
    SecurityEventKind.GRANT_APPROVED: _l("Office approved by a second administrator"),
    SecurityEventKind.PERSON_CORRECTED: _l("Name or address corrected"),
    SecurityEventKind.SUSPENDED: _l("Account suspended"),
    SecurityEventKind.RESTORED: _l("Account opened again"),
    SecurityEventKind.MANDATE_OPENED: _l("Office recorded"),
    SecurityEventKind.MANDATE_ENDED: _l("End of an office recorded"),
    SecurityEventKind.SETTING_CHANGED: _l("Delay changed"),
    SecurityEventKind.CALENDAR_CHANGED: _l("Working calendar corrected"),
    SecurityEventKind.REMINDERS_PAUSED: _l("Pause of reminders set"),
}

SETTING_WORDS = {
    "acknowledge_days": _l("To take a case in charge"),
    "province_answer_days": _l("To answer, at the province"),
    "region_answer_days": _l("To answer, at the region"),
    "grace_days": _l("Grace before a late case may be referred to the region"),
    "confirm_days": _l("To confirm a solution"),
    "question_wait_days": _l("To answer a question"),
    "appeal_days": _l("To ask for reconsideration"),
    "reopen_closed_days": _l("To open again a case that was closed"),
    "reopen_withdrawn_days": _l("To open again a case that was withdrawn"),
    "reopen_declined_days": _l("To open again a case that was not taken up"),
    "undo_seconds": _l("To undo a decision"),
    "outside_wait_days": _l("To wait for an outside body, at most"),
}


def event_words(kind: SecurityEventKind) -> str:
    """Return what happened at a door."""
    return str(EVENT_WORDS[kind])


def unit_words(count: int, unit: Unit) -> str:
    """Return a number with what it counts."""
    if unit is Unit.SECONDS:
        return str(ngettext("%(num)d second", "%(num)d seconds", count))
    if unit is Unit.CALENDAR_DAYS:
        return str(ngettext("%(num)d day", "%(num)d days", count))
    return str(ngettext("%(num)d working day", "%(num)d working days", count)) if count else _("none")
