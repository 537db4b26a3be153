"""Carries finished spans to a receiver in a thread of its own, so that no receiver can delay or break a service."""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from jisi.errors import TransientError
from jisi.telemetry.spans import Span

BATCH_SIZE = 1024
"""Spans handed over at once: a second of a busy service, some hundreds of kilobytes."""

RETRY_SECONDS = 1.0
"""Pause before spans are offered again to a receiver that is down."""

WARN_SECONDS = 30.0
"""Least time between two warnings about the same receiver."""


class ReceiverUnavailableError(TransientError):
    """The receiver of spans is down: they are kept, as far as the queue reaches, and offered again."""

    code = "span_receiver_unavailable"


class SpanReceiver(Protocol):
    """Where spans go; called from one thread only."""

    def write(self, spans: Sequence[Span]) -> None:
        """Take the spans; raises ReceiverUnavailableError to be offered them again, anything else loses them."""

    def close(self) -> None:
        """Let go of connections."""


class SpanDelivery:
    """Queue and thread of one receiver; `put` never waits and never raises.

    `dropped` counts the spans that were lost: the queue was full, or the receiver refused them. The newest are dropped,
    so that of a trace begun before an outage the beginning remains.
    """

    def __init__(self, receiver: SpanReceiver, *, name: str, capacity: int, delay_seconds: float) -> None:
        self.name = name
        self._receiver = receiver
        self._capacity = capacity
        self._hurry_at = max(1, min(BATCH_SIZE, capacity // 2))
        self._delay = delay_seconds
        self._queue: deque[Span] = deque()
        self._some = threading.Event()
        self._now = threading.Event()
        self._closing = False
        self._overflowed = 0
        self._lost = 0
        self._flushes: deque[threading.Event] = deque()
        self._warned_at = float("-inf")
        self._log = logging.getLogger(__name__)
        self._thread = threading.Thread(target=self._run, name=f"jisi-spans-{name}", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Spans lost so far."""
        return self._overflowed + self._lost

    @property
    def waiting(self) -> int:
        """Spans in the queue."""
        return len(self._queue)

    def put(self, span: Span) -> None:
        """Take a finished span, or drop it where the queue is full or closed."""
        waiting = len(self._queue)
        if waiting >= self._capacity or self._closing:
            self._overflowed += 1
            return
        self._queue.append(span)
        if not self._some.is_set():
            self._some.set()
        if waiting == self._hurry_at:
            self._now.set()

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until all that was put before has been delivered or dropped; false where that took too long."""
        if not self._thread.is_alive():
            return True
        done = threading.Event()
        self._flushes.append(done)
        self._some.set()
        self._now.set()
        return done.wait(timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Deliver what waits, once, and end; what is left after the timeout is lost."""
        self._closing = True
        self._some.set()
        self._now.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._closing:
            self._some.wait()
            self._now.wait(self._delay)
            self._now.clear()
            self._some.clear()
            flushes = [self._flushes.popleft() for _ in range(len(self._flushes))]
            self._deliver_all()
            for flush in flushes:
                flush.set()
        self._deliver_all()
        for flush in self._flushes:
            flush.set()
        self._receiver.close()

    def _deliver_all(self) -> None:
        while self._queue:
            self._deliver([self._queue.popleft() for _ in range(min(BATCH_SIZE, len(self._queue)))])

    def _deliver(self, spans: Sequence[Span]) -> None:
        while True:
            try:
                self._receiver.write(spans)
            except ReceiverUnavailableError as error:
                self._warn("the receiver is down", error)
                if self._closing:
                    self._lost += len(spans) + len(self._queue)
                    self._queue.clear()
                    return
                self._now.wait(RETRY_SECONDS)
                self._now.clear()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next spans are worth another attempt
                self._lost += len(spans)
                self._warn(f"{len(spans)} spans are lost", error)
                return
            else:
                return

    def _warn(self, what: str, error: Exception) -> None:
        if time.monotonic() - self._warned_at >= WARN_SECONDS:
            self._warned_at = time.monotonic()
            self._log.warning("spans to %s: %s (%s: %s)", self.name, what, type(error).__name__, error)
