"""The pages of one obstacle: its state, what one may do, its story and its messages; and the receipt of its filing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, current_app, g, render_template, url_for
from flask.typing import ResponseReturnValue

from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Remark
from escalation.domain.policy import allowed_remarks, desks_whose_notes, may_prepare, may_read_readers
from escalation.models.taxonomy import ObstacleType
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.files import list_files
from escalation.queries.case.notes import NoteLine, list_notes
from escalation.queries.case.obstacles import get_obstacle
from escalation.queries.case.timeline import Told, list_events, read_ledger, taken_back
from escalation.queries.competence import Why, read_why
from escalation.queries.people.people import list_names
from escalation.queries.places import get_place, get_places
from escalation.queries.taxonomy import (
    get_bodies,
    get_obstacle_type,
    get_obstacle_types,
    get_sectors,
)
from escalation.web import kept
from escalation.web.access import requires
from escalation.web.case import case_clocks, case_ledger, case_next, case_page, case_story
from escalation.web.case.acting import acting_words, offices_to_move
from escalation.web.case.acts import ACTS, Act
from escalation.web.case.asking import Asking
from escalation.web.case.case_form import read_case
from escalation.web.case.on_behalf import read_on_behalf
from escalation.web.case.remarks import new_form
from escalation.web.case.share import share_words
from escalation.web.files import hold_all
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.queue_trail import form_trail, next_case_url, queue_url
from escalation.web.messages.inbox import note_seen
from escalation.web.privacy.reading import note_reading

bp = Blueprint("case", __name__, url_prefix="/obstacles")


@bp.get("/<reference:reference>")
@requires()
def show(reference: str) -> ResponseReturnValue:
    """Show one obstacle: where it is, who has it, by when, what I can do; then the story and the messages."""
    actor = current_actor()
    obstacle = get_obstacle(actor, reference)
    note_seen(obstacle.id)
    dossier = read_dossier(obstacle, request_time())
    note_reading(dossier)
    events = list_events(dossier.obstacle.id)
    notes = list_notes(dossier.obstacle.id, desks_whose_notes(actor, dossier.case))
    files = list_files(dossier.obstacle.id, [note.id for note in notes])
    about = _about(dossier, events, notes)
    return render_template(
        "pages/case/show.html",
        **about,
        why=_why(dossier, about["obstacle_type"]),
        **_offered(dossier),
        **_read(dossier),
        **_trail(reference),
        events=events,
        notes=notes,
        files=files,
    )


@bp.get("/<reference:reference>/receipt")
@requires()
def receipt(reference: str) -> ResponseReturnValue:
    """Show the receipt of a filing, fit for printing, which says what it is not."""
    dossier = read_case(reference)
    note_reading(dossier)
    first = dossier.referrals[0]
    why = _why(dossier, get_obstacle_type(dossier.obstacle.obstacle_type or "other"))
    return render_template(
        "pages/case/receipt.html",
        **_about(dossier, [], []),
        first=first,
        first_desk=get_place(first.desk_code),
        passed_empty_desk=first.level is not why.competence.first_desk,
        why=why,
        on_behalf=read_on_behalf(dossier),
        may_prepare=may_prepare(current_actor(), dossier.obstacle.commune_code, dossier.obstacle.region_code),
    )


def _why(dossier: Dossier, obstacle_type: ObstacleType) -> Why:
    """Return who is competent, as the table said on the day of the filing: what it says since moves no case."""
    obstacle = dossier.obstacle
    filed_on = local_day(obstacle.filed_at or obstacle.created_at)
    return read_why(obstacle_type, obstacle.province_code, obstacle.region_code, filed_on)


def _about(dossier: Dossier, events: Sequence[Told], notes: Sequence[NoteLine]) -> dict[str, Any]:
    """Return what every page about one obstacle names: places, people, the words of its codes."""
    obstacle, codes = dossier.obstacle, case_story.codes_named(dossier, events, notes)
    own = {obstacle.commune_code, obstacle.province_code, obstacle.region_code, obstacle.desk_code or ""}
    places, people = get_places(codes.places | own), _people(dossier, codes.people)
    types = get_obstacle_types(codes.types)
    named = case_story.Named(get_bodies(codes.bodies), types, get_sectors(codes.sectors))
    return {
        "dossier": dossier,
        "obstacle": obstacle,
        "places": places,
        "people": people,
        "named": named,
        "bodies": named.bodies,
        "sectors": named.sectors,
        "commune": places[obstacle.commune_code],
        "province": places[obstacle.province_code],
        "region": places[obstacle.region_code],
        "desk": places[obstacle.desk_code or obstacle.province_code],
        "assignee": people.get(obstacle.assignee_id or 0),
        "obstacle_type": types[obstacle.obstacle_type or "other"],
    }


def _people(dossier: Dossier, person_ids: set[int]) -> dict[int, Any]:
    """Return people by id; who sits at a desk of the case was read with it."""
    found: dict[int, Any] = {one.person_id: one for one in dossier.members if one.person_id in person_ids}
    others = person_ids - set(found)
    return found | list_names(others) if others else found


def _offered(dossier: Dossier) -> dict[str, Any]:
    """Return what the reader may do on a case, with the forms that stand on its page."""
    actor = current_actor()
    remarks = allowed_remarks(actor, dossier.case)
    forms = {remark: new_form(dossier, remark) for remark in (Remark.COMMENT, Remark.NOTE) if remark in remarks}
    address = partial(url_for, "remarks.say", reference=dossier.obstacle.reference)
    by_address = {address(remark=remark): form for remark, form in forms.items()}
    kept.restore_all(by_address)
    hold_all(by_address)
    actions = case_page.offered_actions(actor, dossier)
    return {
        "actions": actions,
        "acting": acting_words(actor, dossier, actions),
        "acts": _acts(dossier, actions),
        "remarks": remarks,
        "may_read_readers": may_read_readers(actor, dossier.case),
        "comment_form": forms.get(Remark.COMMENT),
        "note_form": forms.get(Remark.NOTE),
        "share": share_words(dossier.obstacle, current_app.extensions["config"].installation.base_url),
    }


def _acts(dossier: Dossier, actions: Iterable[Action]) -> Mapping[Action, Act]:
    """Return the pages of moves; a move that could be made in several offices is not sent before one is named."""
    if len(current_actor().mandates) < 2:
        return ACTS
    asks = {action for action in actions if len(offices_to_move(current_actor(), dossier, action)) > 1}
    return {action: replace(act, is_direct=act.is_direct and action not in asks) for action, act in ACTS.items()}


def _read(dossier: Dossier) -> dict[str, Any]:
    """Return what turns the rows of a case into words."""
    actor = current_actor()
    desks = desks_whose_notes(actor, dossier.case)
    asking = Asking(dossier, actor)
    told = read_ledger(dossier.obstacle.id, actor.person_id or 0, with_warnings=bool(desks))
    return {
        "page": case_page,
        "story": case_story,
        "taken_back": taken_back,
        "clocks": case_clocks.read_clocks(dossier),
        "next_words": case_next.words_next(asking),
        "is_commune": asking.is_commune,
        "reads_notes": bool(desks),
        "ledger": case_ledger.ledger,
        "messages": told.lines,
        "attention": told.attention,
        "unreached": case_ledger.unreached(told.lines, g.language),
    }


def _trail(reference: str) -> dict[str, Any]:
    """Return the way back to the queue the reader came from, and on to its next case."""
    came_from = queue_url()
    return {
        "trail": form_trail(reference) if came_from else "",
        "queue_url": came_from,
        "next_url": next_case_url(reference) if came_from else None,
    }
