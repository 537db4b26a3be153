"""How far a process is behind in the partitions it consumes, from what its consumers know: the broker is not asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaError

from jisi.telemetry.metrics import Metrics

POSITION_WITHIN_SECONDS = 0.5
"""A partition that was just assigned has no position yet; it is measured the next time."""


@dataclass(slots=True)
class Lags:
    """The lag of each topic a process consumes."""

    metrics: Metrics
    _subscribers: list[tuple[Any, str, str]] = field(default_factory=list, init=False)

    def watch(self, subscriber: Any, *, topic: str, group: str) -> None:  # noqa: ANN401 - FastStream's, or its stand-in
        """Measure a subscriber from now on."""
        self._subscribers.append((subscriber, topic, group))

    async def measure(self) -> None:
        """Set the gauges: messages that Kafka had at the last fetch and that were not handed to a handler."""
        for subscriber, topic, group in self._subscribers:
            lag = 0 if subscriber.consumer is None else await _lag(subscriber.consumer)
            self.metrics.consumer_lag.labels(topic, group).set(lag)


async def _lag(consumer: Any) -> int:  # noqa: ANN401 - aiokafka has no types
    lag = 0
    for partition in consumer.assignment():
        try:
            async with asyncio.timeout(POSITION_WITHIN_SECONDS):
                position = await consumer.position(partition)
            highwater = consumer.highwater(partition)
        except (AssertionError, KafkaError, TimeoutError):
            continue  # it goes to another member just now, or has just come from one
        lag += 0 if highwater is None else max(0, highwater - position)
    return lag
