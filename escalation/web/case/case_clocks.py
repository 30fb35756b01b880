"""The two clocks of a case in words: its desk's time, which stops while it waits, and its age, which never does."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from escalation import labels
from escalation.domain import clocks
from escalation.domain.calendar import local_day
from escalation.domain.codes import ENDED, PauseReason, Status
from escalation.models.obstacles import Pause, Referral
from escalation.queries.case.cases import Dossier
from escalation.web.case.case_page import days_at, working_days


@dataclass(frozen=True)
class Clocks:
    """How the dates of a case are counted: what is said of its desk's time, and of the whole."""

    desk: str
    stops: str
    case: str


def read_clocks(dossier: Dossier) -> Clocks | None:
    """Return both clocks; None when the case was never at a desk."""
    obstacle, referral = dossier.obstacle, dossier.referral
    if referral is None or obstacle.filed_at is None:
        return None
    used, allowed = working_days(days_at(dossier, referral)), working_days(referral.allowance_days)
    filed_on = local_day(obstacle.filed_at)
    until = local_day(obstacle.ended_at) if obstacle.ended_at else dossier.today
    lasted = working_days(clocks.case_days(dossier.calendar, filed_on, until))
    return Clocks(
        desk=_("%(used)s used of %(allowed)s.", used=used, allowed=allowed),
        stops=_stops(dossier, referral),
        case=_("%(days)s since the filing. Nothing stops this clock.", days=lasted)
        if obstacle.status not in ENDED
        else _("%(days)s from the filing to the end.", days=lasted),
    )


def _stops(dossier: Dossier, referral: Referral) -> str:
    """Say since when the desk's clock stands still and for whom, or how many days of waiting were left out."""
    open_pause = next((one for one in dossier.pauses if one.referral_id == referral.id and one.ended_at is None), None)
    if open_pause is not None:
        return _open_stop(dossier, open_pause)
    until = local_day(referral.closed_at) if referral.closed_at else dossier.today
    waited = clocks.desk_days_paused(
        dossier.calendar, local_day(referral.opened_at), until, dossier.pauses_of(referral)
    )
    return _("%(days)s of waiting for others are not counted.", days=working_days(waited)) if waited else ""


def _open_stop(dossier: Dossier, pause: Pause) -> str:
    since = labels.day_text(_day(pause))
    if dossier.obstacle.status is Status.RESOLVED or pause.reason is PauseReason.COMMUNE:
        return _("Stopped since %(day)s, while the commune is waited for.", day=since)
    return _("Stopped since %(day)s, while a body outside is waited for.", day=since)


def _day(pause: Pause) -> date:
    return local_day(pause.started_at)
