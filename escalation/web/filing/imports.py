"""Bringing in the table that somebody kept elsewhere: sending it, how its check fares, what it makes, accepting."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.backlog import OBSTACLES
from escalation.domain.codes import Office
from escalation.models.imports import BacklogImport, ImportStatus
from escalation.queries.case.on_behalf import list_mine
from escalation.queries.imports import AT_WORK, get_import, list_imports
from escalation.queries.places import get_places
from escalation.queries.taxonomy import list_obstacle_types
from escalation.services.backlog.imports import accept_import, discard_import, receive_table
from escalation.services.backlog.tables import MOST_BYTES, TableRefused, read_table
from escalation.web.access import requires
from escalation.web.case.case_form import by_form
from escalation.web.filing import import_template
from escalation.web.filing.filing_page import staffed_regions
from escalation.web.filing.import_words import REFUSED, faults_of, guide
from escalation.web.forms.imports import TableForm
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.case_lines import CaseLine, case_lines
from escalation.web.uploads import takes_file

bp = Blueprint("imports", __name__, url_prefix="/obstacles")

UNPROCESSABLE, SEE_OTHER = 422, 303
SHOWN = 50
REFRESH_AFTER_S = 3


@bp.get("/import")
@requires(Office.SECRETARIAT_STAFF)
def new() -> ResponseReturnValue:
    """Show how a table is sent, and the latest that were."""
    return _page(_form())


@bp.post("/import")
@requires(Office.SECRETARIAT_STAFF)
@takes_file(MOST_BYTES)
def create() -> ResponseReturnValue:
    """Take a table in to be checked, or say why it cannot be read."""
    form = _form()
    if not form.validate():
        return _page(form), UNPROCESSABLE
    try:
        table = read_table(form.raw, OBSTACLES)
    except TableRefused as refused:
        form.table.errors = [str(REFUSED[refused.reason])]
        return _page(form), UNPROCESSABLE
    import_id = receive_table(table, form.file_name, form.region_code, by_form(None))
    return redirect(url_for("imports.show", import_id=import_id), SEE_OTHER)


@bp.get("/import/template.csv")
@requires(Office.SECRETARIAT_STAFF)
def template_csv() -> ResponseReturnValue:
    """Send an empty table as text."""
    return import_template.as_csv()


@bp.get("/import/template.xlsx")
@requires(Office.SECRETARIAT_STAFF)
def template_xlsx() -> ResponseReturnValue:
    """Send an empty table as a workbook, with what its cells may choose from."""
    return import_template.as_workbook(min(staffed_regions()))


@bp.get("/imports/<int(max=2147483647):import_id>")
@requires(Office.SECRETARIAT_STAFF)
def show(import_id: int) -> ResponseReturnValue:
    """Show how far an import has come; while a worker has it in hand, the page asks again by itself."""
    row = get_import(current_actor(), import_id)
    answer = make_response(
        render_template(
            "pages/imports/show.html",
            backlog=row,
            is_sender=row.person_id == current_actor().person_id,
            is_at_work=row.status in AT_WORK,
            faults=faults_of(row) if row.status is ImportStatus.REFUSED else [],
            preview=_preview(row) if row.status is ImportStatus.READY else [],
            drafts=_drafts(row) if row.status is ImportStatus.DONE else [],
        )
    )
    if row.status in AT_WORK:
        answer.headers["Refresh"] = str(REFRESH_AFTER_S)
    return answer


@bp.post("/imports/<int(max=2147483647):import_id>/accept")
@requires(Office.SECRETARIAT_STAFF)
def accept(import_id: int) -> ResponseReturnValue:
    """Have every line become a draft."""
    accept_import(get_import(current_actor(), import_id).id, by_form(None))
    return redirect(url_for("imports.show", import_id=import_id), SEE_OTHER)


@bp.post("/imports/<int(max=2147483647):import_id>/discard")
@requires(Office.SECRETARIAT_STAFF)
def discard(import_id: int) -> ResponseReturnValue:
    """Forget a table; drafts that were made of it stay."""
    if not discard_import(get_import(current_actor(), import_id).id, by_form(None)):
        return redirect(url_for("imports.show", import_id=import_id), SEE_OTHER)
    flash(_("The table was deleted."), "success")
    return redirect(url_for("imports.new"), SEE_OTHER)


def _page(form: TableForm) -> str:
    latest = list_imports(current_actor())
    return render_template("pages/imports/new.html", form=form, latest=latest, guide=guide())


def _form() -> TableForm:
    form = TableForm()
    regions = get_places(staffed_regions())
    form.offer([regions[code] for code in sorted(regions)])
    return form


def _preview(row: BacklogImport) -> list[dict[str, object]]:
    """Return the first lines of a checked table as its page shows them."""
    first = row.outcomes[:SHOWN]
    communes = get_places({outcome["commune"] for outcome in first})
    types = {one.code: one for one in list_obstacle_types()}
    return [
        {
            "number": outcome["line"],
            "commune": communes[outcome["commune"]],
            "project": outcome["answers"].get("project_name", ""),
            "type": types.get(outcome["answers"].get("obstacle_type", "")),
        }
        for outcome in first
    ]


def _drafts(row: BacklogImport) -> list[CaseLine]:
    made = [outcome["draft"] for outcome in row.outcomes[:SHOWN]]
    return case_lines(list_mine(current_actor(), made).rows, request_time())
