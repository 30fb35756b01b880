"""What the pages of the administration say first when the clock does not do its work."""

from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.queries.case.due import get_clock_state
from escalation.web.identity import request_time


def clock_alarms() -> list[str]:
    """Return what is wrong with the clock, the worst first; nothing when all is well."""
    now = request_time()
    state = get_clock_state(now)
    words = []
    if state.ran_at is None:
        words.append(_("The clock of deadlines has never run: no late case climbs, and nobody is warned."))
    elif state.is_silent(now):
        at = labels.instant_text(state.ran_at)
        words.append(_("The clock of deadlines has not run since %(time)s: no late case climbs.", time=at))
    if state.was_cut:
        words.append(
            ngettext(
                "The clock stopped at its cap: %(num)d case waits for its next run.",
                "The clock stopped at its cap: %(num)d cases wait for its next run.",
                state.due,
            )
        )
    if state.set_aside:
        words.append(
            ngettext(
                "The clock failed on %(num)d case, which it set aside; the log says why.",
                "The clock failed on %(num)d cases, which it set aside; the log says why.",
                state.set_aside,
            )
        )
    return words
