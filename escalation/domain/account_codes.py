"""The closed lists of words for accounts and doors: letters about them, what happened there, second proofs, erasing."""

from enum import StrEnum

from escalation.domain.codes import Office


class AccountNotice(StrEnum):
    """What a person is told by mail of their own account, or of an office that concerns them."""

    INVITED = "account_invited"
    OFFICE_GIVEN = "account_office_given"
    RESET_ASKED = "account_reset_asked"
    PASSWORD_CHANGED = "account_password_changed"  # noqa: S105 - the name of a notice
    ADDRESS_CHANGED = "account_address_changed"
    PHONE_CHANGED = "account_phone_changed"
    OPENED_ON_NEW_DEVICE = "account_opened_on_new_device"
    SIGN_IN_CODE = "account_sign_in_code"
    FACTOR_ADDED = "account_factor_added"
    FACTOR_REMOVED = "account_factor_removed"
    FACTORS_RESET = "account_factors_reset"
    RECOVERY_RENEWED = "account_recovery_renewed"
    RECOVERY_USED = "account_recovery_used"
    TERM_ENDS = "office_term_ends"
    HANDOVER = "office_handover"
    DESK_EMPTY = "office_desk_empty"
    DEPUTY_NAMED = "office_deputy_named"
    DEPUTY_ENDED = "office_deputy_ended"
    FILING_ALLOWED = "office_filing_allowed"
    FILING_ENDED = "office_filing_ended"
    MESSAGES_LATE = "office_messages_late"


class SecurityEventKind(StrEnum):
    """What happened at a door."""

    INVITED = "invited"
    INVITATION_REVOKED = "invitation_revoked"
    INVITATION_ACCEPTED = "invitation_accepted"
    RESET_ASKED = "reset_asked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    """Several tries are one event: how many there were stands beside it."""
    SESSION_ENDED = "session_ended"
    GRANT_APPROVED = "grant_approved"
    PERSON_CORRECTED = "person_corrected"
    PHONE_CHANGED = "phone_changed"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    MANDATE_OPENED = "mandate_opened"
    MANDATE_ENDED = "mandate_ended"
    PEOPLE_IMPORTED = "people_imported"
    SETTING_CHANGED = "setting_changed"
    HELD_GIVEN = "held_given"
    PSEUDONYMISATION_ASKED = "pseudonymisation_asked"
    PSEUDONYMISATION_DROPPED = "pseudonymisation_dropped"
    PSEUDONYMISED = "pseudonymised"
    TEXT_ERASED = "text_erased"
    CODE_SENT = "code_sent"
    PROOF_REFUSED = "proof_refused"
    PROVEN = "proven"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET = "factors_reset"
    RECOVERY_RENEWED = "recovery_renewed"
    RECOVERY_USED = "recovery_used"
    DEVICE_TRUSTED = "device_trusted"
    DEVICE_FORGOTTEN = "device_forgotten"
    COMPETENCE_CHANGED = "competence_changed"
    MANDATE_SUSPENDED = "mandate_suspended"
    SUSPENSION_LIFTED = "suspension_lifted"
    DEPUTY_NAMED = "deputy_named"
    DEPUTY_ENDED = "deputy_ended"
    FILING_ALLOWED = "filing_allowed"
    FILING_ENDED = "filing_ended"
    CALENDAR_CHANGED = "calendar_changed"
    REMINDERS_PAUSED = "reminders_paused"
    WORDING_CHANGED = "wording_changed"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_SECRET_RENEWED = "webhook_secret_renewed"  # noqa: S105 - the name of an event
    WEBHOOK_PAUSED = "webhook_paused"
    WEBHOOK_RESUMED = "webhook_resumed"
    WEBHOOK_REMOVED = "webhook_removed"
    ADDRESS_CLEARED = "address_cleared"
    REPLY_ACCEPTED = "reply_accepted"
    REPLY_DISCARDED = "reply_discarded"
    MAILS_ENDED = "mails_ended"
    MESSAGE_RETRIED = "message_retried"
    MESSAGE_CANCELLED = "message_cancelled"


class Factor(StrEnum):
    """What a person enrolled to prove, besides the pass-phrase, that it is them."""

    APP = "app"
    PASSKEY = "passkey"


class ProvenBy(StrEnum):
    """How somebody gave a second proof."""

    EMAIL = "email"
    APP = "app"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


MUST_ENROL = frozenset(
    {Office.ADMINISTRATOR, Office.PROVINCE_COORDINATOR, Office.GROUP_PRESIDENT, Office.REGIONAL_SECRETARY}
)
"""Offices that nobody works in with a pass-phrase and a mailbox alone."""


class ErasureReason(StrEnum):
    """Why a name or a text is erased for good; a closed list, so that no reason repeats what is erased."""

    PERSON_ASKED = "person_asked"
    AUTHORITY_ORDERED = "authority_ordered"
    NO_LONGER_NEEDED = "no_longer_needed"
    WRITTEN_WRONGLY = "written_wrongly"


class TextsFate(StrEnum):
    """What becomes of the texts that somebody wrote, when their name goes."""

    KEPT = "kept"
    ERASED = "erased"
