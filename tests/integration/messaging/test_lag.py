"""How far a process is behind, as its own consumer knows it."""

import asyncio
from collections.abc import Sequence

from jisi.messaging.broker import create_broker, subscribe
from jisi.messaging.lag import Lags
from jisi.messaging.records import Record
from jisi.messaging.settings import KafkaSettings
from jisi.telemetry.metrics import Metrics

from tests.support.kafka import KafkaTestClient
from tests.support.waiting import eventually


class Gate:
    """Holds every batch until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.seen = 0

    async def __call__(self, batch: Sequence[Record]) -> None:
        """Take a batch."""
        await self.opened.wait()
        self.seen += len(batch)


async def test_what_waits_behind_a_batch_is_told_until_it_is_worked(
    kafka_client: KafkaTestClient, topic_prefix: str
) -> None:
    """One record at a time is taken and the first is held: the others are behind, then none is."""
    topic, gate, metrics = f"{topic_prefix}lag", Gate(), Metrics()
    await kafka_client.create_topics([topic])
    settings = KafkaSettings(kafka=kafka_client.address, max_records=1)
    broker, lags = create_broker(settings), Lags(metrics)
    lags.watch(subscribe(broker, settings, topic=topic, group="g", work=gate), topic=topic, group="g")

    async def lag() -> float | None:
        await lags.measure()
        return metrics.registry.get_sample_value("jisi_consumer_lag_messages", {"topic": topic, "group": "g"})

    async def is_lag(expected: int) -> bool:
        return await lag() == expected

    assert await lag() == 0  # not started yet
    await asyncio.gather(*(kafka_client.publish(topic, str(number).encode()) for number in range(5)))
    try:
        await broker.start()
        await eventually(lambda: is_lag(4), within_seconds=30, reason="four records wait behind the first")
        gate.opened.set()
        await eventually(lambda: is_lag(0), within_seconds=30, reason="none waits")
        await eventually(lambda: gate.seen == 5, within_seconds=30, reason="all are worked")
    finally:
        gate.opened.set()
        await broker.stop()
    assert await lag() == 0
