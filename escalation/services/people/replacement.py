"""One who leaves and one who follows: the end of an office and who takes it up the day after, in one act."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from escalation.services.people.administration import Administrator, check_administered, end_within
from escalation.services.people.invitations import Invited, Outcome, invite_within
from escalation.services.people.people import Term, WrongField
from escalation.services.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Successor:
    """Who follows, as an invitation names them, and until when; an open end is None."""

    invited: Invited
    ends_on: date | None = None


def replace_holder(mandate_id: int, last_day: date, successor: Successor, by: Administrator) -> Outcome:
    """End an office on a day, and invite who holds it from the next one; who has an account holds it at once.

    What gives much power waits for a second administrator, here as everywhere; the end does not.
    Raises: NotFound, WrongField, NotAllowed when a region would be left without an administrator.
    """
    with transaction() as session:
        ended = end_within(session, mandate_id, last_day, by, field="last_day")
        term = Term(ended.office, ended.place_code, last_day + timedelta(days=1), successor.ends_on)
        invited = replace(successor.invited, term=term)
        outcome = invite_within(session, invited, by_id=by.person_id, now=by.now)
        if outcome.person_id == ended.person_id:
            raise WrongField("email", "same_person")
        check_administered(session, ended, last_day)
        return outcome
