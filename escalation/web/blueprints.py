"""Every blueprint of the application, in one list."""

from flask import Blueprint

from escalation.web.account import bp as account
from escalation.web.actions import bp as actions
from escalation.web.amend import bp as amend
from escalation.web.capture import bp as capture
from escalation.web.case import bp as case
from escalation.web.filing import bp as filing
from escalation.web.health import bp as health
from escalation.web.home import bp as home
from escalation.web.imports import bp as imports
from escalation.web.inbox import bp as inbox
from escalation.web.mailbox import bp as mailbox
from escalation.web.obstacles import bp as obstacles
from escalation.web.queue import bp as queue
from escalation.web.remarks import bp as remarks
from escalation.web.sign_in import bp as sign_in
from escalation.web.undo import bp as undo

BLUEPRINTS: tuple[Blueprint, ...] = (
    health,
    sign_in,
    home,
    obstacles,
    case,
    filing,
    capture,
    imports,
    actions,
    undo,
    remarks,
    amend,
    queue,
    inbox,
    account,
)
DEMO_BLUEPRINTS: tuple[Blueprint, ...] = (mailbox,)
