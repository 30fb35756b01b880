"""What happens next with a case: sentences by status, for the commune and for the others; by people or by the clock."""

from collections.abc import Callable, Iterator
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.domain import clocks
from escalation.domain.codes import Action, Event, Level, Outcome, Status
from escalation.domain.policy import may
from escalation.domain.turns import ClockAct
from escalation.web.case.asking import Asking

Words = Iterator[str]


def words_next(asking: Asking) -> list[str]:
    """Return what happens next, the most pressing first; "you" only to who speaks for the commune."""
    obstacle = asking.dossier.obstacle
    words = list(SAID[obstacle.status](asking))
    if obstacle.marked_for_meeting:
        words.append(_meeting(asking))
    return words


def _meeting(asking: Asking) -> str:
    """Say why a case is marked: its solution was contested at the region, or its time there is over."""
    came_by = asking.dossier.referral.opened_by if asking.dossier.referral else None
    if came_by is Event.OBSTACLE_CONTESTED:
        return _("The region’s solution did not settle it: it is marked for the next special meeting.")
    return _("The time set is over: it is marked for the next special meeting.")


def _filed(asking: Asking) -> Words:
    dossier = asking.dossier
    by = dossier.referral.acknowledge_by if dossier.referral else dossier.today
    if clocks.is_late(by, dossier.today):
        yield _("Nobody has taken it in charge yet: that was to be done by %(day)s.", day=labels.day_text(by))
    else:
        yield _("Somebody at the desk is to take it in charge by %(day)s.", day=labels.day_text(by))
    yield from _when_late(asking)


def _in_review(asking: Asking) -> Words:
    if asking.is_commune:
        yield _("Nothing is asked of you now: the desk is studying the case.")
    yield from _when_late(asking)


def _information_requested(asking: Asking) -> Words:
    day = labels.day_text(asking.dossier.waits_until or asking.dossier.today)
    if asking.is_commune:
        yield _("The desk needs your answer by %(day)s. Without it the desk goes on with what it has.", day=day)
    else:
        yield _("The commune’s answer is awaited until %(day)s. Without it the desk goes on with what it has.", day=day)
    yield from _when_late(asking)


def _referred_out(asking: Asking) -> Words:
    dossier = asking.dossier
    yield ngettext(
        "%(num)d reply from outside is awaited, until %(day)s at the latest.",
        "%(num)d replies from outside are awaited, until %(day)s at the latest.",
        len(dossier.open_approaches),
        day=labels.day_text(dossier.waits_until or dossier.today),
    )
    yield _("After that day the desk goes on with what it has.")
    yield from _when_late(asking)


def _when_late(asking: Asking) -> Words:
    """Say what may follow when the desk's time is over: above the province is the region, above the region nothing."""
    dossier = asking.dossier
    referral = dossier.referral
    if referral is None:
        return
    if dossier.obstacle.level is Level.REGION:
        yield _("There is no desk above this one: a late case is put to the next special meeting.")
    elif dossier.case.is_overdue:
        to_commune = _("It is late: you may refer it to the region’s desk now.")
        yield to_commune if asking.is_commune else _("It is late: the commune may refer it to the region’s desk now.")
        yield from _climbs(asking)
    elif referral.due_on is not None:
        day = labels.day_text(referral.due_on)
        to_commune = _(
            "No answer by %(day)s? From the next day you may refer it to the region’s desk yourself.", day=day
        )
        to_others = _("Without an answer by %(day)s the commune may refer it to the region’s desk.", day=day)
        yield to_commune if asking.is_commune else to_others
        yield from _climbs(asking)


def _climbs(asking: Asking) -> Words:
    """Say on which day the clock refers the case to the region by itself."""
    turn = asking.dossier.turn
    if turn is not None and turn.act is ClockAct.ESCALATE:
        day = labels.day_text(max(turn.falls_on, asking.dossier.today))
        yield _("Otherwise it goes to the region’s desk by itself on %(day)s.", day=day)


def _resolved(asking: Asking) -> Words:
    obstacle = asking.dossier.obstacle
    day = labels.day_text(obstacle.confirm_by or asking.dossier.today)
    if obstacle.outcome is Outcome.COMMITMENT:
        yield _("This is a promise, not yet a solution: silence cannot close the case before %(day)s.", day=day)
        yield _("You may confirm earlier.") if asking.is_commune else _("The commune may confirm earlier.")
    elif not asking.is_commune:
        yield _("The commune has until %(day)s to say whether the obstacle is gone.", day=day)
    else:
        yield _("Is the obstacle really gone? Say so by %(day)s.", day=day)
    yield _("Without an answer after that day the case closes by itself, marked “no answer”; it can be opened again.")
    if asking.is_commune and may(asking.actor, Action.CONTEST, asking.dossier.case):
        yield _("If it is still there, say so: the region’s desk then has the case.")


def _closed(asking: Asking) -> Words:
    yield from _until(
        asking,
        Action.REOPEN,
        asking.dossier.reopen_by,
        _("You may have it opened again until %(day)s."),
        _("The commune may have it opened again until %(day)s."),
    )


def _declined(asking: Asking) -> Words:
    if asking.dossier.obstacle.level is Level.REGION:
        yield _("This is final for the commune: only the group’s president may open it again.")
        return
    yield from _until(
        asking,
        Action.APPEAL,
        asking.dossier.appeal_by,
        _("You may ask until %(day)s that it be reconsidered: the region’s desk then has it."),
        _("The commune may ask until %(day)s that it be reconsidered: the region’s desk then has it."),
    )


def _until(asking: Asking, action: Action, last_day: date | None, to_commune: str, to_others: str) -> Words:
    """Say what the commune may still do with a case that has ended, and up to which day; or that it is over."""
    if last_day is None or last_day < asking.dossier.today:
        yield _("This case has ended, and the time to come back to it is over.")
        return
    is_theirs = may(asking.actor, action, asking.dossier.case)
    yield (to_commune if is_theirs and asking.is_commune else to_others) % {"day": labels.day_text(last_day)}


SAID: dict[Status, Callable[[Asking], Words]] = {
    Status.FILED: _filed,
    Status.IN_REVIEW: _in_review,
    Status.INFORMATION_REQUESTED: _information_requested,
    Status.REFERRED_OUT: _referred_out,
    Status.RESOLVED: _resolved,
    Status.CLOSED: _closed,
    Status.DECLINED: _declined,
    Status.WITHDRAWN: _closed,
}
