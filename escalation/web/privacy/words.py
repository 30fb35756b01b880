"""What is held about a person, and why a name goes, in words."""

from flask_babel import lazy_gettext as _l

from escalation.domain.account_codes import ErasureReason, TextsFate

PART_WORDS = {
    "account": _l("My account"),
    "mandates": _l("Offices I hold or held"),
    "permissions": _l("Permissions to file, received or given"),
    "suspensions": _l("Offices that rested: mine, or by my decision"),
    "deputyships": _l("Absences: mine, or in which I was deputy"),
    "invitations": _l("Invitations I received"),
    "invitations_given": _l("Invitations I sent or approved"),
    "sessions": _l("Devices on which I signed in"),
    "apps": _l("Authenticator apps I added"),
    "passkeys": _l("Passkeys I added"),
    "recovery_codes": _l("Recovery codes I was given"),
    "trusted_devices": _l("Devices I trust"),
    "security_events": _l("What happened at the doors: by me or to me"),
    "password_resets": _l("Requests for another password"),
    "notices": _l("Notices I have read"),
    "messages": _l("Messages I was sent"),
    "mails": _l("Mails that came back or answered letters to me"),
    "address_failures": _l("Letters that did not reach my address"),
    "wants": _l("How I want to be told"),
    "attentions": _l("Cases I follow or have muted"),
    "digests": _l("Digests I was sent"),
    "kept_forms": _l("Forms I have begun and not sent"),
    "drafts": _l("Drafts I began"),
    "filed": _l("Cases I filed"),
    "in_charge": _l("Cases I have in charge"),
    "journal": _l("What I did on cases"),
    "texts": _l("Texts I wrote"),
    "notes": _l("Notes I wrote for my desk"),
    "files": _l("Files I sent"),
    "imports": _l("Tables I brought in"),
    "competence": _l("First desks I changed"),
    "rulings": _l("Rulings I made"),
    "reminder_pauses": _l("Pauses of reminders I set"),
    "webhooks": _l("Webhooks I added"),
    "wordings": _l("Words of mails I changed"),
    "settings": _l("Delays I changed"),
    "rehearsals": _l("Rehearsals of delays I began or put into force"),
    "reads": _l("Cases I opened"),
    "pseudonymisations": _l("Names replaced for good: decided by me or about me"),
}

COLUMN_WORDS = {
    "email": _l("E-mail address"),
    "phone": _l("Telephone number"),
    "name_ar": _l("Name in Arabic letters"),
    "name_fr": _l("Name in Latin letters"),
    "language": _l("Language"),
    "created_at": _l("Written on"),
    "suspended_at": _l("Suspended on"),
    "office": _l("Office"),
    "place_code": _l("Place (its official code)"),
    "commune_code": _l("Commune (its official code)"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day"),
    "expires_at": _l("Ends by itself on"),
    "approved_at": _l("Approved on"),
    "accepted_at": _l("Accepted on"),
    "revoked_at": _l("Taken back on"),
    "device": _l("Device"),
    "seen_at": _l("Last used on"),
    "ended_at": _l("Ended on"),
    "at": _l("When"),
    "kind": _l("Kind"),
    "codes": _l("Details"),
    "version": _l("Version"),
    "subject": _l("Subject"),
    "url": _l("Address on the Internet"),
    "state": _l("State"),
    "body": _l("Words"),
    "received_at": _l("Came on"),
    "sender": _l("Sent by"),
    "noted_at": _l("Noted on"),
    "lifted_at": _l("Over since"),
    "reference": _l("Reference"),
    "event": _l("What happened"),
    "channel": _l("By which way"),
    "address": _l("Sent to"),
    "event_at": _l("Happened on"),
    "sent_at": _l("Sent on"),
    "read_at": _l("Read on"),
    "status": _l("Status"),
    "facts": _l("What the message said"),
    "path": _l("Page"),
    "saved_at": _l("Saved on"),
    "answers": _l("What was typed"),
    "title": _l("Title"),
    "project_name": _l("Project"),
    "obstacle_type": _l("Type of obstacle"),
    "sector": _l("Sector"),
    "description": _l("Description"),
    "request": _l("What is asked"),
    "programme": _l("Programme"),
    "tried_already": _l("What was tried already"),
    "urgency_reason": _l("Why it is urgent"),
    "callback_phone": _l("Telephone"),
    "first_desk": _l("First desk"),
    "law": _l("Law"),
    "words": _l("Text"),
    "made_at": _l("Written on"),
    "changed_at": _l("Changed on"),
    "filed_at": _l("Filed on"),
    "occurred_at": _l("Happened on"),
    "text": _l("Text"),
    "name": _l("Name of the file or the passkey"),
    "used_at": _l("Last use on"),
    "size_bytes": _l("Size in bytes"),
    "erased_at": _l("Erased on"),
    "spoke_with": _l("Spoke with"),
    "file_name": _l("Name of the file"),
    "lines": _l("Lines"),
    "region_code": _l("Region (its official code)"),
    "level": _l("Level"),
    "urgency": _l("Urgency"),
    "forced_at": _l("Put into force on"),
    "key": _l("Delay"),
    "value": _l("Value"),
    "effective_on": _l("Holds from"),
    "read_on": _l("Day"),
    "first_at": _l("First time"),
    "last_at": _l("Last time"),
    "asked_at": _l("Asked on"),
    "reason": _l("Reason"),
    "texts": _l("Texts"),
    "done_at": _l("Done on"),
    "ways": _l("How each kind comes"),
    "quiet_from": _l("Quiet from (hour)"),
    "quiet_to": _l("Quiet until (hour)"),
    "attention": _l("Followed or muted"),
    "since": _l("Since"),
    "way": _l("Kind of digest"),
    "slot": _l("Of which day or week"),
    "written_at": _l("Written on"),
}

REASON_WORDS = {
    ErasureReason.PERSON_ASKED: _l("The person asked for it"),
    ErasureReason.AUTHORITY_ORDERED: _l("An authority ordered it: the CNDP or a court"),
    ErasureReason.NO_LONGER_NEEDED: _l("What it was kept for is over"),
    ErasureReason.WRITTEN_WRONGLY: _l("It should never have been written down"),
}

FATE_WORDS = {
    TextsFate.KEPT: _l("Keep what the person wrote: it belongs to the cases"),
    TextsFate.ERASED: _l("Erase what the person wrote too, but for the filings of cases that are open"),
}


def part_words(name: str) -> str:
    """Return what one part of a copy holds."""
    return str(PART_WORDS[name])


def column_words(name: str) -> str:
    """Return what one column of a copy says."""
    return str(COLUMN_WORDS[name])


def reason_words(reason: ErasureReason) -> str:
    """Return why a name goes."""
    return str(REASON_WORDS[reason])


def fate_words(fate: TextsFate) -> str:
    """Return what becomes of texts."""
    return str(FATE_WORDS[fate])
