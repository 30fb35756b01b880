"""One who leaves and one who follows: the end of an office and who takes it up the day after, in one act."""

from dataclasses import dataclass
from datetime import date, timedelta

from escalation.domain.codes import Language
from escalation.services.people.administration import Administrator, check_administered, end_within
from escalation.services.people.invitations import Invited, Outcome, invite_within
from escalation.services.people.people import Term, WrongField
from escalation.services.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Successor:
    """Who follows, and until when; names, number and language are used for somebody who is new here."""

    email: str
    name_ar: str
    name_fr: str
    language: Language
    phone: str = ""
    ends_on: date | None = None


def replace_holder(mandate_id: int, last_day: date, successor: Successor, by: Administrator) -> Outcome:
    """End an office on a day, and invite who holds it from the next one; who has an account holds it at once.

    What gives much power waits for a second administrator, here as everywhere; the end does not.
    Raises: NotFound, WrongField, NotAllowed when a region would be left without an administrator.
    """
    with transaction() as session:
        ended = end_within(session, mandate_id, last_day, by, field="last_day")
        invited = Invited(
            email=successor.email,
            name_ar=successor.name_ar,
            name_fr=successor.name_fr,
            language=successor.language,
            phone=successor.phone,
            term=Term(ended.office, ended.place_code, last_day + timedelta(days=1), successor.ends_on),
        )
        outcome = invite_within(session, invited, by_id=by.person_id, now=by.now)
        if outcome.person_id == ended.person_id:
            raise WrongField("email", "same_person")
        check_administered(session, ended, last_day)
        return outcome
