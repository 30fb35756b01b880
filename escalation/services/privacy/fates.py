"""What becomes of each row that names a person when their name goes: the one list, held to the models by a test."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Fate(StrEnum):
    """What becomes of the rows that name somebody by one column."""

    KEPT = "kept"
    """The row stays, and names a former member: nothing in it says who that was."""
    CLEANED = "cleaned"
    """The row stays without what tells who it was."""
    CHOSEN = "chosen"
    """The row stays; its text too, or not, as was decided."""
    ERASED = "erased"


FATES: Final[Mapping[str, Fate]] = MappingProxyType(
    {
        "mandates.person_id": Fate.KEPT,
        "filing_permissions.granted_by_id": Fate.KEPT,
        "suspensions.by_id": Fate.KEPT,
        "deputyships.deputy_id": Fate.KEPT,
        "competence_rules.set_by_id": Fate.KEPT,
        "rulings.made_by_id": Fate.KEPT,
        "reminder_pauses.set_by_id": Fate.KEPT,
        "rehearsals.person_id": Fate.KEPT,
        "rehearsals.forced_by_id": Fate.KEPT,
        "mail_wordings.set_by_id": Fate.KEPT,
        "webhook_endpoints.added_by_id": Fate.KEPT,
        "sessions.person_id": Fate.ERASED,
        "authenticator_apps.person_id": Fate.ERASED,
        "passkeys.person_id": Fate.ERASED,
        "recovery_codes.person_id": Fate.ERASED,
        "trusted_devices.person_id": Fate.ERASED,
        "proofs.person_id": Fate.ERASED,
        "invitations.person_id": Fate.ERASED,
        "invitations.invited_by_id": Fate.KEPT,
        "invitations.approved_by_id": Fate.KEPT,
        "password_resets.person_id": Fate.ERASED,
        "security_events.person_id": Fate.KEPT,
        "security_events.by_id": Fate.KEPT,
        "outbox_messages.recipient_id": Fate.CLEANED,
        "incoming_mails.person_id": Fate.ERASED,
        "incoming_mails.settled_by_id": Fate.KEPT,
        "address_failures.person_id": Fate.ERASED,
        "address_failures.lifted_by_id": Fate.KEPT,
        "message_wants.person_id": Fate.ERASED,
        "case_attentions.person_id": Fate.ERASED,
        "digests.person_id": Fate.KEPT,
        "kept_forms.person_id": Fate.ERASED,
        "undo_steps.person_id": Fate.ERASED,
        "submissions.person_id": Fate.ERASED,
        "backlog_imports.person_id": Fate.ERASED,
        "obstacles.author_id": Fate.CLEANED,
        "obstacles.assignee_id": Fate.KEPT,
        "journal_events.person_id": Fate.CHOSEN,
        "journal_events.acting_for_id": Fate.KEPT,
        "notes.author_id": Fate.CHOSEN,
        "case_files.person_id": Fate.CHOSEN,
        "settings.set_by_id": Fate.KEPT,
        "notices_shown.person_id": Fate.ERASED,
        "case_reads.person_id": Fate.KEPT,
        "pseudonymisations.person_id": Fate.KEPT,
        "pseudonymisations.asked_by_id": Fate.KEPT,
        "pseudonymisations.decided_by_id": Fate.KEPT,
    }
)

REPLACED: Final = frozenset({"email", "phone", "name_ar", "name_fr", "password_hash"})
"""The columns of a person that say who it was: each gets other words, or none."""
LEFT: Final = frozenset({"id", "language", "created_at", "suspended_at", "pseudonymised_at"})
"""Those that do not."""
