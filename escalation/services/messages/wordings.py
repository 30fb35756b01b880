"""Giving the mails of the installation other words, and taking them back: always one version more, none is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.errors import NotFound
from escalation.domain.wordings import Mistake, Wording, is_adaptable, mistakes_of
from escalation.models.wordings import MailWording
from escalation.queries.messages.wordings import Mail, get_newest
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


@dataclass(frozen=True)
class Editor:
    """Who changes the words, when, and the newest version that their page showed."""

    person_id: int
    now: datetime
    seen: int


class WrongWording(ValueError):
    """The words cannot be saved; `mistakes` says all that is wrong with them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(", ".join(f"{one.field}: {one.fault}" for one in mistakes))
        self.mistakes = mistakes


class StaleWording(ValueError):
    """Somebody else changed the words of this mail meanwhile."""


def save_wording(mail: Mail, wording: Wording, by: Editor) -> int:
    """Let what is owed from now on be said in these words; return their version.

    What is owed already keeps the words that it was written under.
    Raises: NotFound, WrongWording, StaleWording.
    """
    _check(mail)
    mistakes = mistakes_of(wording, mail.event, mail.audience)
    if mistakes:
        raise WrongWording(mistakes)
    return _add(mail, wording, by)


def reset_wording(mail: Mail, by: Editor) -> int:
    """Let what is owed from now on be said in the usual words; return the version. Raises: NotFound, StaleWording."""
    _check(mail)
    return _add(mail, None, by)


def _check(mail: Mail) -> None:
    if not is_adaptable(mail.event, mail.audience):
        raise NotFound("mail")


def _add(mail: Mail, wording: Wording | None, by: Editor) -> int:
    try:
        with transaction() as session:
            if get_newest(mail) != by.seen:
                raise StaleWording(mail.event)
            row = MailWording(
                event=mail.event, audience=mail.audience, language=mail.language, version=by.seen + 1,
                subject=wording.subject if wording else None, body=wording.body if wording else None,
                set_by_id=by.person_id, created_at=by.now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            note_security(
                session, SecurityEventKind.WORDING_CHANGED, now=by.now, person_id=by.person_id, by_id=by.person_id,
                mail=mail.event, audience=mail.audience, language=mail.language, version=row.version,
            )  # fmt: skip
            return row.version
    except IntegrityError as lost:
        # Two saved at once on what both had seen: the version of one of them stands.
        raise StaleWording(mail.event) from lost
