"""Bringing in a table of people and their offices: sending it, how its check fares, what it will do, accepting."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import Office
from escalation.domain.people_table import PEOPLE
from escalation.models.imports import BacklogImport, ImportKind, ImportStatus
from escalation.queries.imports import AT_WORK, get_import, list_imports
from escalation.queries.people.directory import regions_of
from escalation.queries.places import get_places
from escalation.services.backlog.imports import accept_import, discard_import, receive_table
from escalation.services.backlog.tables import MOST_BYTES, TableRefused, read_table
from escalation.web.access import requires, sensitive
from escalation.web.admin import import_template
from escalation.web.admin.import_words import REFUSED, faults_of, guide, previews, results
from escalation.web.case.case_form import by_form
from escalation.web.forms.imports import TableForm
from escalation.web.identity import current_actor
from escalation.web.uploads import takes_file

bp = Blueprint("admin_imports", __name__, url_prefix="/admin/people")

UNPROCESSABLE, SEE_OTHER = 422, 303
SHOWN = 50
REFRESH_AFTER_S = 3


@bp.get("/import")
@requires(Office.ADMINISTRATOR)
@sensitive
def new() -> ResponseReturnValue:
    """Show how a table is sent, and the latest that were."""
    return _page(_form())


@bp.post("/import")
@requires(Office.ADMINISTRATOR)
@sensitive
@takes_file(MOST_BYTES)
def create() -> ResponseReturnValue:
    """Take a table in to be checked, or say why it cannot be read."""
    form = _form()
    if not form.validate():
        return _page(form), UNPROCESSABLE
    try:
        table = read_table(form.raw, PEOPLE)
    except TableRefused as refused:
        form.table.errors = [str(REFUSED[refused.reason])]
        return _page(form), UNPROCESSABLE
    import_id = receive_table(table, form.file_name, form.region_code, by_form(None), ImportKind.PEOPLE)
    return redirect(url_for("admin_imports.show", import_id=import_id), SEE_OTHER)


@bp.get("/import/template.csv")
@requires(Office.ADMINISTRATOR)
def template_csv() -> ResponseReturnValue:
    """Send an empty table as text."""
    return import_template.as_csv()


@bp.get("/import/template.xlsx")
@requires(Office.ADMINISTRATOR)
def template_xlsx() -> ResponseReturnValue:
    """Send an empty table as a workbook, with what its cells may choose from."""
    return import_template.as_workbook(min(regions_of(current_actor())))


@bp.get("/imports/<int(max=2147483647):import_id>")
@requires(Office.ADMINISTRATOR)
def show(import_id: int) -> ResponseReturnValue:
    """Show how far an import has come; while a worker has it in hand, the page asks again by itself."""
    row = _import(import_id)
    answer = make_response(
        render_template(
            "pages/admin/import_show.html",
            table=row,
            is_at_work=row.status in AT_WORK,
            faults=faults_of(row) if row.status is ImportStatus.REFUSED else [],
            preview=previews(row, SHOWN) if row.status is ImportStatus.READY else [],
            results=results(row) if row.status is ImportStatus.DONE else [],
        )
    )
    if row.status in AT_WORK:
        answer.headers["Refresh"] = str(REFRESH_AFTER_S)
    return answer


@bp.post("/imports/<int(max=2147483647):import_id>/accept")
@requires(Office.ADMINISTRATOR)
@sensitive
def accept(import_id: int) -> ResponseReturnValue:
    """Have everybody of the table invited."""
    accept_import(_import(import_id).id, by_form(None))
    return redirect(url_for("admin_imports.show", import_id=import_id), SEE_OTHER)


@bp.post("/imports/<int(max=2147483647):import_id>/discard")
@requires(Office.ADMINISTRATOR)
@sensitive
def discard(import_id: int) -> ResponseReturnValue:
    """Forget a table; who was invited by it stays invited."""
    if not discard_import(_import(import_id).id, by_form(None)):
        return redirect(url_for("admin_imports.show", import_id=import_id), SEE_OTHER)
    flash(_("The table was deleted."), "success")
    return redirect(url_for("admin_imports.new"), SEE_OTHER)


def _import(import_id: int) -> BacklogImport:
    return get_import(current_actor(), import_id, ImportKind.PEOPLE)


def _page(form: TableForm) -> str:
    latest = list_imports(current_actor(), ImportKind.PEOPLE)
    return render_template("pages/admin/import_new.html", form=form, latest=latest, guide=guide())


def _form() -> TableForm:
    form = TableForm()
    regions = get_places(regions_of(current_actor()))
    form.offer([regions[code] for code in sorted(regions)])
    return form
