"""The worker of an installation with Redis: ``celery -A workers.celery_app worker``, settings from the environment."""

import os

from celery.signals import setup_logging, worker_process_init, worker_process_shutdown, worker_shutting_down

from config import Config
from escalation.app import create_app
from escalation.extensions import db
from workers.broker import build_celery, run_tasks_in
from workers.intake import IntakeStep
from workers.logs import begin_logs
from workers.outbox import DISPATCHERS, PollerStep
from workers.stopping import STOPPING

flask_app = create_app(Config.from_env(os.environ))
app = build_celery(flask_app.extensions["config"])
run_tasks_in(app, flask_app)
app.steps["worker"].add(PollerStep)
app.steps["worker"].add(IntakeStep)


@setup_logging.connect
def write_as_the_others(**_facts: object) -> None:
    """Write logs as every process of ours does; Celery would else write them its own way."""
    begin_logs()


@worker_shutting_down.connect
def stop_claiming(**_facts: object) -> None:
    """Let senders finish the letter in hand."""
    STOPPING.set()


@worker_process_init.connect
def forget_connections(**_facts: object) -> None:
    """A forked child must not speak on its parent's connections."""
    with flask_app.app_context():
        db.engine.dispose(close=False)


@worker_process_shutdown.connect
def finish_in_hand(**_facts: object) -> None:
    """Let a forked child's letters in hand be finished."""
    STOPPING.set()
    DISPATCHERS.close()
