"""Loaded by Python itself in the processes of the fault tests, whose PYTHONPATH names this directory, and nowhere else.

It does two things, both asked for by the environment. A failpoint that a test has armed, by a file of its name, does
what the file says, once. And a defect is planted: a promise of the program is broken on purpose, so that a test can
show that the oracle sees it.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ARMED = os.environ.get("ESCALATION_TEST_ARMED", "")
POISONED = os.environ.get("ESCALATION_TEST_POISON", "")
PLANTED = os.environ.get("ESCALATION_TEST_PLANTED", "")

Patch = Callable[[Any], None]


def arm_failpoints(failpoints: Any) -> None:
    """Let a point do what the file of its name says, for the first process that comes there."""
    as_built = failpoints.reach

    def reach(point: str) -> None:
        armed = Path(ARMED) / point
        reached = armed.with_name(f"{point}.reached")
        try:
            armed.rename(reached)
        except FileNotFoundError:
            as_built(point)
            return
        order = reached.read_text().strip()
        with reached.with_suffix(".pid").open("w") as note:
            note.write(str(os.getpid()))
        os.kill(os.getpid(), signal.Signals[order])

    failpoints.reach = reach


def break_broker(transport: Any) -> None:
    """Let the broker's client meet, once it is armed, an error that nobody foresaw."""
    drain = transport.Transport.drain_events

    def drain_or_break(self: Any, *more: Any, **named: Any) -> Any:
        armed = Path(ARMED) / "broker_breaks"
        if armed.exists():
            armed.unlink()
            raise RuntimeError("broken on purpose")
        return drain(self, *more, **named)

    transport.Transport.drain_events = drain_or_break


def poison(transport: Any) -> None:
    """Let a letter to one address kill whoever sends it."""
    send = transport.SmtpRelay.send

    def send_or_die(self: Any, recipient: str, *more: Any, **named: Any) -> Any:
        if recipient == POISONED:
            os.kill(os.getpid(), signal.SIGKILL)
        return send(self, recipient, *more, **named)

    transport.SmtpRelay.send = send_or_die


def sent_before_the_answer(transport: Any) -> None:
    """Take a letter for sent as soon as its last dot is written: the relay's answer is not waited for."""

    def end(self: Any, smtp: Any, *content: bytes) -> Any:
        smtp.send(b"".join(transport._as_sent(each) for each in content) + b".\r\n")
        self._drop(smtp)
        return transport.Sent()

    assert transport.SmtpRelay._end
    transport.SmtpRelay._end = end


def no_lease(claims: Any) -> None:
    """Claim without a lease: whoever looks next may have the message too."""
    if hasattr(claims, "LEASE_MS"):
        claims.LEASE_MS = -1


def no_poller(poller: Any) -> None:
    """Rely on wake-ups alone."""
    poller.Poller.start = lambda _self: None
    poller.Poller.join = lambda _self: None


def no_fencing(outbox: Any) -> None:
    """Let whoever comes late record a result too."""
    outbox._is_held_by = lambda _token: outbox.OutboxMessage.id > 0
    if hasattr(outbox, "_is_held_by_one_of"):
        outbox._is_held_by_one_of = lambda tokens: outbox.OutboxMessage.id.in_(list(tokens))


def no_version_check(case_form: Any) -> None:
    """Forget which version a form was made for."""
    by_form = case_form.by_form

    def by_any_version(form: Any, **named: Any) -> Any:
        by = by_form(form, **named)
        object.__setattr__(by, "seen_version", None)
        return by

    case_form.by_form = by_any_version


_OUTBOX = "escalation.services.messages.outbox"
DEFECTS: dict[str, tuple[tuple[str, ...], Patch]] = {
    "marked sent before the relay answered": (("escalation.mail.transport",), sent_before_the_answer),
    "no lease": ((_OUTBOX, "escalation.services.messages.claims"), no_lease),
    "wake-ups without a poller": (("workers.outbox",), no_poller),
    "no fencing": ((_OUTBOX,), no_fencing),
    "no version check": (("escalation.web.case.case_form",), no_version_check),
}
"""Each by its name: the modules that are broken, and how."""
ALWAYS: tuple[tuple[str, Patch], ...] = (
    ("escalation.failpoints", arm_failpoints),
    ("escalation.mail.transport", poison),
    ("kombu.transport.virtual.base", break_broker),
)


class _Patching(importlib.abc.Loader):
    """Loads a module as its own loader does, and patches it before anybody has it."""

    def __init__(self, own: importlib.abc.Loader, patches: list[Patch]) -> None:
        self._own, self._patches = own, patches

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._own.exec_module(module)
        for patch in self._patches:
            patch(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules that are to be patched, and leaves all others to those who come after."""

    def __init__(self, patches: dict[str, list[Patch]]) -> None:
        self._patches = patches

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._patches:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Patching(spec.loader, self._patches[fullname])
        return spec


def _wanted() -> dict[str, list[Patch]]:
    found: dict[str, list[Patch]] = {}
    for module, patch in ALWAYS:
        found.setdefault(module, []).append(patch)
    if PLANTED:
        modules, patch = DEFECTS[PLANTED]
        for module in modules:
            found.setdefault(module, []).append(patch)
    return found


if "FAKETIME" in os.environ or "FAKETIME_TIMESTAMP_FILE" in os.environ:
    # The library does not know the call by which Python sleeps.
    time.sleep = lambda seconds: (select.select((), (), (), float(seconds)), None)[1]
if ARMED:
    sys.meta_path.insert(0, _Finder(_wanted()))
