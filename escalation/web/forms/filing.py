"""The shape of a filing: six questions that must be answered, and those that may."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from escalation import labels
from escalation.domain.codes import Channel, Urgency
from escalation.domain.content import Content
from escalation.domain.typed import FURTHEST, OLDEST, PHONE_CHARS, is_phone
from escalation.models.obstacles import Obstacle
from escalation.queries.case.obstacles import content_of
from escalation.web.forms.fields import ActForm, AmountField, Answered, DayField, WholeNumberField, line, paragraph
from escalation.web.forms.files import FilesField

TOLD_BY = tuple(channel for channel in Channel if channel is not Channel.WEB)
"""How a commune can tell the secretariat of an obstacle that is then filed on its behalf."""


class FilingForm(ActForm):
    """What a commune says of an obstacle; a draft may leave out anything, a filing needs the first six."""

    commune = SelectField(_l("Commune"), validators=[Optional()])
    channel = RadioField(_l("How did the commune tell you?"), validators=[Optional()])
    project_name = line(_l("What is the project?"), _l("Write the name of the project."))
    project_owner = SelectField(
        _l("Who is the project owner?"), validators=[InputRequired(_l("Choose who owns the project."))]
    )
    obstacle_type = SelectField(
        _l("What is blocking it?"), validators=[InputRequired(_l("Choose what is blocking the project."))]
    )
    blocked_since = DayField(_l("Since when?"), validators=[Answered(_l("Write the day it was blocked."))])
    description = paragraph(_l("What happened?"), _l("Describe in a few sentences what happened."))
    request = paragraph(_l("What do you ask for?"), _l("Write what you ask for."), rows=3)

    title = line(_l("Title of the case"))
    sector = SelectField(_l("Sector"), validators=[Optional()])
    programme = line(_l("Programme"))
    budget = AmountField(_l("Budget of the project (dirhams)"), render_kw={"inputmode": "decimal", "dir": "ltr"})
    amount_blocked = AmountField(_l("Amount on hold (dirhams)"), render_kw={"inputmode": "decimal", "dir": "ltr"})
    people_affected = WholeNumberField(_l("Inhabitants concerned"), render_kw={"inputmode": "numeric", "dir": "ltr"})
    asked_of = SelectMultipleField(
        _l("Who can help?"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    tried_already = paragraph(_l("What was tried already?"), rows=3)
    urgency = RadioField(_l("Urgency"), default=Urgency.NORMAL.value)
    urgency_reason = paragraph(_l("Why is it urgent?"), rows=2)
    needed_by = DayField(_l("After which day would harm be done?"), validators=[Optional()])
    callback_phone = line(
        _l("Telephone to call back"), longest=PHONE_CHARS, inputmode="tel", dir="ltr", autocomplete="tel"
    )

    files = FilesField()

    def offer(
        self,
        communes: Sequence[Any],
        types: Any,
        bodies: Sequence[Any],
        sectors: Sequence[Any],
        own_communes: Collection[str] | None = None,
    ) -> None:
        """Set what each list of choices offers, in the page's language.

        Only who files for communes that are not their ``own_communes`` is asked how it was told.
        """
        nothing = ("", _("Choose…"))
        self.commune.choices = [(row.code, labels.name_of(row)) for row in communes]
        self.project_owner.choices = [nothing, *((row.code, labels.name_of(row)) for row in bodies)]
        self.obstacle_type.choices = types
        self.sector.choices = [
            ("", _("Proposed from the cause")),
            *((row.code, labels.name_of(row)) for row in sectors),
        ]
        self.asked_of.choices = [(row.code, labels.name_of(row)) for row in bodies]
        self.urgency.choices = [(urgency.value, labels.urgency_label(urgency)) for urgency in Urgency]
        self.channel.choices = [(channel.value, labels.channel_label(channel)) for channel in TOLD_BY]
        self._own_communes = own_communes or ()
        if own_communes is None:
            del self.channel

    def group_communes(self, groups: dict[str, list[tuple[str, str]]]) -> None:
        """Offer the communes under the names of their provinces, after the choice of none."""
        self.commune.choices = {"": [("", _("Choose the commune"))], **groups}

    def validate_blocked_since(self, field: DayField) -> None:
        """Refuse a day that has not come, or one before anyone's memory."""
        if field.data and field.data > self.today:
            raise ValidationError(_("This day has not come yet: write a day in the past."))
        if field.data and field.data < OLDEST:
            raise ValidationError(_("This day is too long ago: write a day after 1990."))

    def validate_needed_by(self, field: DayField) -> None:
        """Refuse a day that has passed; ask for one when harm is near."""
        if field.data and field.data < self.today:
            raise ValidationError(_("This day has passed: write a day to come."))
        if field.data and field.data > self.today + FURTHEST:
            raise ValidationError(_("This day is too far away: write a day within the next ten years."))

    def validate_callback_phone(self, field: Any) -> None:
        """Refuse what cannot be dialled."""
        if field.data and not is_phone(field.data):
            raise ValidationError(_("Write a telephone number, like 0612345678."))

    def urgency_answers(self) -> list[tuple[Any, str]]:
        """Return the answers that the chosen urgency makes necessary and that are missing, each with what to say."""
        wanted: list[tuple[Any, str]] = []
        if self.urgency.errors:
            return wanted
        if self.urgency.data != Urgency.NORMAL and not self.urgency_reason.data:
            wanted.append((self.urgency_reason, _("Say why it is urgent.")))
        if self.urgency.data == Urgency.CRITICAL and not self.needed_by.data:
            wanted.append((self.needed_by, _("Write the day after which harm would be done.")))
        return wanted

    def names_commune(self) -> bool:
        """Say whether it is clear which commune this is for; who holds offices in several must choose one."""
        if self.commune.data or len(list(self.commune.iter_choices())) < 2:
            return not self.commune.errors
        self.commune.errors = [_("Choose the commune.")]
        return False

    def is_fileable(self) -> bool:
        """Say whether everything that a filing needs is there; what is not is marked on its question."""
        sound = bool(self.validate())
        for field, message in [*self.urgency_answers(), *self._channel_answers()]:
            field.errors = [*field.errors, message]
            sound = False
        return sound

    def _channel_answers(self) -> list[tuple[Any, str]]:
        """Return the way by which the commune told it, when it is to be said and is not."""
        if not self.channel or self.channel.errors or self.channel.data or self.commune.data in self._own_communes:
            return []
        return [(self.channel, _("Say how the commune told you."))]

    def mark_missing(self, names: Collection[str]) -> None:
        """Mark the questions that a filing still needs to have answered."""
        for field in (self[name] for name in names if name in self):
            field.errors = [_("This answer is needed to file.")]

    @property
    def told_by(self) -> Channel | None:
        """Return how the commune told it, where somebody else writes it down."""
        return Channel(self.channel.data) if self.channel and self.channel.data else None

    def is_keepable(self) -> bool:
        """Say whether a draft can hold these answers: anything may be missing, nothing may be unreadable."""
        self.validate()
        missing = [self.project_name, self.project_owner, self.obstacle_type, self.blocked_since]
        for field in (*missing, self.description, self.request):
            if not field.data and not getattr(field, "process_errors", ()):
                field.errors = []
        return not any(field.errors for field in self)

    @property
    def today(self) -> date:
        """Return the day that dates are compared with; the view sets it."""
        return self._today

    @today.setter
    def today(self, day: date) -> None:
        self._today = day

    def content(self) -> Content:
        """Return the answers as the services take them."""
        return Content(
            project_name=self.project_name.data or "",
            project_owner=self.project_owner.data or None,
            obstacle_type=self.obstacle_type.data or None,
            blocked_since=self.blocked_since.data,
            description=self.description.data or "",
            request=self.request.data or "",
            title=self.title.data or "",
            sector=self.sector.data or None,
            programme=self.programme.data or "",
            budget_centimes=self.budget.data,
            amount_blocked_centimes=self.amount_blocked.data,
            people_affected=self.people_affected.data,
            asked_of=tuple(self.asked_of.data or ()),
            tried_already=self.tried_already.data or "",
            needed_by=self.needed_by.data,
            urgency=Urgency(self.urgency.data or Urgency.NORMAL),
            urgency_reason=self.urgency_reason.data or "",
            callback_phone=self.callback_phone.data or "",
        )


def answers_of(draft: Obstacle) -> dict[str, Any]:
    """Return what a draft holds, by the names of the form's questions."""
    content = content_of(draft)
    answers = dict(vars(content))
    answers["budget"] = answers.pop("budget_centimes")
    answers["amount_blocked"] = answers.pop("amount_blocked_centimes")
    answers["urgency"] = content.urgency.value
    answers["asked_of"] = list(content.asked_of)
    answers["channel"] = draft.channel.value if draft.channel in TOLD_BY else None
    return answers | {"commune": draft.commune_code, "version": str(draft.version)}
