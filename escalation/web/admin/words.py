"""What an administrator reads of people, events and delays, in words; and of what is refused them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from escalation import labels
from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Level, Office, Urgency
from escalation.domain.settings import SETTING_RULES, Unit
from escalation.models.doors import SecurityEvent
from escalation.models.people import SignInSession
from escalation.models.places import Place
from escalation.queries.people.directory import State
from escalation.queries.taxonomy import find_obstacle_type

EVENT_WORDS = {
    SecurityEventKind.INVITED: _l("Invited"),
    SecurityEventKind.INVITATION_REVOKED: _l("Invitation taken back"),
    SecurityEventKind.INVITATION_ACCEPTED: _l("Invitation accepted"),
    SecurityEventKind.RESET_ASKED: _l("Asked for another password"),
    SecurityEventKind.PASSWORD_CHANGED: _l("Password changed"),
    SecurityEventKind.SIGNED_IN: _l("Signed in"),
    SecurityEventKind.SIGN_IN_FAILED: _l("Tries to sign in failed"),
    SecurityEventKind.SESSION_ENDED: _l("Sessions ended"),
    SecurityEventKind.GRANT_APPROVED: _l("Office approved by a second administrator"),
    SecurityEventKind.PERSON_CORRECTED: _l("Name or address corrected"),
    SecurityEventKind.PHONE_CHANGED: _l("Telephone number changed"),
    SecurityEventKind.SUSPENDED: _l("Account suspended"),
    SecurityEventKind.RESTORED: _l("Account opened again"),
    SecurityEventKind.MANDATE_OPENED: _l("Office recorded"),
    SecurityEventKind.MANDATE_ENDED: _l("End of an office recorded"),
    SecurityEventKind.PEOPLE_IMPORTED: _l("Table of people brought in"),
    SecurityEventKind.SETTING_CHANGED: _l("Delay changed"),
    SecurityEventKind.HELD_GIVEN: _l("Took a copy of what is held about them"),
    SecurityEventKind.PSEUDONYMISATION_ASKED: _l("Asked that a name go for good"),
    SecurityEventKind.PSEUDONYMISATION_DROPPED: _l("Let a name stay"),
    SecurityEventKind.PSEUDONYMISED: _l("Name and address replaced for good"),
    SecurityEventKind.TEXT_ERASED: _l("A text of a case erased"),
    SecurityEventKind.CODE_SENT: _l("Code sent by e-mail"),
    SecurityEventKind.PROOF_REFUSED: _l("Wrong code or passkey"),
    SecurityEventKind.PROVEN: _l("Proved again who they are"),
    SecurityEventKind.FACTOR_ADDED: _l("App or passkey added"),
    SecurityEventKind.FACTOR_REMOVED: _l("App or passkey removed"),
    SecurityEventKind.FACTORS_RESET: _l("App, passkeys and codes removed by another"),
    SecurityEventKind.RECOVERY_RENEWED: _l("New recovery codes"),
    SecurityEventKind.RECOVERY_USED: _l("Recovery code used"),
    SecurityEventKind.DEVICE_TRUSTED: _l("Device trusted for 30 days"),
    SecurityEventKind.DEVICE_FORGOTTEN: _l("Device trusted no more"),
    SecurityEventKind.WEBHOOK_ADDED: _l("Webhook added"),
    SecurityEventKind.WEBHOOK_SECRET_RENEWED: _l("Secret of a webhook renewed"),
    SecurityEventKind.WEBHOOK_PAUSED: _l("Webhook paused"),
    SecurityEventKind.WEBHOOK_RESUMED: _l("Webhook resumed"),
    SecurityEventKind.WEBHOOK_REMOVED: _l("Webhook removed"),
    SecurityEventKind.WORDING_CHANGED: _l("Words of a mail changed"),
    SecurityEventKind.COMPETENCE_CHANGED: _l("First desk of a type changed"),
    SecurityEventKind.MANDATE_SUSPENDED: _l("Office suspended"),
    SecurityEventKind.SUSPENSION_LIFTED: _l("Suspension of an office ended"),
    SecurityEventKind.DEPUTY_NAMED: _l("Deputy named"),
    SecurityEventKind.DEPUTY_ENDED: _l("Deputy’s time ended"),
    SecurityEventKind.FILING_ALLOWED: _l("Permission to file given"),
    SecurityEventKind.FILING_ENDED: _l("Permission to file taken back"),
    SecurityEventKind.CALENDAR_CHANGED: _l("Working calendar corrected"),
    SecurityEventKind.REMINDERS_PAUSED: _l("Pause of reminders set"),
    SecurityEventKind.ADDRESS_CLEARED: _l("Address said to work again"),
    SecurityEventKind.REPLY_ACCEPTED: _l("Held mail taken as an answer"),
    SecurityEventKind.REPLY_DISCARDED: _l("Held mail discarded"),
    SecurityEventKind.MAILS_ENDED: _l("Ended a digest from its letter"),
    SecurityEventKind.MESSAGE_RETRIED: _l("A message sent again"),
    SecurityEventKind.MESSAGE_CANCELLED: _l("A message cancelled"),
}

NOT_ALLOWED = {
    "oneself": _l("Nobody suspends their own account: another administrator can."),
    "own_factors": _l("Nobody removes their own here: use a recovery code, or ask another administrator."),
    "former": _l("The name of this person is gone: nothing can be changed any more."),
    "elsewhere": _l("This person also holds an office in another region: its administrator has to do it."),
    "powerful": _l(
        "Nobody alone changes the address of an administrator or of the group’s president:"
        " they do it themselves, or who keeps the server does."
    ),
    "last_administrator": _l("This is the last administrator of the region: invite another one first."),
}
"""What is said of what an administrator may not do, by its reason."""

STATE_WORDS = {
    State.NOT_OPEN: _l("no account yet"),
    State.SUSPENDED: _l("suspended"),
    State.WITHOUT_OFFICE: _l("no office today"),
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
    "keep_sessions_days": _l("To keep sessions, after their end"),
    "keep_events_days": _l("To keep sign-ins and other events of security"),
    "keep_messages_days": _l("To keep name and address on messages"),
    "keep_reads_days": _l("To keep who opened which case"),
    "keep_invitations_days": _l("To keep invitations that nobody answered, and whom they named"),
    "keep_texts_years": _l("To keep the free texts of cases that ended"),
    "keep_names_years": _l("To propose that a name go, after the last office"),
}


def event_words(kind: SecurityEventKind) -> str:
    """Return what happened at a door."""
    return str(EVENT_WORDS[kind])


def about_event(event: SecurityEvent, of: tuple[Office, Place] | None, session: SignInSession | None) -> str:
    """Return of what an event was: the office and its place, the device, how many tries, which delay."""
    if of is not None:
        office, place = of
        return f"{labels.office_label(office, place.kind)} · {labels.place_label(place)}"
    if session is not None:
        return session.device or _("A device that does not say what it is")
    count = event.codes.get("count")
    if event.kind is SecurityEventKind.SIGN_IN_FAILED:
        return str(ngettext("%(num)d try", "%(num)d tries", int(count or 1)))
    if event.kind is SecurityEventKind.PEOPLE_IMPORTED:
        return str(ngettext("%(num)d line", "%(num)d lines", int(count or 0)))
    if event.kind is SecurityEventKind.SETTING_CHANGED and event.codes.get("key") in SETTING_WORDS:
        return _about_delay(event.codes)
    return ""


def _about_delay(codes: Mapping[str, Any]) -> str:
    rule, day = SETTING_RULES[codes["key"]], date.fromisoformat(codes["on"])
    changed = _("%(value)s from %(date)s", value=value_words(codes["value"], rule.unit), date=labels.day_text(day))
    of = [codes.get(name) for name in ("level", "urgency", "obstacle_type")]
    return " · ".join([str(SETTING_WORDS[codes["key"]]), *([scope_words(*of)] if any(of) else []), changed])


def scope_words(level: str | None, urgency: str | None, obstacle_type: str | None) -> str:
    """Return for which cases something is set, by its codes; nothing where there is none."""
    row = find_obstacle_type(obstacle_type) if obstacle_type else None
    parts = [
        labels.name_of(row) if row else obstacle_type,
        labels.urgency_label(Urgency(urgency)) if urgency else "",
        labels.level_label(Level(level)) if level else "",
    ]
    return " · ".join(part for part in parts if part) or _("all cases")


def value_words(value: int | None, unit: Unit) -> str:
    """Return a delay with what it counts, or that what is said of wider cases holds."""
    return _("as for the wider cases") if value is None else unit_words(value, unit)


def unit_words(count: int, unit: Unit) -> str:
    """Return a number with what it counts."""
    if unit is Unit.SECONDS:
        return str(ngettext("%(num)d second", "%(num)d seconds", count))
    if unit is Unit.YEARS:
        return str(ngettext("%(num)d year", "%(num)d years", count)) if count else _("never by itself")
    if unit is Unit.CALENDAR_DAYS:
        return str(ngettext("%(num)d day", "%(num)d days", count))
    return str(ngettext("%(num)d working day", "%(num)d working days", count)) if count else _("none")
