"""What the pages of a filing show: the questions and their choices, whose commune it is, what others wrote."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import Field, RadioField, SelectField, SelectMultipleField

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import COMMUNE_OFFICES, Action, Office
from escalation.domain.policy import may, may_file
from escalation.domain.proposals import SECTOR_OF_TYPE
from escalation.models.obstacles import Obstacle
from escalation.models.places import Place
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.files import is_draft
from escalation.queries.case.routes import preview_route
from escalation.queries.people.people import list_names
from escalation.queries.places import get_place, get_places, list_communes_by_province
from escalation.queries.taxonomy import list_bodies, list_obstacle_types, list_sectors
from escalation.services.files.uploads import follow_form
from escalation.web import files
from escalation.web.case.case_page import person_name
from escalation.web.choices import types_by_group
from escalation.web.forms.fields import AmountField
from escalation.web.forms.filing import FilingForm, answers_of
from escalation.web.identity import current_actor, request_time


@dataclass(frozen=True)
class Change:
    """An answer that somebody else wrote meanwhile: the question's words and theirs."""

    label: str
    theirs: str


def new_form(draft: Obstacle | None = None, **answers: object) -> FilingForm:
    """Return the questions with what may be chosen, and with answers where some are given."""
    given = (answers_of(draft) if draft else {}) | answers
    form = FilingForm(data=given) if given else FilingForm()
    form.today = local_day(request_time())
    own = {place.code for place in own_communes()}
    is_settled = draft is not None and not may_name_commune(draft)
    asks_channel = bool(staffed_regions()) and not (draft and is_settled and draft.commune_code in own)
    types = types_by_group(list_obstacle_types())
    form.offer(communes(), types, list_bodies(), list_sectors(), own if asks_channel else None)
    if staffed_regions():
        form.group_communes(communes_by_group())
    return form


def show_form(
    form: FilingForm,
    draft: Obstacle | None = None,
    *,
    has_changed: bool = False,
    is_gone: bool = False,
) -> str:
    """Return the page of a filing: of a draft, or of one to come.

    ``has_changed`` says that somebody else wrote in the draft since the page was shown: what they wrote stands beside.
    """
    changes = _changes(form, draft) if draft and has_changed else []
    if draft and has_changed:
        form.renew(draft.version)
    shown = None if form.errors else draft
    files.hold(form, draft_of_files(draft))
    return render_template(
        "pages/filing/form.html",
        form=form,
        draft=draft,
        changed=has_changed,
        changes=changes,
        is_gone=is_gone,
        preview=preview_route(shown, request_time()) if shown else None,
        communes=communes() if draft is None or may_name_commune(draft) else [],
        sectors_of_types=SECTOR_OF_TYPE,
        **_whose(draft),
    )


def take_in_files(form: FilingForm, draft: Obstacle | None) -> None:
    """Take in the files that came with a filing; before its commune is chosen they take the room of the first."""
    if draft is not None:
        follow_form(current_user.id, form.key, url_for("filing.create"), draft.id, request.path)
    offered = [place.code for place in communes()]
    chosen = form.commune.data if form.commune.data in offered else offered[0]
    files.take_in(form, draft.commune_code if draft else chosen, draft_of_files(draft))


def draft_of_files(draft: Obstacle | None) -> int | None:
    """Return the draft whose files may still be changed; of what has been filed none may."""
    return draft.id if draft is not None and is_draft(draft) else None


def _whose(draft: Obstacle | None) -> dict[str, Any]:
    """Return for whom the page is: who may file it, whose draft it is and in whose name it will stand."""
    dossier = read_dossier(draft, request_time()) if draft else None
    author = _author(draft) if draft else None
    names_place = draft is not None and len(communes()) > 1
    return {
        "may_file": _may(Action.FILE, dossier) if dossier else _may_file_new(),
        "may_discard": dossier is not None and _may(Action.DISCARD, dossier),
        "author": author,
        "commune": get_place(draft.commune_code) if draft and names_place else None,
        "province": get_place(draft.province_code) if draft and names_place else None,
    }


def may_name_commune(draft: Obstacle) -> bool:
    """Say whether the reader may still name another commune for a draft: its author, who writes for several."""
    return draft.author_id == current_actor().person_id and len(communes()) > 1


def _may(action: Action, dossier: Dossier) -> bool:
    return may(current_actor(), action, dossier.case)


def _may_file_new() -> bool:
    return bool(staffed_regions()) or any(may_file(current_actor(), place.code) for place in own_communes())


def _author(draft: Obstacle) -> str | None:
    """Return who prepared a draft, when that is somebody else."""
    if draft.author_id == current_actor().person_id:
        return None
    return person_name(list_names({draft.author_id})[draft.author_id], labels.current_language())


def communes() -> list[Place]:
    """Return the communes that the reader may write for."""
    return [*own_communes(), *(place for group in _region_communes().values() for place in group)]


def own_communes() -> list[Place]:
    """Return the communes where the reader holds an office."""
    codes = [mandate.place_code for mandate in current_actor().mandates if mandate.office in COMMUNE_OFFICES]
    if "own_communes" not in g:
        places = get_places(set(codes)) if codes else {}
        g.own_communes = [places[code] for code in dict.fromkeys(codes)]
    found: list[Place] = g.own_communes
    return found


def staffed_regions() -> set[str]:
    """Return the regions in whose secretariat the reader serves."""
    mandates = current_actor().mandates
    return {mandate.place_code for mandate in mandates if mandate.office is Office.SECRETARIAT_STAFF}


def communes_by_group() -> dict[str, list[tuple[str, str]]]:
    """Return the communes one may write for, by code and name under what they belong to, in the page's order."""
    groups = {labels.place_label(province): rows for province, rows in _region_communes().items()}
    if own_communes():
        groups = {_("My commune"): own_communes(), **groups}
    return {
        name: [(row.code, labels.name_of(row)) for row in sorted(rows, key=labels.name_of)]
        for name, rows in groups.items()
    }


def _region_communes() -> dict[Place, list[Place]]:
    """Return the communes of the regions where the reader serves, but their own, by province or prefecture."""
    if "region_communes" not in g:
        regions, own = staffed_regions(), {place.code for place in own_communes()}
        found = list_communes_by_province(regions) if regions else {}
        provinces = sorted(found, key=labels.name_of)
        g.region_communes = {place: [row for row in found[place] if row.code not in own] for place in provinces}
    places: dict[Place, list[Place]] = g.region_communes
    return places


def _changes(form: FilingForm, draft: Obstacle) -> list[Change]:
    """Return the answers of a draft that are other than those in a form, in the words of its questions."""
    theirs = FilingForm(formdata=None, data=answers_of(draft))
    theirs.today = form.today
    theirs.offer([], types_by_group(list_obstacle_types()), list_bodies(), list_sectors(), ())
    asked = [field for field in form if field.name in answers_of(draft) and field.name not in ("commune", "version")]
    return [
        Change(str(field.label.text), _words(theirs[field.name]) or _("nothing"))
        for field in asked
        if (theirs[field.name].data or None) != (field.data or None)
    ]


def _words(field: Field) -> str:
    """Return the answer to a question as a reader would say it."""
    if isinstance(field, (SelectField, SelectMultipleField, RadioField)):
        chosen = [label for _value, label, selected, *_rest in field.iter_choices() if selected and _value]
        return _(", ").join(str(label) for label in chosen)
    if isinstance(field.data, date):
        return labels.day_text(field.data)
    if isinstance(field, AmountField) and field.data is not None:
        return labels.money_text(field.data)
    return str(field.data or "")
