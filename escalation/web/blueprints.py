"""Every blueprint of the application, in one list."""

from flask import Blueprint

from escalation.web.actions import actions
from escalation.web.case import case
from escalation.web.filing import filing

BLUEPRINTS: tuple[Blueprint, ...] = (case, filing, actions)
DEMO_BLUEPRINTS: tuple[Blueprint, ...] = ()
