"""Looking after offices, again and again: terms that end soon, cases of who left, desks with nobody; each told once.

Each is one transaction whose row says that it was told: two that look at once tell once, and a late look catches up.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice
from escalation.domain.calendar import local_day
from escalation.domain.codes import Level, MessageSource, Office, OfficeNoticeKind
from escalation.models.offices import OfficeNotice
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.people import watched
from escalation.queries.people.watched import Held
from escalation.services.people.office_mail import write_office_mail
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

Tell = Callable[[Session, OfficeNotice], None]


def watch_offices(now: datetime) -> int:
    """Tell what is to be told of offices and was not; return how much that was."""
    today = local_day(now)
    told = sum(_tell_end(held, today, now) for held in watched.list_untold_ends(today))
    told += sum(_tell_handover(held, today, now) for held in watched.list_untold_handovers(today))
    return told + _watch_desks(today, now)


def _tell_end(held: Held, today: date, now: datetime) -> bool:
    mandate, place = held.mandate, held.place
    mandate_id, person_id, region, last_day = mandate.id, held.person.id, place.region_code, mandate.ends_on

    def tell(session: Session, notice: OfficeNotice) -> None:
        offices = (Office.ADMINISTRATOR, Office.REGIONAL_SECRETARY)
        others = [person for office in offices for person in watched.list_holders(office, region, today)]
        holder, ends = session.get_one(Person, person_id), _mandate(session, mandate_id)
        for reader in _once([holder, *others]):
            write_office_mail(
                session,
                reader,
                AccountNotice.TERM_ENDS,
                source=(MessageSource.OFFICE, notice.id),
                mandate=ends,
                now=now,
                other=holder.name(reader.language),
                last_day=last_day,
                is_own=reader.id == person_id,
            )

    day = last_day or today
    return _once_told(OfficeNotice(kind=OfficeNoticeKind.TERM_ENDS, mandate_id=mandate_id, day=day), place, now, tell)


def _tell_handover(held: Held, today: date, now: datetime) -> bool:
    mandate_id, person_id, place = held.mandate.id, held.person.id, held.place
    desk, region = place.code, place.region_code

    def tell(session: Session, notice: OfficeNotice) -> None:
        count = watched.count_left_behind([desk], today, person_id)
        if not count:
            return
        leads, members = watched.list_desk_people(desk, today)
        readers = leads or members or watched.list_holders(Office.REGIONAL_SECRETARY, region, today)
        left, ended = session.get_one(Person, person_id), _mandate(session, mandate_id)
        for reader in _once(readers):
            write_office_mail(
                session,
                reader,
                AccountNotice.HANDOVER,
                source=(MessageSource.OFFICE, notice.id),
                mandate=ended,
                now=now,
                other=left.name(reader.language),
                count=count,
            )

    day = held.mandate.ends_on or today
    return _once_told(OfficeNotice(kind=OfficeNoticeKind.HANDOVER, mandate_id=mandate_id, day=day), place, now, tell)


def _watch_desks(today: date, now: datetime) -> int:
    """Alarm the regional secretary of each desk that has nobody, once until it has somebody again."""
    alarms = watched.list_alarms()
    empty = {place.code: place for place in watched.list_empty_desks(today)}
    if staffed := sorted(set(alarms) - set(empty)):
        with transaction() as session:
            for code in staffed:
                session.get_one(OfficeNotice, alarms[code].id).ended_at = now
    return sum(_alarm(place, today, now) for code, place in empty.items() if code not in alarms)


def _alarm(place: Place, today: date, now: datetime) -> bool:
    code, region = place.code, place.region_code
    if not watched.list_holders(Office.REGIONAL_SECRETARY, region, today):
        return False

    def tell(session: Session, notice: OfficeNotice) -> None:
        count, desk = watched.count_open(code), session.get_one(Place, code)
        for reader in watched.list_holders(Office.REGIONAL_SECRETARY, region, today):
            write_office_mail(
                session,
                reader,
                AccountNotice.DESK_EMPTY,
                source=(MessageSource.OFFICE, notice.id),
                place=desk,
                now=now,
                first_day=today,
                count=count,
                is_own=desk.level is Level.REGION,
            )

    return _once_told(OfficeNotice(kind=OfficeNoticeKind.DESK_EMPTY, day=today), place, now, tell)


def _once_told(notice: OfficeNotice, place: Place, now: datetime, tell: Tell) -> bool:
    """Write that something is told, and tell it; False when somebody else did."""
    notice.place_code, notice.created_at = place.code, now
    try:
        with transaction() as session:
            session.add(notice)
            session.flush()
            tell(session, notice)
    except IntegrityError:
        log.info("%s of %s was told by another", notice.kind, notice.place_code)
        return False
    return True


def _mandate(session: Session, mandate_id: int) -> Mandate:
    return session.get_one(Mandate, mandate_id)


def _once(people: Iterable[Person]) -> list[Person]:
    return list({person.id: person for person in people}.values())
