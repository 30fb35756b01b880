"""What delays would have made of real cases, and why a rehearsal cannot do something now, in words."""

from flask_babel import lazy_gettext as _l

from escalation.domain.rehearsal import Effect

EFFECT_WORDS = {
    Effect.TAKEN_LATE: _l("Not taken in charge in time"),
    Effect.WARNED: _l("Warned that time was running out"),
    Effect.LATE: _l("Late"),
    Effect.ESCALATED: _l("Referred to the region by the clock"),
    Effect.CONFIRMED: _l("Closed because the commune said nothing"),
    Effect.TOO_LATE: _l("Reconsideration or reopening asked for too late"),
}

NOT_NOW = {
    "in_force": _l("This draft was put into force: it stays as it is. Begin another one."),
    "at_work": _l("The draft is being rehearsed: nothing was changed. Wait until it is done."),
    "empty": _l("Write at least one delay into the draft, then rehearse it."),
    "not_rehearsed": _l("Rehearse the draft as it stands now, then put it into force: nothing was decided."),
    "too_many": _l("A draft holds 40 delays at most: take one out first."),
}
"""What is said where a rehearsal cannot do something now, by its reason."""
