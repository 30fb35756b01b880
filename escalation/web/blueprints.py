"""Every blueprint of the application, in one list."""

from flask import Blueprint

from escalation.web.admin.calendar import bp as admin_calendar
from escalation.web.admin.invitations import bp as admin_invitations
from escalation.web.admin.people import bp as admin_people
from escalation.web.admin.security import bp as admin
from escalation.web.case.actions import bp as actions
from escalation.web.case.amend import bp as amend
from escalation.web.case.case import bp as case
from escalation.web.case.remarks import bp as remarks
from escalation.web.case.undo import bp as undo
from escalation.web.filing.capture import bp as capture
from escalation.web.filing.filing import bp as filing
from escalation.web.filing.imports import bp as imports
from escalation.web.health import bp as health
from escalation.web.lists.home import bp as home
from escalation.web.lists.obstacles import bp as obstacles
from escalation.web.lists.queue import bp as queue
from escalation.web.messages.inbox import bp as inbox
from escalation.web.messages.mailbox import bp as mailbox
from escalation.web.people.account import bp as account
from escalation.web.people.invitation import bp as invitation
from escalation.web.people.password import bp as password
from escalation.web.people.sign_in import bp as sign_in

BLUEPRINTS: tuple[Blueprint, ...] = (
    health,
    sign_in,
    invitation,
    password,
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
    admin,
    admin_people,
    admin_invitations,
    admin_calendar,
)
DEMO_BLUEPRINTS: tuple[Blueprint, ...] = (mailbox,)
