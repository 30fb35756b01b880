"""The shape of sending a table of obstacles: one file, and the region where the sender serves in several."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import Optional, ValidationError

from escalation import labels
from escalation.models.places import Place
from escalation.services.backlog.tables import MOST_BYTES
from escalation.web.forms.fields import PageForm


class TableForm(PageForm):
    """A file to bring in."""

    region = SelectField(_l("Region"), validators=[Optional()])
    table = FileField(_l("Your table"), render_kw={"accept": ".csv,.tsv,.txt,.xlsx"})

    def offer(self, regions: Sequence[Place]) -> None:
        """Set which regions one may choose from; a single one is not asked for."""
        self.only_region = regions[0].code
        self.region.choices = [(place.code, labels.name_of(place)) for place in regions]
        if len(regions) == 1:
            del self.region

    def validate_table(self, field: FileField) -> None:
        """Read the file, within its bounds; refuse a form without one."""
        self.raw = field.data.stream.read(MOST_BYTES + 1) if field.data else b""
        if not self.raw:
            raise ValidationError(_("Choose the file that holds your table."))

    @property
    def region_code(self) -> str:
        """Return the region whose communes the table names."""
        return (self.region and self.region.data) or self.only_region

    @property
    def file_name(self) -> str:
        """Return the name of the file as its sender knows it, without control characters."""
        return "".join(char for char in str(self.table.data.filename or "") if char.isprintable())
