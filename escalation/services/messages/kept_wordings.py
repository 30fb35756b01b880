"""The words in which a letter is written: those of the version that its row froze, read once by each process.

A version never changes, so what was read of it holds for as long as the process lives.
"""

from typing import Final

from flask import current_app

from escalation.domain.codes import Language
from escalation.domain.wordings import BUILT_IN, Wording
from escalation.extensions import db
from escalation.mail.letter import UnsendableLetter
from escalation.queries.messages.wordings import Mail, find_words

MOST_KEPT: Final = 2_000
Kept = dict[tuple[Mail, int], Wording]


def find_wording(event: str, audience: str, language: Language, version: int) -> Wording | None:
    """Return the words of a version of a mail; None for those that come with the program.

    No transaction is left open. Raises: UnsendableLetter when there is no such version.
    """
    if version == BUILT_IN:
        return None
    kept: Kept = current_app.extensions.setdefault("wordings", {})
    key = (Mail(event, audience, language), version)
    if key not in kept:
        wording = find_words(*key)
        db.session.rollback()
        if wording is None:
            raise UnsendableLetter(f"version {version} of its words is gone")
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = wording
    return kept[key]
