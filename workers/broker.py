"""Celery as this project uses it: the settings that were found to survive a hung, emptied or restarted Redis.

The broker carries wake-ups only; the outbox in the database is the truth, so nothing in the broker is ever missed.
"""

from typing import Any

from celery import Celery, Task
from flask import Flask
from kombu.transport.redis import Channel

from config import Config

VISIBILITY_TIMEOUT_S = 1800
SOCKET_TIMEOUT_S = 3
TASK_TIME_LIMIT_S = 900
SOFT_SHUTDOWN_S = 30
TASKS = (
    "workers.outbox",
    "workers.messages",
    "workers.journal",
    "workers.kept",
    "workers.imports",
    "workers.retention",
    "workers.files",
    "workers.offices",
    "workers.clock",
    "workers.rehearsals",
)

TRANSPORT = {
    "visibility_timeout": VISIBILITY_TIMEOUT_S,
    "unacked_restore_throttle": 1,
    "socket_timeout": SOCKET_TIMEOUT_S,
    "socket_connect_timeout": SOCKET_TIMEOUT_S,
}

# Left to itself, the in-memory transport looks once a second.
IN_MEMORY = {"polling_interval": 0.05}

SETTINGS = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "task_store_errors_even_if_ignored": False,
    "task_time_limit": TASK_TIME_LIMIT_S,
    "worker_prefetch_multiplier": 1,
    "worker_soft_shutdown_timeout": SOFT_SHUTDOWN_S,
    "worker_hijack_root_logger": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "accept_content": ["json"],
    "task_serializer": "json",
    "result_serializer": "json",
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # A Redis that is full, or refuses for another reason of its own, is one to wait for: the poller sends meanwhile.
    "broker_channel_error_retry": True,
    "broker_pool_limit": 2,
    "visibility_timeout": VISIBILITY_TIMEOUT_S,
    "result_backend_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT_S},
    "timezone": "UTC",
    "enable_utc": True,
    "beat_scheduler": "celery.beat:Scheduler",
    # Beat knocks again and again; which knock acts is decided by a row, so that restarts and second beats do no harm.
    "beat_schedule": {
        "seal-journal": {"task": "journal.seal", "schedule": 60.0, "options": {"expires": 60}},
        "write-digests": {"task": "messages.digest", "schedule": 60.0, "options": {"expires": 60}},
        "watch-outbox": {"task": "messages.watch", "schedule": 60.0, "options": {"expires": 60}},
        "run-clock": {"task": "clock.run", "schedule": 30.0, "options": {"expires": 30}},
        "forget-old-forms": {"task": "kept.forget_old", "schedule": 600.0, "options": {"expires": 600}},
        "forget-what-is-past": {"task": "retention.forget_old", "schedule": 600.0, "options": {"expires": 600}},
        "sweep-files": {"task": "files.sweep", "schedule": 600.0, "options": {"expires": 600}},
        "watch-offices": {"task": "offices.watch", "schedule": 120.0, "options": {"expires": 120}},
        "forget-old-rehearsals": {"task": "rehearsals.forget_old", "schedule": 600.0, "options": {"expires": 600}},
        "forget-old-imports": {"task": "imports.forget_old", "schedule": 600.0, "options": {"expires": 600}},
    },
}


# A wake-up that was taken and not done is not put back when the connection breaks: the poller finds what it was for,
# and putting it back by a connection that is lost ends the worker, and with it the poller.
Channel.do_restore = False


class AppTask(Task):
    """A task that runs inside the Flask application's context."""

    flask_app: Flask

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self.flask_app.app_context():
            return super().__call__(*args, **kwargs)


def build_celery(config: Config) -> Celery:
    """Return the Celery application of these settings; until `run_tasks_in` it can only publish."""
    celery = Celery("escalation", broker=config.redis.url or "memory://localhost/", task_cls=AppTask, include=TASKS)
    celery.conf.update(SETTINGS, broker_transport_options=IN_MEMORY if config.redis.is_embedded else TRANSPORT)
    # A thread that is not the main one would otherwise meet an application without our settings.
    celery.set_default()
    return celery


def run_tasks_in(celery: Celery, flask_app: Flask) -> None:
    """Give the tasks of this Celery application the Flask application they run in."""
    celery.Task.flask_app = flask_app
