"""The closed lists of words the domain speaks: statuses, levels, actions, offices, events and the like.

Every code stored in the database or sent in a form is a member of one of these enumerations; their texts
in three languages live in ``escalation.labels``.
"""

from enum import StrEnum


class Level(StrEnum):
    """Where an obstacle stands."""

    COMMUNE = "commune"
    PROVINCE = "province"
    REGION = "region"


class PlaceKind(StrEnum):
    """What a place is in law; prefectures and provinces stand at the same level."""

    REGION = "region"
    PREFECTURE = "prefecture"
    PROVINCE = "province"
    COMMUNE = "commune"


class Status(StrEnum):
    """What is happening to an obstacle; the level is a separate fact."""

    DRAFT = "draft"
    FILED = "filed"
    IN_REVIEW = "in_review"
    INFORMATION_REQUESTED = "information_requested"
    REFERRED_OUT = "referred_out"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


WAITING = frozenset({Status.INFORMATION_REQUESTED, Status.REFERRED_OUT})
ON_THE_DESK = frozenset({Status.FILED, Status.IN_REVIEW}) | WAITING
OPEN = ON_THE_DESK | {Status.RESOLVED}
ENDED = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})


class Action(StrEnum):
    """A move of the table of WORKFLOW, by a person or by the clock."""

    FILE = "file"
    DISCARD = "discard"
    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    REQUEST_INFORMATION = "request_information"
    ANSWER = "answer"
    REFER_OUT = "refer_out"
    RECORD_REPLY = "record_reply"
    RESUME = "resume"
    ESCALATE = "escalate"
    ESCALATE_OVERDUE = "escalate_overdue"
    SEND_BACK = "send_back"
    TRANSFER = "transfer"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    CONTEST = "contest"
    DECLINE = "decline"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


class Remark(StrEnum):
    """What one may do on a case beside the moves: its status stays, and no clock feels it."""

    COMMENT = "comment"
    AMEND = "amend"
    CONFIRM_FILING = "confirm_filing"
    NOTE = "note"
    RECORD_CONTACT = "record_contact"


class Event(StrEnum):
    """A fact of the journal, in the past tense."""

    OBSTACLE_FILED = "obstacle_filed"
    OBSTACLE_CLAIMED = "obstacle_claimed"
    OBSTACLE_ASSIGNED = "obstacle_assigned"
    OBSTACLE_RELEASED = "obstacle_released"
    INFORMATION_REQUESTED = "information_requested"
    INFORMATION_PROVIDED = "information_provided"
    OBSTACLE_REFERRED_OUT = "obstacle_referred_out"
    OUTSIDE_REPLY_RECORDED = "outside_reply_recorded"
    WAIT_ENDED = "wait_ended"
    OBSTACLE_ESCALATED = "obstacle_escalated"
    OBSTACLE_SENT_BACK = "obstacle_sent_back"
    OBSTACLE_TRANSFERRED = "obstacle_transferred"
    OBSTACLE_RESOLVED = "obstacle_resolved"
    OBSTACLE_CLOSED = "obstacle_closed"
    OBSTACLE_CONTESTED = "obstacle_contested"
    OBSTACLE_DECLINED = "obstacle_declined"
    OBSTACLE_APPEALED = "obstacle_appealed"
    OBSTACLE_WITHDRAWN = "obstacle_withdrawn"
    OBSTACLE_REOPENED = "obstacle_reopened"
    FILING_CONFIRMED = "filing_confirmed"
    COMMENT_ADDED = "comment_added"
    FACTS_AMENDED = "facts_amended"
    DECISION_UNDONE = "decision_undone"
    MEETING_PROPOSED = "meeting_proposed"
    DATES_MOVED = "dates_moved"


NO_MOVES = frozenset(
    {
        Event.FILING_CONFIRMED,
        Event.COMMENT_ADDED,
        Event.FACTS_AMENDED,
        Event.DECISION_UNDONE,
        Event.MEETING_PROPOSED,
        Event.DATES_MOVED,
    }
)
MOVES = frozenset(Event) - NO_MOVES
"""The events that open and close stays at desks."""


class Office(StrEnum):
    """What a mandate lets a person be, somewhere, for a time."""

    COMMUNE_PRESIDENT = "commune_president"
    COMMUNE_DELEGATE = "commune_delegate"
    PROVINCE_REVIEWER = "province_reviewer"
    PROVINCE_COORDINATOR = "province_coordinator"
    GROUP_MEMBER = "group_member"
    GROUP_PRESIDENT = "group_president"
    PROVINCIAL_SECRETARY = "provincial_secretary"
    REGIONAL_SECRETARY = "regional_secretary"
    SECRETARIAT_STAFF = "secretariat_staff"
    PARLIAMENT_MEMBER = "parliament_member"
    ADMINISTRATOR = "administrator"


COMMUNE_OFFICES = frozenset({Office.COMMUNE_PRESIDENT, Office.COMMUNE_DELEGATE})
DESK_OFFICES = {
    Level.PROVINCE: frozenset({Office.PROVINCE_REVIEWER, Office.PROVINCE_COORDINATOR}),
    Level.REGION: frozenset({Office.GROUP_MEMBER, Office.GROUP_PRESIDENT}),
}
LEAD_OFFICES = frozenset({Office.PROVINCE_COORDINATOR, Office.GROUP_PRESIDENT})
MEMBER_OFFICES = DESK_OFFICES[Level.PROVINCE] | DESK_OFFICES[Level.REGION]

OFFICE_LEVEL = {
    Office.COMMUNE_PRESIDENT: Level.COMMUNE,
    Office.COMMUNE_DELEGATE: Level.COMMUNE,
    Office.PROVINCE_REVIEWER: Level.PROVINCE,
    Office.PROVINCE_COORDINATOR: Level.PROVINCE,
    Office.PROVINCIAL_SECRETARY: Level.PROVINCE,
    Office.GROUP_MEMBER: Level.REGION,
    Office.GROUP_PRESIDENT: Level.REGION,
    Office.REGIONAL_SECRETARY: Level.REGION,
    Office.SECRETARIAT_STAFF: Level.REGION,
    Office.PARLIAMENT_MEMBER: Level.REGION,
    Office.ADMINISTRATOR: Level.REGION,
}


class Cause(StrEnum):
    """Why a case climbed to the region."""

    DECISION = "decision"
    CLOCK = "clock"
    COMMUNE = "commune"


class ConfirmedBy(StrEnum):
    """Who said that a solution is one; the two are never counted together."""

    COMMUNE = "commune"
    SILENCE = "silence"


class Channel(StrEnum):
    """How a filing or an answer reached us."""

    WEB = "web"
    PHONE = "phone"
    WHATSAPP = "whatsapp"
    MEETING = "meeting"
    LETTER = "letter"


class Urgency(StrEnum):
    """How soon harm is done."""

    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


class Outcome(StrEnum):
    """What the desk says became of the obstacle."""

    REMOVED = "removed"
    PARTLY_REMOVED = "partly_removed"
    COMMITMENT = "commitment"
    NO_SOLUTION_NOW = "no_solution_now"


class Ground(StrEnum):
    """Why a desk declines a case."""

    DUPLICATE_OF = "duplicate_of"
    NOT_AN_OBSTACLE = "not_an_obstacle"
    ALREADY_ANSWERED = "already_answered"
    OUTSIDE_SCOPE = "outside_scope"


class PauseReason(StrEnum):
    """Who is waited for while the desk's clock stands still."""

    COMMUNE = "commune"
    OUTSIDE = "outside"


class NoteKind(StrEnum):
    """What a desk writes for itself: a thought, or what was said when it spoke with somebody."""

    NOTE = "note"
    CONTACT = "contact"


class MessageChannel(StrEnum):
    """By which way a person is told: the app is the truth, the e-mail an alert."""

    EMAIL = "email"
    APP = "app"
    WEBHOOK = "webhook"
    SMS = "sms"
    """For an installation that adds the way (docs/channels.md); without it nothing is written for it."""


class MessageSource(StrEnum):
    """What a message tells of."""

    EVENT = "event"
    NOTE = "note"
    WARNING = "warning"
    INVITATION = "invitation"
    RESET = "reset"
    SECURITY = "security"
    OFFICE = "office"
    TEST = "test"
    BOUNCE = "bounce"
    REPLY = "reply"
    DIGEST = "digest"
    OUTBOX = "outbox"


class MessageStatus(StrEnum):
    """Where a message of the outbox is."""

    WAITING = "waiting"
    """For its place in a letter that gathers several; no sender takes it by itself."""
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    BOUNCED = "bounced"
    SKIPPED = "skipped"
    FAILED = "failed"
    QUARANTINED = "quarantined"


class Lane(StrEnum):
    """Which queue a message leaves by: what cannot wait passes what can."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class Audience(StrEnum):
    """As what a recipient is told of an event."""

    COMMUNE = "commune"
    DESK = "desk"
    ASSIGNEE = "assignee"
    PASSED = "passed"
    SECRETARY = "secretary"
    STAFF = "staff"
    MENTIONED = "mentioned"
    FOLLOWER = "follower"
    ACCOUNT = "account"
    ENDPOINT = "endpoint"
    """Another system, which is nobody's inbox."""
    DIGEST = "digest"


class Competent(StrEnum):
    """Whose the power over a type is in law: that of a council, or of the State."""

    COMMUNE = "commune"
    PROVINCE = "province"
    REGION = "region"
    STATE = "state"


class RulingState(StrEnum):
    """What becomes of what a regional secretary ruled: it is proposed, taken into the table, or it keeps the table."""

    PROPOSED = "proposed"
    ADOPTED = "adopted"
    SET_ASIDE = "set_aside"
    AS_IT_IS = "as_it_is"


class OfficeNoticeKind(StrEnum):
    """What is told once of an office or of a desk."""

    TERM_ENDS = "term_ends"
    HANDOVER = "handover"
    DESK_EMPTY = "desk_empty"


class Language(StrEnum):
    """The languages of pages and mails."""

    AR = "ar"
    FR = "fr"
    EN = "en"
