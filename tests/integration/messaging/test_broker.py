"""Batches off a real broker: committed when worked, read again when not, whatever their headers hold."""

import asyncio
from collections.abc import Sequence

from faststream.kafka import KafkaBroker
from jisi.errors import TransientError
from jisi.messaging.broker import create_broker, subscribe
from jisi.messaging.records import Record
from jisi.messaging.settings import KafkaSettings

from tests.support.kafka import KafkaTestClient
from tests.support.waiting import eventually

WITHIN = 30.0


class Work:
    """Remembers what it is given; raises what it is told to."""

    def __init__(self) -> None:
        self.seen: list[Record] = []
        self.fail_with: list[Exception] = []

    async def __call__(self, batch: Sequence[Record]) -> None:
        """Take a batch."""
        if self.fail_with:
            raise self.fail_with.pop(0)
        self.seen += batch


def broker_for(client: KafkaTestClient, topic: str, work: Work) -> KafkaBroker:
    """Make a broker whose only subscriber hands batches over."""
    settings = KafkaSettings(kafka=client.address)
    broker = create_broker(settings)
    subscribe(broker, settings, topic=topic, group=f"{topic}-group", work=work)
    return broker


async def test_odd_records_come_as_they_are(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Headers that are null or no text, null values and keys: all are handed over untouched, in order."""
    topic, work = f"{topic_prefix}odd", Work()
    await kafka_client.create_topics([topic])
    headers = [("a", b"\xff\xfe"), ("b", None), ("c", b"")]
    async with kafka_client.producer() as producer:
        await producer.send_and_wait(topic, b"\xff", headers=headers)
        await producer.send_and_wait(topic, None, key=b"tombstone")
        await producer.send_and_wait(topic, b"0", key=b"\x00")
    broker = broker_for(kafka_client, topic, work)
    try:
        await broker.start()
        await eventually(lambda: len(work.seen) == 3, within_seconds=WITHIN)
    finally:
        await broker.stop()

    assert [(one.key, one.value) for one in work.seen] == [(None, b"\xff"), (b"tombstone", None), (b"\x00", b"0")]
    assert list(work.seen[0].headers) == headers


async def test_a_batch_that_fails_comes_again_and_one_worked_does_not(
    kafka_client: KafkaTestClient, topic_prefix: str
) -> None:
    """Raised: the same records once more, whole. Returned: committed, so that the next member begins behind them."""
    topic, first = f"{topic_prefix}again", Work()
    await kafka_client.create_topics([topic])
    first.fail_with = [TransientError("down"), TransientError("still")]
    await asyncio.gather(*(kafka_client.publish(topic, str(number).encode()) for number in range(5)))
    broker = broker_for(kafka_client, topic, first)
    try:
        await broker.start()
        await eventually(lambda: len(first.seen) == 5, within_seconds=WITHIN)
    finally:
        await broker.stop()
    assert sorted(one.offset for one in first.seen) == list(range(5))

    second = Work()
    broker = broker_for(kafka_client, topic, second)
    try:
        await broker.start()
        await kafka_client.publish(topic, b"new")
        await eventually(lambda: second.seen, within_seconds=WITHIN)
    finally:
        await broker.stop()
    assert [one.value for one in second.seen] == [b"new"]
