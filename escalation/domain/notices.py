"""Who is told of which event, and as what: the one table from which the messages of a move are written.

Everybody named is told in the app; by e-mail too, unless the line says that it stays in the app. The regional
secretary (``Audience.SECRETARY``) is told only of a case whose desk has nobody to receive it, and the staff
(``Audience.STAFF``) only of a case that they filed on somebody's behalf.
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
    by_mail: bool = True


_COMMUNE, _PASSED = Notice(Audience.COMMUNE), Notice(Audience.PASSED)
_ARRIVES = (Notice(Audience.DESK, asks=True), Notice(Audience.SECRETARY, asks=True))
"""A desk receives the case: it is asked to take it up."""

NOTICES: dict[Event, tuple[Notice, ...]] = {
    Event.OBSTACLE_FILED: (Notice(Audience.COMMUNE, tells_actor=True), *_ARRIVES),
    Event.FILING_CONFIRMED: (_COMMUNE, Notice(Audience.STAFF), Notice(Audience.ASSIGNEE, by_mail=False)),
    Event.OBSTACLE_CLAIMED: (_COMMUNE,),
    Event.OBSTACLE_ASSIGNED: (
        Notice(Audience.ASSIGNEE, asks=True, by_mail=False),
        Notice(Audience.COMMUNE, by_mail=False),
    ),
    Event.OBSTACLE_RELEASED: (
        Notice(Audience.DESK, asks=True, by_mail=False),
        Notice(Audience.COMMUNE, by_mail=False),
    ),
    Event.INFORMATION_REQUESTED: (Notice(Audience.COMMUNE, asks=True), Notice(Audience.STAFF)),
    Event.INFORMATION_PROVIDED: (Notice(Audience.ASSIGNEE, asks=True), _COMMUNE),
    Event.OBSTACLE_REFERRED_OUT: (_COMMUNE, Notice(Audience.ASSIGNEE)),
    Event.OUTSIDE_REPLY_RECORDED: (_COMMUNE, Notice(Audience.ASSIGNEE)),
    Event.WAIT_ENDED: (Notice(Audience.ASSIGNEE, asks=True), _COMMUNE),
    Event.OBSTACLE_ESCALATED: (_COMMUNE, *_ARRIVES, _PASSED),
    Event.OBSTACLE_SENT_BACK: (_COMMUNE, *_ARRIVES, _PASSED),
    Event.OBSTACLE_TRANSFERRED: (_COMMUNE, *_ARRIVES, _PASSED),
    Event.OBSTACLE_RESOLVED: (Notice(Audience.COMMUNE, asks=True), Notice(Audience.STAFF), _PASSED),
    Event.OBSTACLE_CLOSED: (_COMMUNE, Notice(Audience.ASSIGNEE), _PASSED),
    Event.OBSTACLE_CONTESTED: (_COMMUNE, *_ARRIVES, _PASSED),
    Event.OBSTACLE_DECLINED: (Notice(Audience.COMMUNE, asks=True), Notice(Audience.STAFF), _PASSED),
    Event.OBSTACLE_APPEALED: (_COMMUNE, *_ARRIVES, _PASSED),
    Event.OBSTACLE_WITHDRAWN: (_COMMUNE, Notice(Audience.ASSIGNEE), Notice(Audience.STAFF), _PASSED),
    Event.OBSTACLE_REOPENED: (_COMMUNE, *_ARRIVES, _PASSED),
    Event.COMMENT_ADDED: (_COMMUNE, Notice(Audience.ASSIGNEE)),
    Event.FACTS_AMENDED: (Notice(Audience.ASSIGNEE), _COMMUNE),
}
