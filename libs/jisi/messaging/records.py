"""One record as read from Kafka, headers undecoded: a bad header must not cost the batch it came in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

TRACEPARENT = "traceparent"
"""W3C trace context header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of a topic."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    """Milliseconds since the epoch, as the producer or broker set it."""
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]

    @classmethod
    def from_consumer(cls, raw: Any) -> Self:  # noqa: ANN401 - aiokafka has no types
        """Take over an aiokafka ConsumerRecord."""
        return cls(
            topic=raw.topic,
            partition=raw.partition,
            offset=raw.offset,
            timestamp_ms=raw.timestamp,
            key=raw.key,
            value=raw.value,
            headers=raw.headers or (),
        )

    def header(self, name: str) -> str | None:
        """Read a header as text; None where it is missing or is no UTF-8."""
        for key, value in self.headers:
            if key == name and value is not None:
                try:
                    return value.decode()
                except UnicodeDecodeError:
                    return None
        return None

    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch, as Kafka calls it."""
        return self.timestamp_ms

    @property
    def place(self) -> str:
        """Where it stands: `topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"
