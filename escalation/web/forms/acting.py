"""The question in which office somebody acts, asked on the forms of a case where several of theirs would let them."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from escalation.web.forms.choices import OneOf
from escalation.web.forms.fields import ActForm


class OfficeForm(ActForm):
    """A form on a case that is sent in one office; who has a choice between several names it."""

    offered: Sequence[str] = ()
    acting_in = OneOf(_l("In which office do you act?"), _l("Choose one of your offices."))

    def offer_offices(self, offices: Sequence[tuple[str, str]]) -> None:
        """Ask between these, the first being chosen already; ask nothing where there is nothing to choose.

        An office that was chosen and is not theirs any more is refused, never taken for another.
        """
        was_sent = self.is_submitted() and bool(self.acting_in.raw_data)
        if len(offices) < 2 and not was_sent:
            del self.acting_in
            return
        self.acting_in.choices = list(offices)
        self.offered = [number for number, _words in offices]
        if not was_sent and self.acting_in.data not in self.offered:
            self.acting_in.data, self.acting_in.raw_data = self.offered[0], self.offered[:1]

    @property
    def office_named(self) -> int | None:
        """Return the office that was chosen among those offered; None where there was no choice."""
        if "acting_in" not in self or self.acting_in.data not in self.offered:
            return None
        return int(self.acting_in.data)
