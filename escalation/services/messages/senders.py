"""The threads that hand messages over: each with its own ways out, one message in hand, and no database.

What came of a message is put on a queue, and its thread waits until that is recorded before it takes the next: whatever
is killed then, no thread leaves more than one message behind that left and is not known to have.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from escalation.domain.codes import Lane, MessageChannel
from escalation.domain.delivery import Result, Sent
from escalation.failpoints import reach
from escalation.services.messages.channels import Carrier, Opens
from escalation.services.messages.claims import Claimed
from escalation.services.messages.outgoing import Outgoing

IDLE_S = 10.0
"""For how long a thread without work keeps its connections."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message; neither result nor error: its lease had passed to another sender before it was sent."""

    claimed: Claimed
    result: Result | None = None
    error: BaseException | None = None
    recorded: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.recorded.acquire()


class Outcomes:
    """Where outcomes wait for who records them, who is woken for the first, and again when all are there."""

    def __init__(self, in_hand: Callable[[], int]) -> None:
        self._in_hand = in_hand
        self._found: list[Outcome] = []
        self._ready = threading.Condition(threading.Lock())
        self._is_closed = False

    def put(self, outcome: Outcome) -> None:
        """Let this one be recorded."""
        with self._ready:
            self._found.append(outcome)
            if len(self._found) == 1 or self._are_all_there():
                self._ready.notify()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._ready:
            self._is_closed = True
            self._ready.notify()

    def take(self, gather_s: float, idle_s: float | None = None) -> list[Outcome] | None:
        """Return what has come, and what comes shortly after; nothing when nothing does, None at the end.

        One transaction for all costs each of them less: so those in hand are waited for, though not long.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._found or self._is_closed, idle_s)
            if self._found:
                self._ready.wait_for(self._are_all_there, gather_s)
            found, self._found = self._found, []
            return found or (None if self._is_closed else [])

    def _are_all_there(self) -> bool:
        return self._is_closed or len(self._found) >= self._in_hand()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is handed over."""

    claimed: Claimed
    content: bytes


class Senders:
    """The threads of one process: so many for everything, and one more that is kept free for what cannot wait."""

    def __init__(
        self,
        config: Outgoing,
        channels: Mapping[MessageChannel, Opens],
        connections: int,
        *,
        may_send: Callable[[int], bool],
        tell_idle: Callable[[], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._config, self._channels, self._connections, self._may_send = config, channels, connections, may_send
        self._tell_idle, self._is_stopping = tell_idle, is_stopping
        self._lock = threading.Lock()
        self._work = {lane: threading.Condition(self._lock) for lane in Lane}
        self._waiting: dict[Lane, deque[Letter]] = {lane: deque() for lane in Lane}
        self._in_hand: dict[int, float] = {}
        self._idle = dict.fromkeys(Lane, 0)
        self._threads: dict[Lane, set[threading.Thread]] = {lane: set() for lane in Lane}
        self._is_trusted = False
        self._closing = False
        self.outcomes = Outcomes(self._in_hand.__len__)

    def give(self, letters: Sequence[Letter]) -> None:
        """Hand these over as soon as a thread is free, those that cannot wait before the others."""
        with self._lock:
            for letter in letters:
                self._waiting[letter.claimed.lane].append(letter)
            self._call_threads(len(letters))

    def withdraw(self) -> list[Claimed]:
        """Return the messages that no thread has taken yet, which then leave by somebody else."""
        with self._lock:
            taken = [letter.claimed for lane in Lane for letter in self._waiting[lane]]
            for waiting in self._waiting.values():
                waiting.clear()
            return taken

    def trust(self, *, is_trusted: bool) -> None:
        """Let all threads send, or until something has left again one after the other."""
        with self._lock:
            if is_trusted != self._is_trusted:
                self._is_trusted = is_trusted
                self._call_threads(self._connections)

    @property
    def waiting(self) -> int:
        """How many messages no thread has taken yet."""
        return sum(map(len, self._waiting.values()))

    def is_busy(self, younger_than_s: float = float("inf")) -> bool:
        """Return whether something waits or is being sent, what has been for longer than so many seconds left out."""
        with self._lock:
            since = time.monotonic() - younger_than_s
            return self.waiting > 0 or any(started > since for started in self._in_hand.values())

    def close(self) -> None:
        """Let each thread finish the message in hand, and end."""
        with self._lock:
            self._closing = True
            for work in self._work.values():
                work.notify_all()
            threads = [thread for threads in self._threads.values() for thread in threads]
        for thread in threads:
            thread.join()

    def _call_threads(self, count: int) -> None:
        """Wake so many threads, or begin them; called under the lock."""
        self._work[Lane.BULK].notify(count)
        missing = min(self._connections if self._is_trusted else 1, self.waiting)
        for _ in range(self._idle[Lane.BULK], missing):
            self._begin_thread(Lane.BULK, self._connections)
        if self._waiting[Lane.INTERACTIVE]:
            self._work[Lane.INTERACTIVE].notify()
            if not any(self._idle.values()):
                self._begin_thread(Lane.INTERACTIVE, 1)

    def _begin_thread(self, lane: Lane, at_most: int) -> None:
        if len(self._threads[lane]) < at_most:
            thread = threading.Thread(target=self._run, args=(lane,), name=f"sender-{lane}", daemon=True)
            self._threads[lane].add(thread)
            thread.start()

    def _run(self, lane: Lane) -> None:
        carriers: dict[MessageChannel, Carrier] = {}
        try:
            while (letter := self._next(lane)) is not None:
                outcome = self._send(letter, carriers)
                self.outcomes.put(outcome)
                # Waits until it is recorded.
                outcome.recorded.acquire()
                with self._lock:
                    self._in_hand.pop(letter.claimed.id, None)
                    if not self._is_trusted:
                        self._work[Lane.BULK].notify()
                    is_idle = not self._in_hand and not self.waiting
                if is_idle:
                    self._tell_idle()
        finally:
            for carrier in carriers.values():
                carrier.close()

    def _next(self, lane: Lane) -> Letter | None:
        """Return what is to be sent next; None when there was nothing for a while, or it is time to end."""
        with self._lock:
            give_up_at = time.monotonic() + IDLE_S
            while not self._closing:
                if (letter := self._take(lane)) is not None:
                    self._in_hand[letter.claimed.id] = time.monotonic()
                    return letter
                left_s = give_up_at - time.monotonic()
                if left_s <= 0:
                    break
                self._idle[lane] += 1
                self._work[lane].wait(left_s)
                self._idle[lane] -= 1
            self._threads[lane].discard(threading.current_thread())
            self._is_trusted &= any(self._threads.values())
            return None

    def _take(self, lane: Lane) -> Letter | None:
        if self._is_stopping() or (not self._is_trusted and self._in_hand):
            return None
        lanes = (Lane.INTERACTIVE, Lane.BULK) if lane is Lane.BULK else (lane,)
        return next((self._waiting[each].popleft() for each in lanes if self._waiting[each]), None)

    def _send(self, letter: Letter, carriers: dict[MessageChannel, Carrier]) -> Outcome:
        claimed = letter.claimed
        try:
            if not self._may_send(claimed.id):
                return Outcome(claimed)
            if claimed.channel not in carriers:
                carriers[claimed.channel] = self._channels[claimed.channel](self._config)
            reach("before_send")
            result = carriers[claimed.channel].send(claimed, letter.content)
        except BaseException as error:  # noqa: BLE001 - raised again by who waits for the outcome
            return Outcome(claimed, error=error)
        if isinstance(result, Sent):
            reach("after_reply")
        return Outcome(claimed, result)
