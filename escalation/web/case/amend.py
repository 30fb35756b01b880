"""The page on which a commune corrects what it filed: the same questions, answered; the case stays where it is."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Event, Remark
from escalation.domain.content import Content
from escalation.domain.errors import AlreadySubmitted, DomainError, StaleObstacle
from escalation.domain.policy import allowed_remarks
from escalation.domain.proposals import SECTOR_OF_TYPE
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier
from escalation.queries.places import get_place
from escalation.queries.taxonomy import (
    get_bodies,
    get_obstacle_types,
    get_sectors,
    list_bodies,
    list_obstacle_types,
    list_sectors,
)
from escalation.services.case.remarks import amend as amend_facts
from escalation.services.case.remarks import check_remark
from escalation.web import files, kept
from escalation.web.access import requires
from escalation.web.case import case_page
from escalation.web.case.case_form import AS_ASKED, by_form, changes_since, first_answers, read_case
from escalation.web.choices import types_by_group
from escalation.web.forms.filing import answers_of
from escalation.web.forms.remarks import AmendForm
from escalation.web.identity import current_actor
from escalation.web.lists.queue_trail import trail, with_trail
from escalation.web.uploads import takes_files

bp = Blueprint("amend", __name__, url_prefix="/obstacles")

UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


@bp.get("/<reference:reference>/amend")
@requires()
def edit(reference: str) -> ResponseReturnValue:
    """Show what was filed, to be corrected by those who may."""
    dossier = read_case(reference)
    check_remark(dossier, Remark.AMEND, by_form(None))
    form = _offered(AmendForm(data=answers_of(dossier.obstacle) | first_answers(dossier)), dossier)
    kept.restore(form)
    return _page(dossier, form)


@bp.post("/<reference:reference>/amend")
@requires()
@takes_files
def update(reference: str) -> ResponseReturnValue:
    """Keep what changed, once; what is missing or unreadable is named, and a stale form is told what changed."""
    dossier = read_case(reference)
    form = _offered(AmendForm(), dossier)
    if kept.is_asked() or files.is_attaching():
        check_remark(dossier, Remark.AMEND, by_form(None))
    if kept.is_asked():
        return kept.keep_answers(form)
    if Remark.AMEND in allowed_remarks(current_actor(), dossier.case):
        files.take_in(form, dossier.obstacle.commune_code)
    if files.is_attaching():
        return files.told(form)
    return _amend(reference, dossier, form)


def _amend(reference: str, dossier: Dossier, form: AmendForm) -> ResponseReturnValue:
    version = dossier.obstacle.version
    if not form.is_fileable():
        if form.seen_version in (None, version):
            check_remark(dossier, Remark.AMEND, by_form(None))
        return _page(dossier, form), UNPROCESSABLE
    try:
        amended = amend_facts(dossier.obstacle.id, by_form(form), content=_whole(form.content(), dossier.obstacle))
    except (StaleObstacle, AlreadySubmitted) as conflict:
        return _conflict(reference, form, conflict), CONFLICT
    return _onwards(reference, is_changed=amended.version != (form.seen_version or version))


def _onwards(reference: str, *, is_changed: bool) -> ResponseReturnValue:
    """Say whether anything was changed, and lead back to the case."""
    kept.forget()
    if is_changed:
        flash(labels.event_label(Event.FACTS_AMENDED), "success")
    else:
        flash(_("Nothing was changed: the answers are those that were filed."), "info")
    return redirect(with_trail(url_for("case.show", reference=reference)), SEE_OTHER)


def _whole(content: Content, obstacle: Obstacle) -> Content:
    """Return the answers; a title or a sector that was taken out stays as it was, for it was only proposed."""
    return replace(content, title=content.title or obstacle.title, sector=content.sector or obstacle.sector)


def _conflict(reference: str, form: AmendForm, conflict: DomainError) -> str:
    dossier = read_case(reference)
    changes = changes_since(dossier, form.seen_version)
    form.renew(dossier.obstacle.version)
    return _page(dossier, form, changes=changes, was_sent=isinstance(conflict, AlreadySubmitted))


def _page(dossier: Dossier, form: AmendForm, **more: object) -> str:
    files.hold(form)
    return render_template(
        "pages/remarks/amend.html",
        **AS_ASKED | more,
        address=url_for("amend.update", reference=dossier.obstacle.reference),
        heading=labels.remark_label(Remark.AMEND),
        form=form,
        obstacle=dossier.obstacle,
        province=get_place(dossier.obstacle.province_code),
        is_possible=Remark.AMEND in allowed_remarks(current_actor(), dossier.case),
        page=case_page,
        sectors_of_types=SECTOR_OF_TYPE,
        trail=trail(),
    )


def _offered(form: AmendForm, dossier: Dossier) -> AmendForm:
    """Offer what one may choose today, and what was chosen before it was retired."""
    obstacle = dossier.obstacle
    bodies = {row.code: row for row in list_bodies()}
    bodies |= get_bodies({code for code in (obstacle.project_owner, *obstacle.asked_of) if code} - set(bodies))
    types = {row.code: row for row in list_obstacle_types()}
    types |= get_obstacle_types({code for code in (obstacle.obstacle_type,) if code} - set(types))
    sectors = {row.code: row for row in list_sectors()}
    sectors |= get_sectors({code for code in (obstacle.sector,) if code} - set(sectors))
    form.today, form.filed_needed_by = dossier.today, obstacle.needed_by
    form.offer([], types_by_group(types.values()), list(bodies.values()), list(sectors.values()))
    del form.commune, form.channel
    return form
