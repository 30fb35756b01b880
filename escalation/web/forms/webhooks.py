"""What an administrator says of another system that is told of cases."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from escalation import labels
from escalation.domain.codes import Event
from escalation.domain.webhooks import EVENTS, NAME_CHARS, URL_CHARS
from escalation.models.places import Place
from escalation.services.webhooks.endpoints import NewEndpoint
from escalation.web.forms.choices import Choice
from escalation.web.forms.fields import PageForm, line

ADDRESS = {"inputmode": "url", "dir": "ltr", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}

REASONS = {
    "missing": _l("Write what this system is called, in 80 characters at most."),
    "unknown": _l("Choose one of the list."),
    "too_many": _l("A region has 20 webhooks at most: remove one first."),
    "not_an_address": _l("Write a whole address, like https://example.ma/cases."),
    "not_https": _l("The address must begin with https://."),
    "has_account": _l("Take the name, the pass-phrase or the part after # out of the address."),
    "not_public": _l("This address is on a private network: write one that is reached from the Internet."),
    "too_long": _l("This address is too long: shorten it."),
}
"""What is said of what the service refuses, by its reason."""


class EndpointForm(PageForm):
    """What another system is called, where it is told, of which region's cases, and of which events."""

    name = line(_l("What this system is called"), REASONS["missing"], longest=NAME_CHARS, dir="auto")
    url = line(_l("Address that is told"), REASONS["not_an_address"], longest=URL_CHARS, **ADDRESS)
    region = Choice(_l("Of which region’s cases"), REASONS["unknown"])
    events = SelectMultipleField(
        _l("Of which events"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )

    def offer(self, regions: Sequence[Place]) -> None:
        """Offer the administrator's regions, and the events."""
        self.region.choices = [(place.code, labels.name_of(place)) for place in regions]
        self.events.choices = [(event.value, labels.event_label(Event(event))) for event in EVENTS]

    def new(self) -> NewEndpoint:
        """Return what was said."""
        return NewEndpoint(
            name=self.name.data or "",
            url=self.url.data or "",
            region_code=self.region.data or "",
            events=tuple(self.events.data or ()),
        )


def reason_words(reason: str) -> str:
    """Return in words how the last try of a delivery ended, or why it was none."""
    last = reason.rpartition(" ")[2]
    if last.isdigit():
        return _("The other side answered %(code)s.", code=last)
    return str(ENDINGS.get(last, "")) or reason


ENDINGS = {
    "": "",
    "paused": _l("Paused at that time."),
    "removed": _l("The webhook was removed."),
    "undone": _l("The decision was taken back."),
    "not_public": _l("The name leads to a private network: nothing was sent."),
    "not_https": _l("The address does not begin with https://: nothing was sent."),
    "no_such_name": _l("The name is not known on the Internet."),
    "not_connected": _l("No connection could be made."),
    "timeout": _l("The other side did not take the message in time."),
    "tls": _l("The certificate of the other side is not valid."),
    "no_answer": _l("The other side gave no answer in time: it may have the message."),
    "resting": _l("Not tried: the other side had just given no answer in time."),
    "cut": _l("The other side broke off before its answer: it may have the message."),
    "no_secret": _l("The secret cannot be read with the installation’s key: renew it."),
}
