"""The table of competence as an administrator reads and changes it: every change is looked at before it is recorded."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import Level, Office
from escalation.extensions import db
from escalation.queries import competence as table
from escalation.queries.people.directory import regions_of
from escalation.queries.places import get_places
from escalation.queries.rulings import list_proposed
from escalation.queries.taxonomy import get_obstacle_type, list_obstacle_types, list_routing_reasons
from escalation.services import competence
from escalation.services.competence import Rule, check_rule
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.web.access import requires, sensitive
from escalation.web.asked import asked_number
from escalation.web.forms.competence import RuleForm, blame_field
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id

bp = Blueprint("admin_competence", __name__, url_prefix="/admin/competence")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show every type with its first desk, what the table changes of it, and the rulings that wait."""
    regions, types = regions_of(current_actor()), list_obstacle_types()
    return render_template(
        "pages/admin/competences.html",
        groups=_by_group(types),
        default_of=table.default_of,
        counts=table.count_rules(regions),
        proposed=list_proposed(regions),
        types={row.code: row for row in types},
    )


@bp.get("/<string(maxlength=40):obstacle_type>")
@requires(Office.ADMINISTRATOR)
def show(obstacle_type: str) -> ResponseReturnValue:
    """Show what the table says of a type, place by place, and its history."""
    number = asked_number("ruling")
    ruled = [one.ruling for one in list_proposed(regions_of(current_actor()), obstacle_type)]
    given: dict[str, Any] = {}
    for ruling in (one for one in ruled if one.id == number):
        given = {"place": ruling.place_code, "first_desk": ruling.first_desk.value, "ruling": ruling.id}
    return _page(obstacle_type, _offered(RuleForm(formdata=None, data=given)))


@bp.post("/<string(maxlength=40):obstacle_type>")
@requires(Office.ADMINISTRATOR)
@sensitive
def change(obstacle_type: str) -> ResponseReturnValue:
    """Show what a row would change, or record it."""
    get_obstacle_type(obstacle_type)
    form, by = _offered(RuleForm()), _administrator()
    if not form.validate():
        return _page(obstacle_type, form), UNPROCESSABLE
    rule = form.rule(obstacle_type)
    try:
        if request.form.get("do") != "save":
            check_rule(db.session(), rule, by)
            return _page(obstacle_type, form, rule)
        competence.set_rule(rule, by, _number(form.ruling.data))
    except WrongField as refused:
        blame_field(form, refused.field, refused.reason)
        return _page(obstacle_type, form), UNPROCESSABLE
    flash(_("The row is recorded. Open cases stay where they are."), "success")
    return redirect(url_for("admin_competence.show", obstacle_type=obstacle_type), SEE_OTHER)


@bp.post("/rulings/<int(max=2147483647):ruling_id>/set-aside")
@requires(Office.ADMINISTRATOR)
@sensitive
def set_aside(ruling_id: int) -> ResponseReturnValue:
    """Leave the table as it is although a ruling proposes another."""
    if competence.set_aside(ruling_id, _administrator()):
        flash(_("The proposal is set aside: the table stays as it is."), "success")
    else:
        flash(_("This proposal waits no more: nothing was changed."), "error")
    return redirect(url_for("admin_competence.index"), SEE_OTHER)


def places_to_choose(regions: frozenset[str]) -> dict[str, list[tuple[str, str]]]:
    """Return regions and their prefectures and provinces, to choose one of them."""
    own, provinces = get_places(regions).values(), table.list_provinces(regions)
    return {
        "": [("", _("Choose…"))],
        labels.level_label(Level.REGION): [(row.code, labels.name_of(row)) for row in own],
        _("Prefectures and provinces"): [(row.code, labels.name_of(row)) for row in provinces],
    }


def _page(obstacle_type: str, form: RuleForm, rule: Rule | None = None) -> str:
    row, regions, today = get_obstacle_type(obstacle_type), regions_of(current_actor()), local_day(request_time())
    history = table.list_rules(obstacle_type, regions)
    said, provinces = [table.said_by(one) for one, _place, _person in history], table.list_provinces(regions)
    reasons = {reason.code: reason for reason in list_routing_reasons()}
    default = table.default_of(row)
    return render_template(
        "pages/admin/competence.html",
        row=row,
        form=form,
        default=table.Why(default, reasons[default.reason]),
        today_everywhere=table.compare(row, said, None, provinces, today),
        changes=table.compare(row, said, rule.said(), provinces, rule.effective_on) if rule else None,
        history=history,
        reasons=reasons,
        proposed=list_proposed(regions, obstacle_type),
        places=get_places({place.region_code for place in provinces}),
        today=today,
    )


def _offered(form: RuleForm) -> RuleForm:
    form.offer(places_to_choose(regions_of(current_actor())), list_routing_reasons())
    return form


def _administrator() -> Administrator:
    return Administrator(by_id(), regions_of(current_actor()), request_time())


def _by_group(types: list[Any]) -> Mapping[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in types:
        groups.setdefault(labels.type_group_label(row.group), []).append(row)
    return groups


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
