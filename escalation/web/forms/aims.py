"""The shapes of the moves that are aimed at something: a colleague, another desk, somebody outside, another case."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from escalation import labels
from escalation.domain.codes import Ground
from escalation.domain.errors import NotFound, WrongInput
from escalation.domain.typed import western_digits
from escalation.queries.case.obstacles import get_obstacle
from escalation.services.case.aims import check_expected, furthest_reply
from escalation.web.case.asking import Asking
from escalation.web.case.move_choices import (
    approach_choices,
    body_choices,
    desk_choices,
    member_choices,
    session_choices,
)
from escalation.web.case.refusals import input_words
from escalation.web.forms.actions import MoveForm, ReasonForm
from escalation.web.forms.choices import Choice, OneOf
from escalation.web.forms.fields import Answered, DayField, line, paragraph
from escalation.web.forms.files import FilesField

REFERENCE_CHARS = 20
NUMBER = re.compile(r"[0-9]{1,9}")


def number_in(choice: Choice) -> int:
    """Return the number that was chosen; 0, which nothing has, when it is none."""
    return int(choice.data) if NUMBER.fullmatch(choice.data or "") else 0


class AssignForm(MoveForm):
    """Who of the desk will have the case."""

    assignee = Choice(_l("Who will have the case?"), _l("Choose a member of the desk."), open_ended=True)

    def prepare(self, asking: Asking) -> None:
        """Offer the members of the desk that has the case."""
        super().prepare(asking)
        self.assignee.choices = member_choices(asking)


class TransferForm(ReasonForm):
    """Which desk is competent, and why."""

    target = Choice(_l("To which desk?"), _l("Choose the desk that is competent."), open_ended=True)
    reason = paragraph(_l("Reason"), _l("Write the reason: the others will read it."), rows=4)
    files = FilesField()

    def prepare(self, asking: Asking) -> None:
        """Offer the desks to which the table lets the case go from here."""
        super().prepare(asking)
        self.target.choices = desk_choices(asking.dossier)


class ReferOutForm(MoveForm):
    """Who outside is asked, a body or a council in session, why, and by when a reply is expected."""

    body = Choice(_l("Which body?"))
    session = Choice(_l("Or which council session?"))
    expected_on = DayField(_l("By when is a reply expected?"), validators=[Answered(_l("Write the day."))])
    reason = paragraph(_l("What is asked of them, and why"), _l("Write what is asked of them, and why."), rows=4)
    files = FilesField()

    def prepare(self, asking: Asking) -> None:
        """Offer the bodies and the councils, and the days that a reply may take."""
        super().prepare(asking)
        self.body.choices = body_choices(asking.dossier)
        self.session.choices = session_choices(asking)
        furthest = furthest_reply(asking.dossier)
        self.expected_on.render_kw = {"min": asking.today.isoformat(), "max": furthest.isoformat()}

    def validate_expected_on(self, field: DayField) -> None:
        """Refuse a day that has passed or is too far."""
        if field.data:
            try:
                check_expected(self.asking.dossier, field.data)
            except WrongInput as wrong:
                raise ValidationError(input_words(wrong)) from wrong

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one of the two: a body, or a session."""
        sound = bool(super().validate(extra_validators))
        chosen = [field for field in (self.body, self.session) if field.data]
        if len(chosen) != 1 and not self.body.errors:
            self.body.errors = [input_words(WrongInput("body", "one_of_two"))]
            return False
        return sound


class ReplyForm(MoveForm):
    """Who outside replied, and what."""

    approach = OneOf(_l("Who replied?"), _l("Choose who replied."), open_ended=True)
    reply = paragraph(_l("The reply"), _l("Write what they replied."), rows=5)
    files = FilesField()

    def prepare(self, asking: Asking) -> None:
        """Offer those who have not replied; the only one is chosen already."""
        super().prepare(asking)
        self.approach.choices = approach_choices(asking)
        if len(self.approach.choices) == 1 and not self.approach.raw_data:
            self.approach.data = self.approach.choices[0][0]


class DeclineForm(ReasonForm):
    """On which ground a case is not taken up, and why."""

    ground = OneOf(_l("Ground"), _l("Choose the ground."))
    duplicate_of = line(_l("Reference of the case filed before"), longest=REFERENCE_CHARS, dir="ltr")
    reason = paragraph(_l("Reason"), _l("Write the reason: the others will read it."), rows=5)
    files = FilesField()

    def prepare(self, asking: Asking) -> None:
        """Offer the grounds in the page's language."""
        super().prepare(asking)
        self.ground.choices = [(ground.value, labels.ground_label(ground)) for ground in Ground]

    @property
    def earlier_case(self) -> str:
        """Return the reference of the case filed before, as references are written; "" for another ground."""
        typed = western_digits(self.duplicate_of.data or "").replace(" ", "").upper()
        return typed if self.ground.data == Ground.DUPLICATE_OF else ""

    def validate_duplicate_of(self, _field: Any) -> None:
        """Refuse a case that this reader cannot read, which looks as if it did not exist, and the case itself."""
        if not self.earlier_case:
            return
        if self.earlier_case == self.asking.dossier.obstacle.reference:
            raise ValidationError(_("This is the case itself: write the reference of the other one."))
        try:
            get_obstacle(self.asking.actor, self.earlier_case)
        except NotFound as unknown:
            raise ValidationError(_("No case that you can read has this reference.")) from unknown
