"""Why a mail waits, and why it is not taken, in words."""

from flask_babel import lazy_gettext as _l

from escalation.domain.intake import HeldFor

HELD_WORDS = {
    HeldFor.UNKNOWN_SENDER: _l("It answers no letter of ours."),
    HeldFor.OTHER_SENDER: _l("It answers a letter, but from another address than that of its reader."),
    HeldFor.UNPROVEN_SENDER: _l("The relay does not confirm that it comes from the address it names."),
    HeldFor.NO_TOKEN: _l("It says that it answers a letter, but did not come to the address made for it."),
    HeldFor.EXPIRED: _l("It answers a letter that is too old."),
    HeldFor.NOT_ALLOWED: _l("Its writer may not write on this case now, or the case has ended."),
    HeldFor.TOO_MANY_REPLIES: _l("Its writer sent too many mails in an hour."),
    HeldFor.NO_WORDS: _l("It holds no words of its own."),
    HeldFor.TOO_LONG: _l("It is longer than a comment may be."),
    HeldFor.ROBOT_PERHAPS: _l("It reads like an automatic reply."),
    HeldFor.REPORT_IN_WORDS: _l(
        "It seems to say, in words only, that a letter did not arrive. Nothing follows from it."
    ),
    HeldFor.UNREADABLE: _l("It is no mail that can be read."),
    HeldFor.TOO_LARGE: _l("It is too large; only its beginning is kept."),
    HeldFor.CRASHED: _l("Reading it failed."),
}
REFUSED = {
    HeldFor.NOT_ALLOWED: _l("This person may not write on this case now, or the case has ended."),
    HeldFor.NO_WORDS: _l("This mail holds no words of its own."),
    HeldFor.TOO_LONG: _l("This mail is longer than a comment may be."),
}
NOT_TAKEN = _l("This mail cannot be taken as an answer.")


def refused_words(reason: str) -> str:
    """Return why a mail is not taken for somebody's words."""
    return str(next((words for held_for, words in REFUSED.items() if held_for == reason), NOT_TAKEN))
