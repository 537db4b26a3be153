"""The queue between a service and a receiver of spans: never in the way, bounded, exact about what was lost."""

import logging
import threading
from collections.abc import Sequence

import pytest
from jisi.telemetry.delivery import BATCH_SIZE, ReceiverUnavailableError, SpanDelivery
from jisi.telemetry.spans import Span, start_span

from tests.support.waiting import eventually
from tests.unit.telemetry.recording import Recorder

NEVER = 3600.0


class Gate(Recorder):
    """A receiver that is down until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = False
        self.asked = threading.Event()

    def write(self, spans: Sequence[Span]) -> None:
        """Refuse while the gate is closed."""
        self.asked.set()
        if not self.open:
            raise ReceiverUnavailableError("down")
        super().write(spans)


class Faulty(Recorder):
    """A receiver with a bug that shows at its first spans."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False

    def write(self, spans: Sequence[Span]) -> None:
        """Fail, the first time."""
        if not self.failed:
            self.failed = True
            raise ValueError("bug")
        super().write(spans)


def new_span() -> Span:
    """Give a span to deliver."""
    return start_span("jisi.plan", "INTERNAL", None)


def delivery(receiver: Recorder, *, capacity: int = 100, delay_seconds: float = 0.001) -> SpanDelivery:
    """Start a delivery."""
    return SpanDelivery(receiver, name="test", capacity=capacity, delay_seconds=delay_seconds)


async def test_spans_arrive_by_themselves_in_order() -> None:
    """What is put is delivered after the delay, without a flush."""
    recorder = Recorder()
    queue = delivery(recorder)
    spans = [new_span() for _ in range(10)]
    for span in spans:
        queue.put(span)

    await eventually(lambda: recorder.spans == spans, within_seconds=5)
    queue.close(5)


def test_flush_does_not_wait_for_the_delay() -> None:
    """A flush delivers at once."""
    recorder = Recorder()
    queue = delivery(recorder, delay_seconds=NEVER)
    span = new_span()
    queue.put(span)

    assert queue.flush(5)
    assert recorder.spans == [span]
    queue.close(5)


def test_close_delivers_what_waits() -> None:
    """Nothing that was ended before the shutdown is lost, however much it is; later spans are counted."""
    recorder = Recorder()
    queue = delivery(recorder, capacity=3 * BATCH_SIZE, delay_seconds=NEVER)
    spans = [new_span() for _ in range(BATCH_SIZE // 2)]
    for span in spans:
        queue.put(span)
    queue.close(5)
    queue.put(new_span())

    assert recorder.spans == spans
    assert recorder.closed
    assert queue.dropped == 1


async def test_half_a_queue_is_delivered_before_the_delay() -> None:
    """A burst does not have to overflow the queue just because the delay is not over."""
    recorder = Recorder()
    queue = delivery(recorder, capacity=10, delay_seconds=NEVER)
    for _ in range(6):
        queue.put(new_span())

    await eventually(lambda: len(recorder.spans) == 6, within_seconds=5)
    queue.close(5)


def test_outage_keeps_as_many_as_fit_and_counts_the_rest() -> None:
    """While the receiver is down the oldest spans wait and the newest are dropped, each counted; then they arrive."""
    gate = Gate()
    queue = delivery(gate, capacity=5)
    spans = [new_span() for _ in range(8)]
    queue.put(spans[0])
    assert gate.asked.wait(5)
    for span in spans[1:]:
        queue.put(span)

    assert (queue.waiting, queue.dropped) == (5, 2)
    assert not queue.flush(0.01)
    gate.open = True
    assert queue.flush(5)
    assert gate.spans == spans[:6]
    assert queue.dropped == 2
    queue.close(5)


def test_close_in_an_outage_ends_and_counts() -> None:
    """A receiver that stays down costs a shutdown one attempt, and every span is counted."""
    gate = Gate()
    queue = delivery(gate, delay_seconds=NEVER)
    for _ in range(7):
        queue.put(new_span())
    queue.close(5)

    assert gate.closed
    assert (queue.dropped, queue.waiting) == (7, 0)


def test_bug_of_a_receiver_costs_its_spans_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Any other error loses and counts what was handed over, says so, and the next spans get through."""
    receiver = Faulty()
    queue = delivery(receiver)
    queue.put(new_span())
    with caplog.at_level(logging.WARNING):
        assert queue.flush(5)
    span = new_span()
    queue.put(span)

    assert queue.flush(5)
    assert queue.dropped == 1
    assert receiver.spans == [span]
    assert caplog.messages == ["spans to test: 1 spans are lost (ValueError: bug)"]
    queue.close(5)
