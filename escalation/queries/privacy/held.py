"""What is held about one person: every table that names them, and what of its rows they are given.

No digest, token or hash is among the columns. Of what others wrote nothing is given, whoever it speaks of: that is
for those who may read the case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from escalation.domain.codes import Status
from escalation.extensions import db
from escalation.models.clock import ReminderPause
from escalation.models.competence import CompetenceRule, Ruling
from escalation.models.doors import Invitation, PasswordReset, SecurityEvent
from escalation.models.factors import AuthenticatorApp, Passkey, RecoveryCode, TrustedDevice
from escalation.models.files import CaseFile
from escalation.models.imports import BacklogImport
from escalation.models.intake import AddressFailure, IncomingMail
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle, Statement
from escalation.models.offices import Deputyship, Suspension
from escalation.models.outbox import Digest, OutboxMessage
from escalation.models.people import FilingPermission, Mandate, Person, SignInSession
from escalation.models.privacy import CaseRead, NoticeShown, Pseudonymisation
from escalation.models.rehearsals import Rehearsal
from escalation.models.settings import Setting
from escalation.models.unfinished import KeptForm
from escalation.models.wants import CaseAttention, MessageWants
from escalation.models.webhooks import WebhookEndpoint
from escalation.models.wordings import MailWording

MOST_ROWS = 20_000
"""Of one part; of more the newest are given, and the page says that there are older ones."""

SECRET_FACTS = frozenset({"nonce", "digest", "unsubscribe"})
"""Of a letter: what its link is made from."""

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Part:
    """One kind of row that names a person: by which columns, and what of it is given."""

    name: str
    by: tuple[Column, ...]
    shown: tuple[Column, ...]
    joined: tuple[tuple[Any, ColumnElement[bool]], ...] = ()
    only: ColumnElement[bool] | None = None
    text_of: Mapping[str, str] = field(default_factory=dict)
    """The columns that are called otherwise than their row calls them."""

    def rows(self, person_id: int) -> tuple[list[dict[str, Any]], bool]:
        """Return the rows about a person, the newest first, as plain values; and whether there are older ones."""
        found = db.session.execute(self._query(person_id).limit(MOST_ROWS + 1)).all()
        names = [self.text_of.get(str(column), column.key) for column in self.shown]
        rows = [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in found[:MOST_ROWS]]
        return rows, len(found) > MOST_ROWS

    def _query(self, person_id: int) -> Select[*tuple[Any, ...]]:
        model = self.by[0].class_
        query = select(*self.shown).select_from(model)
        for other, on in self.joined:
            query = query.outerjoin(other, on)
        query = query.where(or_(*(column == person_id for column in self.by)))
        if self.only is not None:
            query = query.where(self.only)
        return query.order_by(*(key.desc() for key in model.__mapper__.primary_key))


def _case_of(model: Any) -> tuple[tuple[Any, ColumnElement[bool]], ...]:
    return ((Obstacle, Obstacle.id == model.obstacle_id),)


_TERM = (Mandate.office, Mandate.place_code, Mandate.starts_on, Mandate.ends_on)
_INVITED = (
    Invitation.office, Invitation.place_code, Invitation.starts_on, Invitation.ends_on, Invitation.created_at,
    Invitation.expires_at, Invitation.approved_at, Invitation.accepted_at, Invitation.revoked_at,
)  # fmt: skip
_TOLD = (
    Obstacle.reference, OutboxMessage.event, OutboxMessage.channel, OutboxMessage.language, OutboxMessage.address,
    OutboxMessage.event_at, OutboxMessage.sent_at, OutboxMessage.read_at, OutboxMessage.status, OutboxMessage.facts,
)  # fmt: skip
_DRAFTED = (
    Obstacle.commune_code, Obstacle.title, Obstacle.project_name, Obstacle.obstacle_type, Obstacle.sector,
    Obstacle.description, Obstacle.request, Obstacle.programme, Obstacle.tried_already, Obstacle.urgency_reason,
    Obstacle.callback_phone, Obstacle.created_at, Obstacle.changed_at,
)  # fmt: skip
_FILED = (Obstacle.reference, Obstacle.commune_code, Obstacle.channel, Obstacle.created_at, Obstacle.filed_at)

PARTS: tuple[Part, ...] = (
    Part(
        "account",
        (Person.id,),
        (
            Person.email,
            Person.phone,
            Person.name_ar,
            Person.name_fr,
            Person.language,
            Person.created_at,
            Person.suspended_at,
        ),
    ),
    Part("mandates", (Mandate.person_id,), (*_TERM, Mandate.created_at)),
    Part(
        "permissions",
        (Mandate.person_id, FilingPermission.granted_by_id),
        (Mandate.office, Mandate.place_code, FilingPermission.starts_on, FilingPermission.ends_on),
        ((FilingPermission, FilingPermission.mandate_id == Mandate.id),),
        FilingPermission.id.is_not(None),
    ),
    Part(
        "suspensions",
        (Mandate.person_id, Suspension.by_id),
        (Mandate.office, Mandate.place_code, Suspension.starts_on, Suspension.ends_on, Suspension.created_at),
        ((Suspension, Suspension.mandate_id == Mandate.id),),
        Suspension.id.is_not(None),
    ),
    Part(
        "deputyships",
        (Mandate.person_id, Deputyship.deputy_id),
        (Mandate.office, Mandate.place_code, Deputyship.starts_on, Deputyship.ends_on, Deputyship.created_at),
        ((Deputyship, Deputyship.mandate_id == Mandate.id),),
        Deputyship.id.is_not(None),
    ),
    Part("invitations", (Invitation.person_id,), _INVITED),
    Part("invitations_given", (Invitation.invited_by_id, Invitation.approved_by_id), _INVITED),
    Part(
        "sessions",
        (SignInSession.person_id,),
        (SignInSession.device, SignInSession.created_at, SignInSession.seen_at, SignInSession.ended_at),
    ),
    Part("apps", (AuthenticatorApp.person_id,), (AuthenticatorApp.created_at, AuthenticatorApp.used_at)),
    Part("passkeys", (Passkey.person_id,), (Passkey.name, Passkey.created_at, Passkey.used_at)),
    Part("recovery_codes", (RecoveryCode.person_id,), (RecoveryCode.created_at, RecoveryCode.used_at)),
    Part(
        "trusted_devices",
        (TrustedDevice.person_id,),
        (TrustedDevice.device, TrustedDevice.created_at, TrustedDevice.used_at, TrustedDevice.expires_at),
    ),
    Part(
        "security_events",
        (SecurityEvent.person_id, SecurityEvent.by_id),
        (SecurityEvent.at, SecurityEvent.kind, SecurityEvent.codes),
    ),
    Part(
        "password_resets",
        (PasswordReset.person_id,),
        (PasswordReset.created_at, PasswordReset.expires_at, PasswordReset.ended_at),
    ),
    Part("notices", (NoticeShown.person_id,), (NoticeShown.version, NoticeShown.at)),
    Part("messages", (OutboxMessage.recipient_id,), _TOLD, _case_of(OutboxMessage)),
    Part(
        "mails",
        (IncomingMail.person_id,),
        (IncomingMail.received_at, IncomingMail.sender, IncomingMail.subject, IncomingMail.status, IncomingMail.reason),
    ),
    Part(
        "address_failures",
        (AddressFailure.person_id,),
        (AddressFailure.address, AddressFailure.status, AddressFailure.noted_at, AddressFailure.lifted_at),
    ),
    Part(
        "wants",
        (MessageWants.person_id,),
        (MessageWants.ways, MessageWants.quiet_from, MessageWants.quiet_to, MessageWants.changed_at),
    ),
    Part(
        "attentions",
        (CaseAttention.person_id,),
        (Obstacle.reference, CaseAttention.attention, CaseAttention.since),
        _case_of(CaseAttention),
    ),
    Part("digests", (Digest.person_id,), (Digest.way, Digest.slot, Digest.lines, Digest.written_at)),
    Part("kept_forms", (KeptForm.person_id,), (KeptForm.path, KeptForm.saved_at, KeptForm.answers)),
    Part("drafts", (Obstacle.author_id,), _DRAFTED, only=Obstacle.status == Status.DRAFT),
    Part("filed", (Obstacle.author_id,), _FILED, only=Obstacle.status != Status.DRAFT),
    Part("in_charge", (Obstacle.assignee_id,), (Obstacle.reference,)),
    Part(
        "journal",
        (JournalEvent.person_id, JournalEvent.acting_for_id),
        (Obstacle.reference, JournalEvent.event, JournalEvent.occurred_at),
        _case_of(JournalEvent),
    ),
    Part(
        "texts",
        (JournalEvent.person_id,),
        (Obstacle.reference, JournalEvent.occurred_at, Statement.kind, Statement.text),
        (
            *_case_of(JournalEvent),
            (
                Statement,
                and_(Statement.obstacle_id == JournalEvent.obstacle_id, Statement.event_seq == JournalEvent.seq),
            ),
        ),
        Statement.id.is_not(None),
    ),
    Part(
        "notes",
        (Note.author_id,),
        (Obstacle.reference, Note.created_at, Note.kind, Note.spoke_with, Note.text),
        _case_of(Note),
    ),
    Part(
        "files",
        (CaseFile.person_id,),
        (Obstacle.reference, CaseFile.name, CaseFile.size_bytes, CaseFile.created_at, CaseFile.erased_at),
        _case_of(CaseFile),
    ),
    Part(
        "imports",
        (BacklogImport.person_id,),
        (BacklogImport.file_name, BacklogImport.created_at, BacklogImport.status, BacklogImport.lines),
    ),
    Part(
        "competence",
        (CompetenceRule.set_by_id,),
        (
            CompetenceRule.obstacle_type,
            CompetenceRule.place_code,
            CompetenceRule.first_desk,
            CompetenceRule.law,
            CompetenceRule.effective_on,
            CompetenceRule.created_at,
        ),
    ),
    Part(
        "rulings",
        (Ruling.made_by_id,),
        (Ruling.obstacle_type, Ruling.place_code, Ruling.first_desk, Ruling.words, Ruling.made_at),
    ),
    Part(
        "reminder_pauses",
        (ReminderPause.set_by_id,),
        (ReminderPause.starts_on, ReminderPause.ends_on, ReminderPause.created_at),
    ),
    Part(
        "settings",
        (Setting.set_by_id,),
        (
            Setting.key,
            Setting.level,
            Setting.urgency,
            Setting.obstacle_type,
            Setting.value,
            Setting.effective_on,
            Setting.created_at,
        ),
    ),
    Part(
        "rehearsals",
        (Rehearsal.person_id, Rehearsal.forced_by_id),
        (Rehearsal.region_code, Rehearsal.lines, Rehearsal.created_at, Rehearsal.effective_on, Rehearsal.forced_at),
    ),
    Part(
        "webhooks",
        (WebhookEndpoint.added_by_id,),
        (WebhookEndpoint.name, WebhookEndpoint.url, WebhookEndpoint.state, WebhookEndpoint.created_at),
    ),
    Part(
        "wordings",
        (MailWording.set_by_id,),
        (
            MailWording.event,
            MailWording.language,
            MailWording.version,
            MailWording.subject,
            MailWording.body,
            MailWording.created_at,
        ),
    ),
    Part(
        "reads",
        (CaseRead.person_id,),
        (Obstacle.reference, CaseRead.office, CaseRead.read_on, CaseRead.first_at, CaseRead.last_at),
        _case_of(CaseRead),
    ),
    Part(
        "pseudonymisations",
        (Pseudonymisation.person_id, Pseudonymisation.asked_by_id, Pseudonymisation.decided_by_id),
        (Pseudonymisation.asked_at, Pseudonymisation.reason, Pseudonymisation.texts, Pseudonymisation.done_at),
    ),
)

NOT_GIVEN: Mapping[str, str] = {
    "incoming_mails.settled_by_id": "who decided on a held mail; that they did is given with the events",
    "address_failures.lifted_by_id": "who said that an address works again; that they did is given with the events",
    "proofs.person_id": "that a code was waited for; it was sent, and taken or refused, as is given with the events",
    "submissions.person_id": "the key and the digest of a form that was sent; what it sent is given as what was filed",
    "undo_steps.person_id": "the seconds in which a move may be taken back; the move is given with the journal",
}
"""Columns that name a person and of which nothing is given, each with its reason."""


def read_held(person_id: int) -> Iterator[tuple[str, list[dict[str, Any]], bool]]:
    """Yield what is held about a person, part by part: its name, its rows, and whether older ones were left out."""
    for part in PARTS:
        rows, has_more = part.rows(person_id)
        yield part.name, rows, has_more


def plain(value: Any) -> Any:
    """Return a value as JSON writes it, without what a letter's link is made from."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key not in SECRET_FACTS}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
