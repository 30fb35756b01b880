"""What a move will do and by when, said before its button is pressed: a few sentences a move, with their days."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from flask_babel import gettext as _

from escalation import labels
from escalation.domain import clocks
from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Level, Status
from escalation.queries.case.cases import Dossier
from escalation.services.case.aims import furthest_reply
from escalation.web.case.asking import Asking

Words = Iterator[str]


def words_before(action: Action, asking: Asking) -> list[str]:
    """Return what a move will do, one sentence or two a paragraph."""
    return list(SAID[action](asking))


def _claim(asking: Asking) -> Words:
    yield _("You will have the case, and the commune is told so.")
    yield from _deadline_stays(asking.dossier)


def _assign(asking: Asking) -> Words:
    yield _("The member you choose will have the case and is told so, like the commune.")
    yield from _deadline_stays(asking.dossier)


def _release(asking: Asking) -> Words:
    yield _("Nobody will have the case any more: it waits at the desk for somebody to take it in charge.")
    yield from _deadline_stays(asking.dossier)


def _request_information(asking: Asking) -> Words:
    dossier = asking.dossier
    answer_by = clocks.question_answer_by(dossier.calendar, dossier.today, dossier.settings.question_wait_days)
    yield _("The commune is asked by e-mail and can answer from a telephone.")
    yield _("Its answer is awaited until %(day)s.", day=labels.day_text(answer_by))
    yield _("The next day your desk takes the case up again by itself, with or without an answer.")


def _answer(asking: Asking) -> Words:
    if asking.is_commune:
        yield _("The desk takes up the case again as soon as you answer.")
    else:
        yield _("The answer joins the case, and your desk takes it up again at once.")
    yield from _deadline_then(asking.dossier)


def _refer_out(asking: Asking) -> Words:
    day = labels.day_text(furthest_reply(asking.dossier))
    yield _("The desk’s clock stands still while a reply is awaited, and the commune is told so.")
    yield _("A reply may be awaited until %(day)s at the latest.", day=day)
    yield _("The day after the last one you set, your desk takes the case up again by itself.")
    if asking.dossier.open_approaches:
        yield _("Who was asked already can be given more time, once: choose them again with a later day.")


def _record_reply(asking: Asking) -> Words:
    dossier = asking.dossier
    yield _("The reply joins the case, and the commune is told so.")
    if dossier.obstacle.status is not Status.REFERRED_OUT:
        return
    if len(dossier.open_approaches) == 1:
        yield _("It is the last reply awaited: the desk takes up the case again at once.")
        yield from _deadline_then(dossier)
    else:
        yield _("Others are still awaited: the desk’s clock goes on standing still.")


def _resume(asking: Asking) -> Words:
    dossier = asking.dossier
    yield _("The desk takes up the case again, without waiting any longer.")
    yield from _deadline_then(dossier)
    if dossier.open_approaches:
        yield _("A reply that comes later can still be recorded.")


def _escalate(asking: Asking) -> Words:
    yield _("The region’s desk will have the case; your desk goes on reading it.")
    yield from _arrives(asking, Level.REGION)


def _escalate_overdue(asking: Asking) -> Words:
    dossier = asking.dossier
    referral = dossier.referral
    spent_on = (referral.due_on or dossier.spent_on(referral)) if referral else None
    if spent_on is not None:
        yield _("The desk’s time was over on %(day)s.", day=labels.day_text(spent_on))
    yield _("The region’s desk will have the case; the desk that has it now goes on reading it.")
    yield from _arrives(asking, Level.REGION)


def _send_back(asking: Asking) -> Words:
    yield _("It will be with: %(desk)s.", desk=labels.desk_at(Level.PROVINCE, asking.desk_place(Level.PROVINCE)))
    yield from _arrives(asking, Level.PROVINCE)
    yield _("A case is sent back once only.")


def _transfer(asking: Asking) -> Words:
    yield _("The desk you choose will have the case; your desk goes on reading it.")
    if asking.dossier.obstacle.level is Level.PROVINCE:
        yield _("A case is transferred once from here; after that only the region’s desk can transfer it again.")


def _resolve(asking: Asking) -> Words:
    dossier = asking.dossier
    confirm_by = clocks.confirm_by(dossier.calendar, dossier.today, dossier.settings.confirm_days, None)
    yield _("The commune is asked whether the obstacle is really gone on the ground.")
    yield _(
        "Its word is awaited until %(day)s; for a dated commitment, until the promised day.",
        day=labels.day_text(confirm_by),
    )
    yield _("Without an answer after that day the case closes by itself, marked “no answer”; it can be opened again.")
    if dossier.obstacle.level in dossier.case.contested_levels:
        yield _("It has said once that the obstacle persists: this time it can confirm or withdraw.")


def _confirm(asking: Asking) -> Words:
    yield _("You say that the obstacle is really gone on the ground. The case is then closed.")
    yield from _reopen_until(asking.dossier, asking.dossier.settings.reopen_closed_days)


def _contest(asking: Asking) -> Words:
    if asking.dossier.obstacle.level is Level.REGION:
        yield _("The case goes back to the region’s queue, marked for its next special meeting.")
        yield from _arrives(asking, Level.REGION)
        yield _("What the region presents after that can be confirmed, or the case withdrawn.")
    else:
        yield _("The region’s desk will have the case; the desk that has it now goes on reading it.")
        yield from _arrives(asking, Level.REGION)
        yield _("This can be said once at each level.")


def _decline(asking: Asking) -> Words:
    dossier = asking.dossier
    days, today = dossier.settings, dossier.today
    reopen_by = labels.day_text(clocks.reopen_by(today, days.reopen_declined_days))
    if dossier.obstacle.level is Level.REGION:
        yield _("The case ends here, and the commune is told why.")
        yield _(
            "This is final: there is no desk above to reconsider it. Only you who lead this desk can reopen it, "
            "until %(day)s.",
            day=reopen_by,
        )
    else:
        appeal_by = clocks.appeal_by(dossier.calendar, today, days.appeal_days)
        yield _("The case ends here, and the commune is told why.")
        yield _(
            "The commune may ask the region to reconsider it until %(day)s; you may reopen it until %(reopen)s.",
            day=labels.day_text(appeal_by),
            reopen=reopen_by,
        )


def _appeal(asking: Asking) -> Words:
    yield _("The region’s desk will have the case and study it anew.")
    yield from _arrives(asking, Level.REGION)


def _withdraw(asking: Asking) -> Words:
    yield _("The case ends here and its desk is told.")
    yield from _reopen_until(asking.dossier, asking.dossier.settings.reopen_withdrawn_days)


def _reopen(asking: Asking) -> Words:
    dossier, level = asking.dossier, asking.dossier.obstacle.level
    if dossier.obstacle.status is Status.RESOLVED:
        yield _("The solution is taken back before the commune has confirmed it: the case waits at the desk again.")
        return
    yield _("It will be with: %(desk)s.", desk=labels.desk_at(level, asking.desk_at_hand))
    yield from _arrives(asking, level)


def _arrives(asking: Asking, level: Level) -> Words:
    """Say by when the desk that receives the case is to answer, and what happens when nobody is there."""
    dossier = asking.dossier
    answer_by = dossier.calendar.add_working_days(dossier.today, dossier.settings.answer_days(level))
    yield labels.term("answer_expected_by").format(date=labels.day_text(answer_by)) + "."
    if level is Level.REGION and not dossier.members_of(dossier.obstacle.region_code):
        yield _("The region’s desk has nobody now: the regional secretary is told.")


def _deadline_stays(dossier: Dossier) -> Words:
    if dossier.referral is not None and dossier.referral.due_on is not None:
        yield _("The desk’s deadline stays %(day)s.", day=labels.day_text(dossier.referral.due_on))


def _deadline_then(dossier: Dossier) -> Words:
    """Say the desk's deadline once its clock runs again from today."""
    due_on = _due_when_resumed(dossier)
    if due_on is not None:
        yield _("The desk’s deadline will then be %(day)s.", day=labels.day_text(due_on))


def _due_when_resumed(dossier: Dossier) -> date | None:
    referral, today = dossier.referral, dossier.today
    if referral is None:
        return None
    pauses = [
        replace(one, ended_on=max(one.started_on, today)) if one.ended_on is None else one
        for one in dossier.pauses_of(referral)
    ]
    opened_on = local_day(referral.opened_at)
    return clocks.desk_due_on(dossier.calendar, opened_on, referral.allowance_days, pauses)


def _reopen_until(dossier: Dossier, days: int) -> Words:
    day = labels.day_text(clocks.reopen_by(dossier.today, days))
    yield _("You may have it opened again until %(day)s.", day=day)


SAID: dict[Action, Callable[[Asking], Words]] = {
    Action.CLAIM: _claim,
    Action.ASSIGN: _assign,
    Action.RELEASE: _release,
    Action.REQUEST_INFORMATION: _request_information,
    Action.ANSWER: _answer,
    Action.REFER_OUT: _refer_out,
    Action.RECORD_REPLY: _record_reply,
    Action.RESUME: _resume,
    Action.ESCALATE: _escalate,
    Action.ESCALATE_OVERDUE: _escalate_overdue,
    Action.SEND_BACK: _send_back,
    Action.TRANSFER: _transfer,
    Action.RESOLVE: _resolve,
    Action.CONFIRM: _confirm,
    Action.CONTEST: _contest,
    Action.DECLINE: _decline,
    Action.APPEAL: _appeal,
    Action.WITHDRAW: _withdraw,
    Action.REOPEN: _reopen,
}
