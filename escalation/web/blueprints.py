"""Every blueprint of the application, in one list."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
DEMO_BLUEPRINTS: tuple[Blueprint, ...] = ()
