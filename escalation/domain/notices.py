"""Who is told of which event, and as what: the one table from which the messages of a move are written.

The regional secretary (``Audience.SECRETARY``) is told only of a case whose desk has nobody to receive it.
"""

from dataclasses import dataclass

from escalation.domain.codes import Audience, Event


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the table: this audience is told; the one who acted is not, unless ``tells_actor``."""

    audience: Audience
    asks: bool = False
    """The message asks its reader to act, so no preference can mute it."""
    tells_actor: bool = False


NOTICES: dict[Event, tuple[Notice, ...]] = {
    Event.OBSTACLE_FILED: (
        Notice(Audience.COMMUNE, tells_actor=True),
        Notice(Audience.DESK, asks=True),
        Notice(Audience.SECRETARY, asks=True),
    ),
    Event.OBSTACLE_CLAIMED: (Notice(Audience.COMMUNE),),
    Event.INFORMATION_REQUESTED: (Notice(Audience.COMMUNE, asks=True),),
    Event.INFORMATION_PROVIDED: (Notice(Audience.ASSIGNEE, asks=True), Notice(Audience.COMMUNE)),
    Event.OBSTACLE_ESCALATED: (
        Notice(Audience.COMMUNE),
        Notice(Audience.DESK, asks=True),
        Notice(Audience.SECRETARY, asks=True),
        Notice(Audience.PASSED),
    ),
    Event.OBSTACLE_RESOLVED: (Notice(Audience.COMMUNE, asks=True), Notice(Audience.PASSED)),
    Event.OBSTACLE_CLOSED: (Notice(Audience.COMMUNE), Notice(Audience.ASSIGNEE), Notice(Audience.PASSED)),
    Event.OBSTACLE_WITHDRAWN: (Notice(Audience.COMMUNE), Notice(Audience.ASSIGNEE), Notice(Audience.PASSED)),
}
