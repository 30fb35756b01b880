"""Who may see and who may do: the only place that decides, from mandates and the facts of a case.

``escalation.queries.case.obstacles.visible_to`` is the twin of ``may_see`` in SQL; a property test keeps them equal.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from escalation.domain.case import Case
from escalation.domain.codes import (
    COMMUNE_OFFICES,
    DESK_OFFICES,
    LEAD_OFFICES,
    MEMBER_OFFICES,
    OPEN,
    Action,
    Office,
    Remark,
    Status,
)
from escalation.domain.errors import NotAllowed, TransitionNotAllowed
from escalation.domain.workflow import CLOCK_RULES, TABLE, Move, Who, check_rules, moves_from


@dataclass(frozen=True, slots=True)
class CommuneTerm:
    """A time, past or present, in which somebody held an office in a commune."""

    commune_code: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class MandateHeld:
    """A mandate that lives now; ``may_file`` is a delegate's dated permission, live too."""

    id: int
    office: Office
    place_code: str
    may_file: bool = False
    for_person_id: int | None = None
    """Who holds it: somebody who is away, and for whom the actor acts. None where it is the actor's own."""
    for_terms: tuple[CommuneTerm, ...] = ()
    """The communes in which who is away holds or held an office: where they are recused, so is who acts for them."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with the mandates they hold now, or the clock, which is nobody."""

    person_id: int | None
    mandates: tuple[MandateHeld, ...] = ()
    commune_terms: tuple[CommuneTerm, ...] = ()

    def offices_at(self, place_code: str | None) -> frozenset[Office]:
        """Return the offices this actor holds at a place."""
        return frozenset(m.office for m in self.mandates if m.place_code == place_code)


CLOCK = Actor(person_id=None)


def is_recused(actor: Actor, case: Case) -> bool:
    """Say whether this actor holds, or held since the case was filed, an office in its commune."""
    return _recuse(actor.commune_terms, case)


def _recuse(terms: tuple[CommuneTerm, ...], case: Case) -> bool:
    return any(
        term.commune_code == case.commune_code
        and (term.ends_on is None or case.filed_on is None or term.ends_on >= case.filed_on)
        for term in terms
    )


def _decides(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    """Say whether neither who acts nor whom they act for is recused."""
    return not is_recused(actor, case) and not _recuse(mandate.for_terms, case)


def _speaks_for(mandate: MandateHeld, commune_code: str) -> bool:
    files = mandate.office is Office.COMMUNE_PRESIDENT or (
        mandate.office is Office.COMMUNE_DELEGATE and mandate.may_file
    )
    return files and mandate.place_code == commune_code


def _is_commune(_actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    return _speaks_for(mandate, case.commune_code)


def _is_author(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    return actor.person_id == case.author_id and (
        _is_of_commune(mandate, case) or _is_office(mandate, Office.SECRETARIAT_STAFF, case.region_code)
    )


def _is_staff(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    return actor.person_id == case.author_id and _is_office(mandate, Office.SECRETARIAT_STAFF, case.region_code)


def _is_member(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    at_desk = mandate.office in DESK_OFFICES.get(case.level, ()) and mandate.place_code == case.desk_code
    return at_desk and _decides(actor, mandate, case)


def _is_lead(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    return mandate.office in LEAD_OFFICES and _is_member(actor, mandate, case)


def _is_assignee(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    return (mandate.for_person_id or actor.person_id) == case.assignee_id and _is_member(actor, mandate, case)


def _is_secretary(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    in_region = _is_office(mandate, Office.REGIONAL_SECRETARY, case.region_code)
    return in_region and not case.desk_is_staffed and not is_recused(actor, case)


def _is_of_commune(mandate: MandateHeld, case: Case) -> bool:
    return mandate.office in COMMUNE_OFFICES and mandate.place_code == case.commune_code


def _is_office(mandate: MandateHeld, office: Office, place_code: str) -> bool:
    return mandate.office is office and mandate.place_code == place_code


STANDING: dict[Who, Callable[[Actor, MandateHeld, Case], bool]] = {
    Who.COMMUNE: _is_commune,
    Who.AUTHOR: _is_author,
    Who.STAFF: _is_staff,
    Who.MEMBER: _is_member,
    Who.LEAD: _is_lead,
    Who.ASSIGNEE: _is_assignee,
    Who.SECRETARY: _is_secretary,
}


def mandates_for(actor: Actor, move: Move, case: Case) -> Iterator[MandateHeld]:
    """Yield the mandates that let this actor make this move on this case; their own before those of others."""
    for mandate in actor.mandates:
        if any(STANDING[who](actor, mandate, case) for who in move.who if who is not Who.CLOCK):
            yield mandate


def mandate_for(actor: Actor, move: Move, case: Case) -> MandateHeld | None:
    """Return the first mandate that lets this actor make this move on this case, or None."""
    return next(mandates_for(actor, move, case), None)


def in_office(actor: Actor, mandate_id: int) -> Actor:
    """Return an actor as they act in one of the offices they hold now, and in no other.

    Recusal stays: it is the person's, whatever office they name.
    Raises: NotAllowed.
    """
    named = tuple(mandate for mandate in actor.mandates if mandate.id == mandate_id)
    if not named:
        raise NotAllowed("act", "not_ones_office")
    return replace(actor, mandates=named)


def _clock_may(move: Move, case: Case) -> bool:
    return Who.CLOCK in move.who and CLOCK_RULES[move.action](case)


def may(actor: Actor, action: Action, case: Case) -> bool:
    """Say whether the table, the rules under it and a mandate all let this actor do this now."""
    try:
        check_rules(case, action)
    except TransitionNotAllowed:
        return False
    return any(
        _clock_may(move, case) if actor is CLOCK else mandate_for(actor, move, case) is not None
        for move in moves_from(case.status, case.level)
        if move.action is action
    )


def check_standing(actor: Actor, action: Action, case: Case) -> None:
    """Refuse an actor whom no row of the table names for this action, whatever the status; the clock, before its time.

    Raises: NotAllowed.
    """
    rows = [move for move in TABLE if move.action is action and case.level in move.levels]
    if actor is CLOCK:
        if not any(_clock_may(move, case) for move in rows):
            raise NotAllowed(action, "not_the_clocks_time")
        return
    if rows and not any(mandate_for(actor, move, case) for move in rows):
        raise NotAllowed(action, "recused" if _would_but_for_recusal(actor, case) else "no_mandate")


def _would_but_for_recusal(actor: Actor, case: Case) -> bool:
    desk = DESK_OFFICES.get(case.level, frozenset())
    return is_recused(actor, case) and bool(desk & actor.offices_at(case.desk_code))


def allowed_actions(actor: Actor, case: Case) -> tuple[Action, ...]:
    """Return the actions this actor may take on this case now, in the order of the table."""
    rows = dict.fromkeys(move.action for move in moves_from(case.status, case.level))
    return tuple(action for action in rows if may(actor, action, case))


def _sits_on_its_path(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    """Say whether this mandate is at a desk that has the case or had it, and its holder is not recused."""
    sits = mandate.office in MEMBER_OFFICES and mandate.place_code in case.desks
    return sits and _decides(actor, mandate, case)


@dataclass(frozen=True, slots=True)
class RemarkRule:
    """Who may do what is no move, and whether the case must be open for it."""

    standing: tuple[Callable[[Actor, MandateHeld, Case], bool], ...]
    while_open: bool = True


REMARKS: dict[Remark, RemarkRule] = {
    Remark.CONFIRM_FILING: RemarkRule((_is_commune,)),
    Remark.COMMENT: RemarkRule((_is_commune, _is_member, _sits_on_its_path)),
    Remark.AMEND: RemarkRule((_is_commune,)),
    Remark.RECORD_CONTACT: RemarkRule((_is_member, _sits_on_its_path), while_open=False),
    Remark.NOTE: RemarkRule((_is_member, _sits_on_its_path), while_open=False),
}


def mandate_to_remark(actor: Actor, remark: Remark, case: Case) -> MandateHeld | None:
    """Return the mandate that lets this actor do what is no move on this case now, or None."""
    rule = REMARKS[remark]
    if case.status is Status.DRAFT or (rule.while_open and case.status not in OPEN):
        return None
    if remark is Remark.CONFIRM_FILING and not case.filing_is_unconfirmed:
        return None
    return next(_standing_to(rule, actor, case), None)


def mandates_to_remark(actor: Actor, remark: Remark, case: Case) -> list[MandateHeld]:
    """Return every mandate in which this actor could do what is no move on this case, the one that leads first."""
    if mandate_to_remark(actor, remark, case) is None:
        return []
    return list(dict.fromkeys(_standing_to(REMARKS[remark], actor, case)))


def _standing_to(rule: RemarkRule, actor: Actor, case: Case) -> Iterator[MandateHeld]:
    for standing in rule.standing:
        yield from (mandate for mandate in actor.mandates if standing(actor, mandate, case))


def allowed_remarks(actor: Actor, case: Case) -> tuple[Remark, ...]:
    """Return what this actor may do on this case beside the moves, in the order of the table."""
    return tuple(remark for remark in REMARKS if mandate_to_remark(actor, remark, case) is not None)


def desks_whose_notes(actor: Actor, case: Case) -> frozenset[str]:
    """Return the desks whose internal notes on this case this actor reads: their own, unless they are recused."""
    return frozenset(mandate.place_code for mandate in actor.mandates if _sits_on_its_path(actor, mandate, case))


def may_see(actor: Actor, case: Case) -> bool:
    """Say whether a case is inside this actor's territory; what is not looks as if it did not exist."""
    return mandate_to_see(actor, case) is not None


def mandate_to_see(actor: Actor, case: Case) -> MandateHeld | None:
    """Return the first mandate that puts a case inside this actor's territory, or None."""
    return next((mandate for mandate in actor.mandates if _sees(actor, mandate, case)), None)


def may_read_names_of_readers(actor: Actor, case: Case) -> bool:
    """Say whether this actor is told by name who has read a case: the secretary of its region."""
    filed = case.status is not Status.DRAFT
    return filed and any(_is_office(held, Office.REGIONAL_SECRETARY, case.region_code) for held in actor.mandates)


def may_read_readers(actor: Actor, case: Case) -> bool:
    """Say whether this actor is told, by name or by office, who has read a case: its filers too, by office."""
    if case.status is Status.DRAFT:
        return False
    return may_read_names_of_readers(actor, case) or any(
        (held.office is Office.COMMUNE_PRESIDENT and held.place_code == case.commune_code)
        or _is_author(actor, held, case)
        for held in actor.mandates
    )


def _sees(actor: Actor, mandate: MandateHeld, case: Case) -> bool:
    if _is_of_commune(mandate, case) or _is_staff(actor, mandate, case):
        return True
    if case.status is Status.DRAFT:
        return False
    return (
        (mandate.office in MEMBER_OFFICES and mandate.place_code in case.desks)
        or _is_office(mandate, Office.PROVINCIAL_SECRETARY, case.province_code)
        or _is_office(mandate, Office.REGIONAL_SECRETARY, case.region_code)
    )


def may_prepare(actor: Actor, commune_code: str, region_code: str) -> bool:
    """Say whether this actor may write a draft for a commune: its officers, or the region's secretariat."""
    return bool(COMMUNE_OFFICES & actor.offices_at(commune_code)) or (
        Office.SECRETARIAT_STAFF in actor.offices_at(region_code)
    )


def may_file(actor: Actor, commune_code: str) -> bool:
    """Say whether this actor may file in a commune's name: its president, or a delegate with a live permission."""
    return any(_speaks_for(mandate, commune_code) for mandate in actor.mandates)


def may_edit_draft(actor: Actor, case: Case) -> bool:
    """Say whether this actor may change a draft: its author, or anyone of its commune."""
    return case.status is Status.DRAFT and may_see(actor, case)
