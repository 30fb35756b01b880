"""Which mails an administrator looks for."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.codes import Lane, MessageStatus
from escalation.queries.messages.outbox_lines import Fault, Older, Wanted
from escalation.web.forms.choices import Choice
from escalation.web.forms.fields import PageForm, line
from escalation.web.messages.message_words import FAILED

ANY = "any"
LANES = {Lane.INTERACTIVE: _l("Goes first"), Lane.BULK: _l("Ordinary")}
AGES = {Older.MINUTES: _l("5 minutes"), Older.HOUR: _l("an hour"), Older.DAY: _l("a day")}


class OutboxForm(PageForm):
    """Every answer may be left out."""

    q = line(_l("Reference, person or address"), dir="auto", autocomplete="off")
    status = Choice(_l("Status"))
    older = Choice(_l("Due for longer than"))
    lane = Choice(_l("Lane"))
    fault = Choice(_l("What went wrong"))

    def offer(self) -> None:
        """Offer statuses, ages, lanes and faults."""
        statuses = [(code.value, labels.message_status_label(code)) for code in MessageStatus]
        self.status.choices = [("", _("whatever has not left")), (ANY, _("any")), *statuses]
        self.older.choices = [("", _("any time")), *((code.value, str(words)) for code, words in AGES.items())]
        self.lane.choices = [("", _("both")), *((code.value, str(words)) for code, words in LANES.items())]
        self.fault.choices = [("", _("anything")), *((code.value, str(FAILED[code])) for code in Fault)]

    @property
    def wanted(self) -> Wanted:
        """Return what is looked for; an answer that is none of the offered narrows nothing."""
        return Wanted(
            words="" if self.q.errors else (self.q.data or "").strip(),
            status=next((code for code in MessageStatus if code == self.status.data), None),
            has_any_status=self.status.data == ANY,
            lane=next((code for code in Lane if code == self.lane.data), None),
            fault=next((code for code in Fault if code == self.fault.data), None),
            older=next((code for code in Older if code == self.older.data), None),
        )
