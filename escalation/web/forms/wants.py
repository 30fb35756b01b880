"""How one wants to be told: a choice for each kind of message, and the hours in which no e-mail leaves."""

from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation.domain.wants import ADJUSTABLE, CHOSEN, Kind, Quiet, Wants, Way
from escalation.web.forms.choices import Choice
from escalation.web.forms.fields import PageForm

WAY_WORDS = {
    Way.AT_ONCE: _l("By e-mail, at once"),
    Way.DAILY: _l("In one e-mail a day"),
    Way.WEEKLY: _l("In one e-mail a week"),
    Way.APP_ONLY: _l("In the app only"),
}
HOURS = [f"{hour:02}" for hour in range(24)]
_ONE_OF_THESE = _l("Choose one of the list.")


class WantsForm(PageForm):
    """Each question is named after the kind it asks of; quiet hours are two hours, or none."""

    steps = Choice(_l("Steps of my cases"), _ONE_OF_THESE)
    words = Choice(_l("Comments and corrections"), _ONE_OF_THESE)
    receipt = Choice(_l("Receipts of filings"), _ONE_OF_THESE)
    beside = Choice(_l("Cases I follow, or that my desk passed on"), _ONE_OF_THESE)
    early = Choice(_l("Warnings before a date"), _ONE_OF_THESE)
    quiet_from = Choice(_l("No e-mail from"))
    quiet_to = Choice(_l("until"))

    def offer(self) -> None:
        """Offer the ways and the hours."""
        for kind in ADJUSTABLE:
            self[kind].choices = [(way.value, str(WAY_WORDS[way])) for way in CHOSEN]
        for field in (self.quiet_from, self.quiet_to):
            field.choices = [("", _("no quiet hours")), *((hour, f"{hour}:00") for hour in HOURS)]

    @classmethod
    def showing(cls, wants: Wants) -> Self:
        """Return the form as it stands for these choices."""
        data: dict[str, Any] = {kind.value: wants.way_of(kind).value for kind in ADJUSTABLE}
        if wants.quiet:
            data |= {"quiet_from": HOURS[wants.quiet.from_hour], "quiet_to": HOURS[wants.quiet.to_hour]}
        form = cls(formdata=None, data=data)
        form.offer()
        return form

    def is_sound(self) -> bool:
        """Say whether every answer can be kept; of quiet hours, both or none are given, and they differ."""
        sound = bool(self.validate())
        hours = (self.quiet_from.data or "", self.quiet_to.data or "")
        if sound and any(hours) and not all(hours):
            missing = self.quiet_to if hours[0] else self.quiet_from
            missing.errors = [_("Choose both hours, or neither.")]
            return False
        if sound and all(hours) and hours[0] == hours[1]:
            self.quiet_to.errors = [_("Choose another hour than the first.")]
            return False
        return sound

    @property
    def ways(self) -> dict[Kind, Way]:
        """Return how each kind is wanted."""
        return {kind: Way(self[kind].data) for kind in ADJUSTABLE}

    @property
    def quiet(self) -> Quiet | None:
        """Return the quiet hours, if there are any."""
        first, last = self.quiet_from.data, self.quiet_to.data
        return Quiet(int(first), int(last)) if first and last else None
