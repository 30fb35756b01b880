"""Every blueprint of the application, in one list."""

from flask import Blueprint

from escalation.web.admin.calendar import bp as admin_calendar
from escalation.web.admin.competence import bp as admin_competence
from escalation.web.admin.exceptions import bp as admin_exceptions
from escalation.web.admin.imports import bp as admin_imports
from escalation.web.admin.intake import bp as admin_intake
from escalation.web.admin.invitations import bp as admin_invitations
from escalation.web.admin.mandates import bp as admin_mandates
from escalation.web.admin.outbox import bp as admin_outbox
from escalation.web.admin.people import bp as admin_people
from escalation.web.admin.rehearsals import bp as admin_rehearsals
from escalation.web.admin.rests import bp as rests
from escalation.web.admin.security import bp as admin
from escalation.web.admin.sign_ins import bp as admin_sign_ins
from escalation.web.admin.webhooks import bp as admin_webhooks
from escalation.web.admin.wordings import bp as admin_wordings
from escalation.web.case.actions import bp as actions
from escalation.web.case.amend import bp as amend
from escalation.web.case.attention import bp as attention
from escalation.web.case.case import bp as case
from escalation.web.case.files import bp as files
from escalation.web.case.remarks import bp as remarks
from escalation.web.case.undo import bp as undo
from escalation.web.filing.capture import bp as capture
from escalation.web.filing.filing import bp as filing
from escalation.web.filing.imports import bp as imports
from escalation.web.health import bp as health
from escalation.web.lists.handover import bp as handover
from escalation.web.lists.home import bp as home
from escalation.web.lists.obstacles import bp as obstacles
from escalation.web.lists.queue import bp as queue
from escalation.web.lists.rulings import bp as rulings
from escalation.web.messages.inbox import bp as inbox
from escalation.web.messages.mailbox import bp as mailbox
from escalation.web.messages.preferences import bp as preferences
from escalation.web.messages.unsubscribe import bp as unsubscribe
from escalation.web.people.absences import bp as absences
from escalation.web.people.account import bp as account
from escalation.web.people.delegates import bp as delegates
from escalation.web.people.enrol import bp as enrol
from escalation.web.people.factors import bp as factors
from escalation.web.people.invitation import bp as invitation
from escalation.web.people.password import bp as password
from escalation.web.people.phone import bp as phone
from escalation.web.people.prove import bp as prove
from escalation.web.people.second import bp as second
from escalation.web.people.sign_in import bp as sign_in
from escalation.web.privacy.admin import bp as admin_privacy
from escalation.web.privacy.held import bp as held
from escalation.web.privacy.notice import bp as privacy
from escalation.web.privacy.readers import bp as readers

BLUEPRINTS: tuple[Blueprint, ...] = (
    health,
    sign_in,
    second,
    prove,
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
    files,
    queue,
    inbox,
    account,
    phone,
    factors,
    enrol,
    held,
    privacy,
    readers,
    admin,
    admin_people,
    admin_mandates,
    admin_imports,
    admin_sign_ins,
    admin_invitations,
    admin_privacy,
    admin_competence,
    rulings,
    absences,
    delegates,
    handover,
    rests,
    admin_calendar,
    admin_exceptions,
    admin_rehearsals,
    admin_wordings,
    admin_webhooks,
    admin_intake,
    admin_outbox,
    attention,
    preferences,
    unsubscribe,
)
DEMO_BLUEPRINTS: tuple[Blueprint, ...] = (mailbox,)
