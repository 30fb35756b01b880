"""The scenes of which each kind of story is made, in their order."""

from collections.abc import Mapping
from enum import StrEnum


class Scene(StrEnum):
    """One thing that somebody does in a story; its value is where the story's texts say with what words."""

    DRAFT = "draft"
    FILE = "file"
    FILE_ON_BEHALF = "on_behalf"
    CONFIRM_FILING = "confirm_filing"
    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    ASK = "question"
    ANSWER = "answer"
    REFER_OUT = "refer_out"
    REPLY = "reply"
    RESUME = "resume"
    ESCALATE = "escalate"
    ESCALATE_LATE = "escalate_late"
    SEND_BACK = "send_back"
    TRANSFER = "transfer"
    RESOLVE = "resolution"
    CONFIRM = "confirm"
    CONTEST = "contest"
    DECLINE = "decline"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    AMEND = "amend"
    COMMENT_OF_COMMUNE = "comment_of_commune"
    COMMENT_OF_DESK = "comment_of_desk"
    NOTE = "note"
    CONTACT = "contact"
    SILENCE = "silence"
    """Nobody does anything any more, and the clock acts."""


S = Scene

TOLD_OR_LEFT_OUT = frozenset(
    {S.ASK, S.ANSWER, S.ESCALATE, S.REFER_OUT, S.REPLY, S.COMMENT_OF_COMMUNE, S.COMMENT_OF_DESK, S.NOTE, S.CONTACT}
)
"""Scenes that a story has only when its texts do, and as often as they do."""

_AT_PROVINCE = (S.FILE, S.CLAIM, S.ASK, S.ANSWER)
_AT_REGION = (*_AT_PROVINCE, S.ESCALATE, S.CLAIM)
_OTHERS_ASKED = (S.CONTACT, S.REFER_OUT, S.REFER_OUT, S.REFER_OUT, S.REPLY, S.NOTE, S.REFER_OUT)

PATHS: Mapping[str, tuple[Scene, ...]] = {
    "draft": (S.DRAFT,),
    "filed": (S.FILE,),
    "in_review": (S.FILE, S.CLAIM),
    "information_requested": (S.FILE, S.CLAIM, S.ASK),
    "answered": _AT_PROVINCE,
    "escalated_filed": (*_AT_PROVINCE, S.ESCALATE),
    "escalated_in_review": _AT_REGION,
    "escalated_information_requested": (S.FILE, S.CLAIM, S.ESCALATE, S.CLAIM, S.ASK),
    "resolved_province": (*_AT_PROVINCE, S.RESOLVE),
    "resolved_region": (*_AT_REGION, S.RESOLVE),
    "closed_province": (*_AT_PROVINCE, S.RESOLVE, S.CONFIRM),
    "closed_region": (*_AT_REGION, S.RESOLVE, S.CONFIRM),
    "withdrawn": (S.FILE, S.CLAIM, S.WITHDRAW),
    "on_behalf": (S.FILE_ON_BEHALF,),
    "on_behalf_in_review": (S.FILE_ON_BEHALF, S.CONFIRM_FILING, S.CLAIM, S.COMMENT_OF_DESK, S.COMMENT_OF_COMMUNE),
    "assigned": (S.FILE, S.ASSIGN, S.NOTE, S.CONTACT, S.COMMENT_OF_DESK, S.COMMENT_OF_COMMUNE),
    "released": (S.FILE, S.CLAIM, S.NOTE, S.RELEASE),
    "amended": (S.FILE, S.CLAIM, S.COMMENT_OF_COMMUNE, S.AMEND, S.COMMENT_OF_DESK),
    "referred_out": (S.FILE, S.CLAIM, *_OTHERS_ASKED),
    "referred_out_region": (*_AT_REGION, *_OTHERS_ASKED),
    "wait_ended": (S.FILE, S.CLAIM, S.REFER_OUT, S.COMMENT_OF_COMMUNE, S.RESUME),
    "overdue": (S.FILE, S.CLAIM, S.ESCALATE_LATE, S.CLAIM),
    "sent_back": (S.FILE, S.CLAIM, S.ESCALATE, S.SEND_BACK, S.CLAIM),
    "transferred_filed": (S.FILE, S.CLAIM, S.TRANSFER),
    "transferred_in_review": (S.FILE, S.CLAIM, S.TRANSFER, S.CLAIM),
    "declined_province": (*_AT_PROVINCE, S.DECLINE),
    "appealed": (*_AT_PROVINCE, S.DECLINE, S.APPEAL),
    "declined_region": (*_AT_PROVINCE, S.DECLINE, S.APPEAL, S.CLAIM, S.NOTE, S.DECLINE),
    "contested_province": (*_AT_PROVINCE, S.RESOLVE, S.CONTEST),
    "contested_region": (*_AT_REGION, S.REFER_OUT, S.REPLY, S.RESOLVE, S.CONTEST),
    "climbed": (S.FILE, S.CLAIM, S.SILENCE),
    "climbed_unclaimed": (S.FILE, S.SILENCE),
    "unanswered": (S.FILE, S.CLAIM, S.ASK, S.SILENCE),
    "closed_by_silence": (*_AT_PROVINCE, S.RESOLVE, S.SILENCE),
    "reopened": (*_AT_PROVINCE, S.RESOLVE, S.CONFIRM, S.REOPEN),
}
