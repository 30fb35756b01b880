"""Writing to the outbox: for one event, one message for each person the table of notices names, facts frozen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from escalation.domain.codes import (
    Audience,
    Channel,
    Event,
    Lane,
    Language,
    MessageChannel,
    MessageSource,
    MessageStatus,
    Status,
    Urgency,
)
from escalation.domain.notices import NOTICES, Notice
from escalation.domain.turns import ClockAct
from escalation.domain.wants import Leaving, Skipped, Told, Way, kind_of, leaving
from escalation.labels import name_of
from escalation.models.places import Place
from escalation.queries.case.cases import Dossier, is_unconfirmed
from escalation.queries.messages.outbox import MESSAGES, get_now_ms
from escalation.queries.messages.wants import Wanted, list_followers, list_suspended, read_wanted
from escalation.queries.messages.wordings import get_version
from escalation.queries.people.deputies import list_deputies_of
from escalation.queries.people.people import (
    Reader,
    list_commune_readers,
    list_desk_members,
    list_regional_secretaries,
    list_staff,
)
from escalation.queries.places import get_places
from escalation.queries.taxonomy import get_obstacle_type
from escalation.services.messages.message_ids import new_message_id
from escalation.services.messages.more_channels import MORE_CHANNELS
from escalation.services.messages.return_paths import answerable
from escalation.services.transaction import owes_messages


@dataclass(frozen=True)
class Owed:
    """One person who is to be told, and as what."""

    reader: Reader
    notice: Notice


def list_owed(dossier: Dossier, event: Event, actor_id: int | None) -> list[Owed]:
    """Return who is told of an event, each person once: the first line of the table that names them holds."""
    found: dict[int, Owed] = {}
    for notice in NOTICES.get(event, ()):
        for reader in _audience(notice.audience, dossier):
            if reader.person_id != actor_id or notice.tells_actor:
                found.setdefault(reader.person_id, Owed(reader, notice))
    if event in NOTICES:
        for reader in list_followers(dossier.obstacle.id, dossier.case, dossier.today):
            if reader.person_id != actor_id:
                found.setdefault(reader.person_id, Owed(reader, FOLLOWS))
    return list(found.values())


def list_passed_over(dossier: Dossier, event: str) -> list[Owed]:
    """Return whom an event would have told, were their account or their office not suspended."""
    audiences = {notice.audience: notice for notice in NOTICES.get(Event(event), ())}
    obstacle, found = dossier.obstacle, dict[int, Owed]()
    desk = obstacle.desk_code or ""
    for reader in list_suspended(obstacle.commune_code, desk, obstacle.author_id, dossier.today):
        of_commune = reader.place_code == obstacle.commune_code
        is_holder = reader.person_id == obstacle.assignee_id
        meant = Audience.COMMUNE if of_commune else Audience.ASSIGNEE if is_holder else Audience.DESK
        notice = audiences.get(meant) or (audiences.get(Audience.DESK) if not of_commune else None)
        if notice is not None:
            found.setdefault(reader.person_id, Owed(reader, notice))
    return list(found.values())


FOLLOWS = Notice(Audience.FOLLOWER)
"""Who follows a case by their own choice is told of all its events."""


@dataclass(frozen=True)
class Source:
    """What people are told of: an event of the journal, or a note of a desk."""

    kind: MessageSource
    id: int
    event: str
    at: datetime
    seq: int
    is_of_many: bool = False
    """The act that is told of is told of other cases too, to the same people."""
    due_ms: int = 0
    """From when it may be told. Units: milliseconds on the database's clock."""


def write_messages(
    session: Session,
    dossier: Dossier,
    source: Source,
    owed: Sequence[Owed],
    codes: Mapping[str, Any],
    *,
    not_before_ms: int | None = None,
) -> None:
    """Write for each person who is to be told one message in the app, and one mail where the notice says so.

    None leaves, and none is shown, before ``not_before_ms`` on the database's clock. A mail that its reader does not
    want, or wants in a letter with others, is written all the same: its row says so.
    """
    passed_over = list_passed_over(dossier, source.event) if source.kind is MessageSource.EVENT else []
    there = {one.reader.person_id for one in owed}
    passed_over = [one for one in passed_over if one.reader.person_id not in there]
    if not owed and not passed_over:
        return
    source = replace(source, due_ms=get_now_ms() if not_before_ms is None else not_before_ms)
    wanted = read_wanted([one.reader.person_id for one in owed], [dossier.obstacle.id])
    told = list_told(dossier, source, owed, codes)
    rows = [message_row(one, MessageChannel.APP, source, dossier, facts) for one, facts in told]
    rows += [mail_row(one, source, dossier, facts, wanted) for one, facts in told if one.notice.by_mail]
    rows += [
        message_row(one, MessageChannel.EMAIL, source, dossier, facts) | _SUSPENDED
        for one, facts in list_told(dossier, source, passed_over, codes)
    ]
    rows += by_more_channels(told, source, dossier)
    session.execute(insert(MESSAGES), rows)
    owes_messages(session)


def by_more_channels(
    told: Sequence[tuple[Owed, dict[str, Any]]], source: Source, dossier: Dossier
) -> Iterable[dict[str, Any]]:
    """Yield the messages that leave one more way, where an installation has any: beside the others, never instead."""
    for more in MORE_CHANNELS:
        carried = [(one, facts) for one, facts in told if more.carries(one.notice)]
        addresses = more.find_addresses([one.reader.person_id for one, _facts in carried]) if carried else {}
        for one, facts in carried:
            address = addresses.get(one.reader.person_id)
            if address:
                yield message_row(one, more.channel, source, dossier, facts) | {"address": address}


_SUSPENDED = {"status": MessageStatus.SKIPPED, "status_reason": Skipped.SUSPENDED}


def mail_row(owed: Owed, source: Source, dossier: Dossier, facts: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Return the columns of one mail as its reader wants it: it leaves, waits to be gathered, or does not leave."""
    row = message_row(owed, MessageChannel.EMAIL, source, dossier, facts)
    reader, obstacle = owed.reader, dossier.obstacle
    told = Told(
        kind=kind_of(source.event, owed.notice.audience, asks=bool(facts["asks"])),
        due=datetime.fromtimestamp(source.due_ms / 1000, UTC),
        is_urgent=row["lane"] is Lane.INTERACTIVE,
        attention=wanted.attentions.get((reader.person_id, obstacle.id)),
        has_address=bool(reader.email),
        address_failed=reader.person_id in wanted.given_up,
        is_of_many=source.is_of_many,
    )
    return row | _columns_of(leaving(told, wanted.wants_of(reader.person_id)), source.due_ms)


def _columns_of(how: Leaving, due_ms: int) -> dict[str, Any]:
    if how.skipped is not None:
        return {"status": MessageStatus.SKIPPED, "status_reason": how.skipped}
    if how.way is Way.AT_ONCE:
        return {"not_before_ms": max(due_ms, round(how.at.timestamp() * 1000))}
    return {"status": MessageStatus.WAITING, "way": how.way, "not_before_ms": round(how.at.timestamp() * 1000)}


def list_told(
    dossier: Dossier, source: Source, owed: Sequence[Owed], codes: Mapping[str, Any]
) -> list[tuple[Owed, dict[str, Any]]]:
    """Return for each person who is to be told the facts of their messages, in the words of their language."""
    obstacle = dossier.obstacle
    codes_of_places = {obstacle.commune_code, obstacle.province_code, obstacle.region_code}
    codes_of_places |= {obstacle.desk_code} if obstacle.desk_code else set()
    places = get_places(codes_of_places | {one.reader.place_code for one in owed})
    common = _common_facts(dossier, codes)
    return [(one, common | _facts_for(one, source, dossier, places)) for one in owed]


def _audience(audience: Audience, dossier: Dossier) -> Iterable[Reader]:
    obstacle, members = dossier.obstacle, dossier.members_of(dossier.obstacle.desk_code)
    if audience is Audience.COMMUNE:
        return list_commune_readers(obstacle.commune_code, obstacle.author_id, dossier.today)
    if audience is Audience.DESK:
        return members
    if audience is Audience.ASSIGNEE:
        holder = _holders(dossier, members)
        return holder or [member for member in members if member.is_lead] or members
    if audience is Audience.SECRETARY:
        return [] if members else list_regional_secretaries(obstacle.region_code, dossier.today)
    if audience is Audience.STAFF:
        on_behalf = obstacle.channel is not Channel.WEB
        return list_staff(obstacle.author_id, obstacle.region_code, dossier.today) if on_behalf else []
    passed = {referral.desk_code for referral in dossier.referrals} - {obstacle.desk_code}
    filed_on = dossier.case.filed_on
    readers = list_desk_members(passed, obstacle.commune_code, filed_on, dossier.today) if passed else []
    return [reader for reader in readers if reader.is_lead] or readers


def _holders(dossier: Dossier, members: Sequence[Reader]) -> list[Reader]:
    """Return who has the case in charge, and who acts for them while they are away."""
    assignee_id, desk = dossier.obstacle.assignee_id, dossier.obstacle.desk_code
    if assignee_id is None or desk is None or not any(one.person_id == assignee_id for one in members):
        return []
    concerned = {assignee_id, *list_deputies_of(assignee_id, desk, dossier.today)}
    return [member for member in members if member.person_id in concerned]


def _common_facts(dossier: Dossier, codes: Mapping[str, Any]) -> dict[str, Any]:
    obstacle, referral = dossier.obstacle, dossier.referral
    is_out = obstacle.status is Status.REFERRED_OUT
    return {
        "reference": obstacle.reference,
        "project": obstacle.project_name,
        "level": obstacle.level,
        "from_level": codes.get("from_level"),
        "cause": codes.get("cause"),
        "outcome": obstacle.outcome,
        "confirmed_by": obstacle.confirmed_by,
        "acknowledge_by": _iso(referral.acknowledge_by if referral else None),
        "due_on": _iso(referral.due_on if referral else None),
        "answer_by": _iso(obstacle.answer_by),
        "confirm_by": _iso(obstacle.confirm_by),
        "expected_on": codes.get("expected_on") or _iso(dossier.waits_until if is_out else None),
        "outside": ("session" if codes.get("session") else "body") if "approach" in codes else None,
        "appeal_by": _iso(dossier.appeal_by),
        "reopen_by": _iso(dossier.reopen_by),
        "climbs_on": _iso(_climbs_on(dossier)),
        "by_clock": codes.get("by_clock", False),
        "for_meeting": obstacle.marked_for_meeting,
        "may_contest": obstacle.level not in dossier.case.contested_levels,
        "on_behalf": obstacle.channel is not Channel.WEB,
        "channel": obstacle.channel,
    }


def _facts_for(owed: Owed, source: Source, dossier: Dossier, places: Mapping[str, Place]) -> dict[str, Any]:
    obstacle, reader, language = dossier.obstacle, owed.reader, owed.reader.language
    own, province = places[reader.place_code], places[obstacle.province_code]
    desk = places.get(obstacle.desk_code or "")
    return {
        "name": reader.name(language),
        "office": reader.office,
        "office_place": name_of(own, language),
        "office_place_kind": own.kind,
        "commune": name_of(places[obstacle.commune_code], language),
        "province": name_of(province, language),
        "province_kind": province.kind,
        "region": name_of(places[obstacle.region_code], language),
        "type": _type(obstacle.obstacle_type, language),
        "desk_place": name_of(desk, language) if desk else "",
        "desk_place_kind": desk.kind if desk else "",
        "asks": owed.notice.asks or _asks_to_confirm(owed, source, dossier),
    }


def _asks_to_confirm(owed: Owed, source: Source, dossier: Dossier) -> bool:
    """Say whether a receipt asks the commune to confirm what was filed on its behalf."""
    is_receipt = source.event == Event.OBSTACLE_FILED and owed.notice.audience is Audience.COMMUNE
    return is_receipt and is_unconfirmed(dossier.obstacle)


def _type(code: str | None, language: Language) -> str:
    return name_of(get_obstacle_type(code), language) if code else ""


def message_row(
    owed: Owed,
    channel: MessageChannel,
    source: Source,
    dossier: Dossier,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Return the columns of one message that leaves, or is shown, as soon as it is due."""
    reader, obstacle = owed.reader, dossier.obstacle
    urgent, in_app = obstacle.urgency is Urgency.CRITICAL, channel is MessageChannel.APP
    return {
        "source_kind": source.kind,
        "source_id": source.id,
        "event": source.event,
        "audience": owed.notice.audience,
        "obstacle_id": obstacle.id,
        "recipient_id": reader.person_id,
        "address": reader.email,
        "channel": channel,
        "language": reader.language,
        "template_version": get_version(source.event, owed.notice.audience, reader.language),
        "facts": facts if in_app else facts | answerable(source.event, owed.notice.audience),
        "message_id": new_message_id(),
        "event_at": source.at,
        "lane": Lane.INTERACTIVE if urgent else Lane.BULK,
        "order_seq": source.seq,
        "not_before_ms": source.due_ms,
        "way": None,
        "status_reason": "",
        "status": MessageStatus.SENT if in_app else MessageStatus.QUEUED,
        "sent_at": source.at if in_app else None,
    }


def _climbs_on(dossier: Dossier) -> date | None:
    """Return the day on which the clock refers the case to the region, if it is to."""
    turn = dossier.turn
    return turn.falls_on if turn is not None and turn.act is ClockAct.ESCALATE else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
