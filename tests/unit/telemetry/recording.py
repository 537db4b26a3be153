"""Tracing whose finished spans a test can look at."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from jisi.telemetry.delivery import SpanDelivery
from jisi.telemetry.spans import AttributeValue, Span
from jisi.telemetry.tracing import Tracing


@dataclass
class Recorder:
    """A receiver that keeps what it is given."""

    spans: list[Span] = field(default_factory=list)
    closed: bool = False

    def write(self, spans: Sequence[Span]) -> None:
        """Keep the spans."""
        self.spans.extend(spans)

    def close(self) -> None:
        """Note that it was told to end."""
        self.closed = True


@dataclass(frozen=True)
class Record:
    """The part of a Kafka record that spans tell of."""

    partition: int = 3
    offset: int = 41
    timestamp: int = 1_700_000_000_000


@contextmanager
def recorded_tracing(*, content: bool = False) -> Iterator[tuple[Tracing, Recorder]]:
    """Give a tracing and what it records; `flush` it before looking."""
    recorder = Recorder()
    delivery = SpanDelivery(recorder, name="recorder", capacity=1000, delay_seconds=0.001)
    tracing = Tracing(deliveries=[delivery], content=content)
    try:
        yield tracing, recorder
    finally:
        tracing.close()


def attributes_of(span: Span) -> dict[str, AttributeValue]:
    """Give all attributes of a span."""
    return {**span.fixed.values, **span.attributes}
