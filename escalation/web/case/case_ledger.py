"""Who was told of a case, when and by which way, as rows: those of one event who were told alike stand together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Audience, Level, MessageChannel, MessageStatus
from escalation.models.places import Place
from escalation.queries.case.timeline import MessageLine
from escalation.services.case.undo import UNDONE
from escalation.web.case.case_page import person_name

BY_NAME = frozenset({Audience.COMMUNE, Audience.STAFF, Audience.SECRETARY})
"""Who is named in the ledger; a desk is told as a desk, with how many of it were."""


@dataclass(frozen=True)
class LedgerRow:
    """One line of "who was told, and when"."""

    to: str
    about: str
    channel: str
    status: str
    status_label: str
    time: str
    iso: str
    reason: str


def ledger(lines: Sequence[MessageLine], province: Place, language: str) -> list[LedgerRow]:
    """Return the messages as rows, those of one event to one side together when they went the same way."""
    groups: dict[tuple[object, ...], list[MessageLine]] = {}
    for line in lines:
        whom: object = line.audience if line.audience in BY_NAME else line.facts["office_place_kind"]
        same = (line.event, whom, line.channels, line.status, line.reason, line.event_seq)
        groups.setdefault(same, []).append(line)
    return [_ledger_row(group, province, language) for group in groups.values()]


def unreached(lines: Sequence[MessageLine], language: str) -> str:
    """Return the names of those told of the case whom letters do not reach now; nothing where they reach everybody."""
    people = {line.recipient.id: line.recipient for line in lines if line.is_unreached}
    return _(", ").join(person_name(person, language) for person in people.values())


def _ledger_row(group: list[MessageLine], province: Place, language: str) -> LedgerRow:
    first = group[0]
    if first.audience in BY_NAME:
        to = _(", ").join(person_name(line.recipient, language) for line in group)
    else:
        level = Level.REGION if first.facts["office_place_kind"] == "region" else Level.PROVINCE
        to = f"{labels.desk_label(level, province.kind)} ({len(group)})"
    at: datetime = max(line.at for line in group)
    return LedgerRow(
        to=to,
        about=labels.event_label(first.event, province.kind),
        channel=_way(first),
        status=first.status,
        status_label=labels.message_status_label(first.status),
        time=labels.instant_text(at),
        iso=at.isoformat(),
        reason=_reason(first),
    )


def _way(line: MessageLine) -> str:
    by_mail, in_app = MessageChannel.EMAIL in line.channels, MessageChannel.APP in line.channels
    ways = _("E-mail and app") if by_mail and in_app else _("E-mail") if by_mail else _("In the app")
    return _("%(ways)s, text message", ways=ways) if MessageChannel.SMS in line.channels else ways


def _reason(line: MessageLine) -> str:
    if line.status is MessageStatus.SKIPPED and line.reason == UNDONE:
        return _("taken back before it left")
    return _("another attempt will follow") if line.status is MessageStatus.QUEUED and line.reason else ""
