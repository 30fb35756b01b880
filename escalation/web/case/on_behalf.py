"""What a page says of a case that the secretariat's staff filed: in whose name, how they were told, what is awaited."""

from dataclasses import dataclass

from escalation import labels
from escalation.domain.codes import Channel
from escalation.queries.case.cases import Dossier, is_unconfirmed
from escalation.queries.people.people import find_president, list_names
from escalation.web.case.case_page import person_name


@dataclass(frozen=True)
class OnBehalf:
    """A filing in a president's name."""

    channel: str
    president: str | None
    """None while nobody presides here, so that nobody is asked to confirm."""
    awaits_president: bool


def read_on_behalf(dossier: Dossier) -> OnBehalf | None:
    """Return in whose name and how a case was filed; None when its commune filed it itself."""
    obstacle = dossier.obstacle
    if obstacle.channel is Channel.WEB:
        return None
    president_id = find_president(obstacle.commune_code, dossier.today)
    name = person_name(list_names({president_id})[president_id], labels.current_language()) if president_id else None
    return OnBehalf(labels.channel_label(obstacle.channel), name, is_unconfirmed(obstacle))
