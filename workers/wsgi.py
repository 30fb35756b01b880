"""The web application for a WSGI server: ``gunicorn workers.wsgi:app``, settings from the environment."""

import os

from config import Config
from escalation.app import create_app
from workers.logs import begin_logs
from workers.wake import build_wake

begin_logs()
config = Config.from_env(os.environ)
app = create_app(config, wake=build_wake(config))
