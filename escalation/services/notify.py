"""Writing to the outbox: for one event, one message for each person the table of notices names, facts frozen."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from escalation.domain.codes import Audience, Event, Lane, Language, Urgency
from escalation.domain.notices import NOTICES, Notice
from escalation.labels import name_of
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OutboxMessage
from escalation.models.places import Place
from escalation.queries.cases import Dossier
from escalation.queries.outbox import db_now_ms
from escalation.queries.people import Reader, list_commune_readers, list_desk_members, list_regional_secretaries
from escalation.queries.places import get_places
from escalation.queries.taxonomy import get_obstacle_type
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
    return list(found.values())


def write_messages(
    session: Session, dossier: Dossier, event: JournalEvent, owed: Sequence[Owed], codes: Mapping[str, Any]
) -> None:
    """Write one message for each person who is to be told of an event."""
    if not owed:
        return
    obstacle = dossier.obstacle
    codes_of_places = {obstacle.commune_code, obstacle.province_code, obstacle.region_code}
    places = get_places(codes_of_places | {one.reader.place_code for one in owed})
    common = _common_facts(dossier, codes)
    for one in owed:
        facts = common | _facts_for(one, dossier, places)
        session.add(_message(one, event, dossier, facts))
    owes_messages(session)


def _audience(audience: Audience, dossier: Dossier) -> Iterable[Reader]:
    obstacle, members = dossier.obstacle, dossier.members_of(dossier.obstacle.desk_code)
    if audience is Audience.COMMUNE:
        return list_commune_readers(obstacle.commune_code, obstacle.author_id, dossier.today)
    if audience is Audience.DESK:
        return members
    if audience is Audience.ASSIGNEE:
        holder = [member for member in members if member.person_id == obstacle.assignee_id]
        return holder or [member for member in members if member.is_lead] or members
    if audience is Audience.SECRETARY:
        return [] if members else list_regional_secretaries(obstacle.region_code, dossier.today)
    passed = {referral.desk_code for referral in dossier.referrals} - {obstacle.desk_code}
    filed_on = dossier.case.filed_on
    readers = list_desk_members(passed, obstacle.commune_code, filed_on, dossier.today) if passed else []
    return [reader for reader in readers if reader.is_lead] or readers


def _common_facts(dossier: Dossier, codes: Mapping[str, Any]) -> dict[str, Any]:
    obstacle, referral = dossier.obstacle, dossier.referral
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
    }


def _facts_for(owed: Owed, dossier: Dossier, places: Mapping[str, Place]) -> dict[str, Any]:
    obstacle, reader, language = dossier.obstacle, owed.reader, owed.reader.language
    own, province = places[reader.place_code], places[obstacle.province_code]
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
        "asks": owed.notice.asks,
    }


def _type(code: str | None, language: Language) -> str:
    return name_of(get_obstacle_type(code), language) if code else ""


def _message(owed: Owed, event: JournalEvent, dossier: Dossier, facts: dict[str, Any]) -> OutboxMessage:
    reader, obstacle = owed.reader, dossier.obstacle
    domain = current_app.extensions["config"].mail.message_id_domain
    urgent = obstacle.urgency is Urgency.CRITICAL
    return OutboxMessage(
        source_kind="event",
        source_id=event.id,
        event=event.event,
        audience=owed.notice.audience,
        obstacle_id=obstacle.id,
        recipient_id=reader.person_id,
        address=reader.email,
        language=reader.language,
        facts=facts,
        message_id=f"<ntf.{uuid.uuid4()}@{domain}>",
        event_at=event.occurred_at,
        lane=Lane.INTERACTIVE if urgent else Lane.BULK,
        order_seq=event.seq,
        not_before_ms=db_now_ms(),
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
