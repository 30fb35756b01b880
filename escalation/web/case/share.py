"""What may be sent about a case by another way: the reference, the link, the date when an answer is awaited."""

from dataclasses import dataclass
from urllib.parse import quote

from flask_babel import gettext as _

from escalation import labels
from escalation.models.obstacles import Obstacle

WHATSAPP = "https://wa.me/?text="


@dataclass(frozen=True)
class Shared:
    """A neutral text about a case, and where WhatsApp takes it."""

    text: str
    whatsapp: str


def share_words(obstacle: Obstacle, base_url: str) -> Shared:
    """Return what may be sent about a case: no name of a project or a person, and not a word that was written on it."""
    due = obstacle.answer_by or obstacle.confirm_by
    words = {"ref": obstacle.reference, "link": f"{base_url}/obstacles/{obstacle.reference}"}
    if due is None:
        text = _("Hello. Case %(ref)s: %(link)s", **words)
    else:
        text = _("Hello. Case %(ref)s awaits your answer by %(due)s: %(link)s", due=labels.day_text(due), **words)
    return Shared(text, WHATSAPP + quote(text, safe=""))
