"""From the reasons for which a move is refused to words: the one table of them, and where on a page they are said."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from escalation.domain.errors import MissingInput, TransitionNotAllowed, WrongInput

NOT_NOW = "no_such_move"
MOVES = {
    NOT_NOW: _l("This cannot be done at the point where the case stands now."),
    "already_claimed": _l("Somebody at the desk has the case already."),
    "sent_back_once": _l("The case was sent back once already: it stays at the region’s desk."),
    "came_by_appeal_contest_or_clock": _l(
        "The case came to the region at the commune’s request or because its time was over: it is not sent back."
    ),
    "desk_has_nobody": _l("That desk has nobody now to receive the case."),
    "second_transfer_at_the_region": _l(
        "The case was transferred once already. Refer it to the region’s desk, which may transfer it again."
    ),
    "nobody_was_asked": _l("Nobody outside is awaited: there is no reply to record."),
    "contested_once": _l("The commune has said this once already at this level."),
    "not_overdue_yet": _l("The desk still has time: the case is not late."),
    "too_late": _l("The time in which this could be done is over."),
}
"""Why the table or a rule under it forbids a move."""

INPUTS = {
    ("assignee", "not_at_this_desk"): _l("Choose somebody who sits at this desk and may decide on this case."),
    ("target", "unknown_desk"): _l("Choose one of the desks of the list."),
    ("target", "present_desk"): _l("The case is at this desk already: choose another one."),
    ("approach", "not_open"): _l("Choose somebody who was asked and has not replied yet."),
    ("body", "one_of_two"): _l("Choose a body or a council session: one of the two."),
    ("body", "unknown"): _l("Choose one of the bodies of the list."),
    ("expected_on", "in_the_past"): _l("This day has passed: write a day to come."),
    ("expected_on", "too_far"): _l("This day is too far away: write an earlier one."),
    ("expected_on", "extended_once"): _l("They were given more time once already: it cannot be done again."),
    ("expected_on", "asked_already"): _l("They were asked already: to give them more time, write a later day."),
    ("mentions", "not_at_this_desk"): _l("Choose colleagues who sit at your desk."),
}
"""Why an answer cannot stand, by question."""


def move_words(refused: TransitionNotAllowed) -> str:
    """Return why a move is not possible, in words."""
    return str(MOVES.get(refused.reason, MOVES[NOT_NOW]))


def input_words(wrong: WrongInput) -> str:
    """Return why an answer cannot stand, in words."""
    return str(INPUTS.get((wrong.field, wrong.reason)) or _("This answer cannot stand: give another one."))


def mark(form: FlaskForm, refused: WrongInput | MissingInput) -> None:
    """Say on the questions of a form what a service refused."""
    if isinstance(refused, WrongInput):
        said = {refused.field: input_words(refused)}
    else:
        said = dict.fromkeys(refused.fields, _("This answer is needed."))
    for name, words in said.items():
        if name in form:
            form[name].errors = [*form[name].errors, words]
        else:
            form.form_errors.append(words)
