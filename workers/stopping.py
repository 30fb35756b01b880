"""The one sign that this process is asked to stop; a sender finishes the letter it has in hand and claims no more."""

import threading

STOPPING = threading.Event()
