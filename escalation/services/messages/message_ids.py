"""The Message-ID of a message: made once, when it is owed, and the same at every attempt."""

import uuid

from flask import current_app


def new_message_id() -> str:
    """Return a Message-ID that no other message has, under the domain of the installation."""
    return f"<ntf.{uuid.uuid4()}@{current_app.extensions['config'].mail.message_id_domain}>"
