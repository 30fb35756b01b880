"""How mail is commonly sent: one Celery task a message, which writes it, opens a connection, sends it and says goodbye.

`celery -A benchmarks.naive worker`; it counts what it sent in Redis, and notes when it began and ended.
"""

import os
import smtplib
import time
from email.message import EmailMessage

from celery import Celery
from jinja2 import Template
from redis import Redis

from benchmarks.clients import HOST

BROKER_URL = os.environ.get("NAIVE_BROKER_URL", "memory://")
QUEUE = "naive"
BEGAN, ENDED, COUNT = "naive:began", "naive:ended", "naive:count"
TEXT = Template("Hello {{ name }},\n\n{{ line }}\n\nKind regards\n")
HTML = Template(
    "<!doctype html><html><body><p>Hello {{ name }},</p>{% for _ in lines %}<p>{{ line }}</p>{% endfor %}</body></html>"
)
LINE = "The case of the commune was received, and an answer is expected within fifteen working days of its filing."
LINES = range(60)
"""Until it is about as long as one of ours."""

app = Celery("naive", broker=BROKER_URL, set_as_current=False)
app.conf.update(task_default_queue=QUEUE, task_ignore_result=True, worker_hijack_root_logger=False)
counts: Redis = Redis.from_url(BROKER_URL) if BROKER_URL.startswith("redis") else Redis()


@app.task(name="naive.send")
def send(address: str, port: int) -> None:
    """Send one message."""
    counts.setnx(BEGAN, time.time())
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@example.test", address, "The case was received"
    message.set_content(TEXT.render(name=address, line=LINE))
    message.add_alternative(HTML.render(name=address, line=LINE, lines=LINES), subtype="html")
    with smtplib.SMTP(HOST, port) as connection:
        connection.send_message(message)
    counts.set(ENDED, time.time())
    counts.incr(COUNT)
