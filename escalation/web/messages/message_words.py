"""Why a message did not leave, or how it left otherwise, in words: for whoever reads who was told."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.codes import Audience, Event, MessageStatus
from escalation.domain.wants import IN_DIGEST, Skipped, Way
from escalation.services.case.notes import CONTACT_RECORDED, MENTIONED

SKIPPED = {
    Skipped.MUTED: _l("this person has muted the e-mails about this case"),
    Skipped.APP_ONLY: _l("this person reads such messages in the app only"),
    Skipped.SUSPENDED: _l("the account or the office is suspended"),
    Skipped.NO_ADDRESS: _l("no e-mail address"),
    Skipped.ADDRESS_FAILED: _l("letters to this address come back"),
    Skipped.NO_LONGER_READS: _l("this person may no longer read the case"),
    Skipped.CANCELLED: _l("cancelled by an administrator"),
    Skipped.UNDONE: _l("taken back before it left"),
    Skipped.RECIPIENT_GONE: _l("this person is no longer here"),
}
WAITS = {
    Way.DAILY: _l("for the digest of the day"),
    Way.WEEKLY: _l("for the digest of the week"),
    Way.TOGETHER: _l("to leave with what was filed together"),
}
FAILED = {
    "address": _l("the address was refused"),
    "temporary": _l("the mail relay did not take it"),
    "uncertain": _l("the mail relay fell silent: it may have taken it"),
    "ours": _l("the mail relay takes nothing from us"),
    "letter": _l("the letter could not be written"),
    "crashed": _l("its sending broke off three times"),
}
WARNINGS = {
    "deadline_near": _l("Date near"),
    "deadline_passed": _l("Reminder: the date set has passed"),
    "confirmation_near": _l("Your word is awaited"),
}
OF_NOTES = {MENTIONED: _l("Mentioned in an internal note"), CONTACT_RECORDED: _l("A contact was logged")}


def reason_words(status: MessageStatus, reason: str, way: Way | None = None) -> str:
    """Return why a message stands as it does; nothing where its status says it all."""
    if status is MessageStatus.SKIPPED:
        if reason.startswith(IN_DIGEST):
            return _("it is in a digest")
        return str(SKIPPED[Skipped(reason)]) if reason in set(Skipped) else _("for another reason")
    if status is MessageStatus.WAITING:
        return str(WAITS.get(way or Way.DAILY, ""))
    word = reason.partition(":")[0]
    if status in (MessageStatus.FAILED, MessageStatus.QUARANTINED, MessageStatus.BOUNCED):
        return str(FAILED.get(word, ""))
    return _("another attempt will follow") if status is MessageStatus.QUEUED and reason else ""


def about_words(event: str, audience: Audience) -> str:
    """Return of what kind a message is, without what it says."""
    if audience is Audience.DIGEST:
        return _("Digest")
    if event in WARNINGS:
        return str(WARNINGS[event])
    if event in OF_NOTES:
        return str(OF_NOTES[event])
    return labels.event_label(Event(event)) if event in set(Event) else _("About an account or an office")
