"""Who was told of a case, when and by which way, as rows: those of one event who were told alike stand together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Audience, Event, Level, MessageChannel, MessageStatus, Office, PlaceKind
from escalation.domain.wants import Skipped, Way
from escalation.models.places import Place
from escalation.queries.case.timeline import MessageLine
from escalation.web.case.case_page import person_name
from escalation.web.messages.message_words import WARNINGS, reason_words

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
    opened: str
    """Whether the case was opened in the app since, and when."""


def ledger(lines: Sequence[MessageLine], province: Place, language: str) -> list[LedgerRow]:
    """Return the messages as rows, those of one event to one side together when they went the same way."""
    groups: dict[tuple[object, ...], list[MessageLine]] = {}
    for line in lines:
        same = (line.event, _whom(line), line.channels, line.status, line.reason, line.way, line.event_seq)
        groups.setdefault(same, []).append(line)
    return [_ledger_row(group, province, language) for group in groups.values()]


def unreached(lines: Sequence[MessageLine], language: str) -> str:
    """Return the names of those told of the case whom letters do not reach now; nothing where they reach everybody."""
    people = {line.recipient.id: line.recipient for line in lines if line.is_unreached}
    return _(", ").join(person_name(person, language) for person in people.values())


def _whom(line: MessageLine) -> object:
    if line.audience is Audience.FOLLOWER:
        return line.audience, line.facts["office"], line.facts["office_place_kind"]
    return line.audience if line.audience in BY_NAME else line.facts["office_place_kind"]


def _ledger_row(group: list[MessageLine], province: Place, language: str) -> LedgerRow:
    first = group[0]
    at: datetime = max(line.at for line in group)
    event = str(WARNINGS.get(first.event) or "")
    return LedgerRow(
        to=_to(group, province, language),
        about=event or labels.event_label(Event(first.event), province.kind),
        channel=_way(first),
        status=first.status,
        status_label=labels.message_status_label(first.status),
        time=labels.instant_text(at),
        iso=at.isoformat(),
        reason=reason_words(first.status, first.reason, first.way),
        opened=_opened(group),
    )


def _to(group: list[MessageLine], province: Place, language: str) -> str:
    first = group[0]
    if first.audience in BY_NAME:
        return _(", ").join(person_name(line.recipient, language) for line in group)
    if first.audience is Audience.FOLLOWER:
        office = labels.office_label(Office(first.facts["office"]), PlaceKind(first.facts["office_place_kind"]))
        return _("%(office)s, who follows the case (%(count)s)", office=office, count=len(group))
    level = Level.REGION if first.facts["office_place_kind"] == "region" else Level.PROVINCE
    return f"{labels.desk_label(level, province.kind)} ({len(group)})"


def _way(line: MessageLine) -> str:
    if MessageChannel.EMAIL not in line.channels or _is_for_the_app(line):
        ways = _("In the app") if MessageChannel.APP in line.channels else _("E-mail")
    elif line.is_in_digest and line.way in (Way.DAILY, Way.WEEKLY):
        ways = _("Digest and app")
    else:
        ways = _("E-mail and app") if MessageChannel.APP in line.channels else _("E-mail")
    return _("%(ways)s, text message", ways=ways) if MessageChannel.SMS in line.channels else ways


def _is_for_the_app(line: MessageLine) -> bool:
    """Say whether the mail never leaves, so that the app alone tells its reader; what was undone it never tells."""
    return line.status is MessageStatus.SKIPPED and not line.is_in_digest and line.reason != Skipped.UNDONE


def _opened(group: Sequence[MessageLine]) -> str:
    read = sorted(line.read_at for line in group if line.read_at is not None)
    if not read:
        return ""
    if len(group) == 1:
        return _("opened in the app on %(time)s", time=labels.instant_text(read[0]))
    return _("opened in the app by %(count)s of %(all)s", count=len(read), all=len(group))
