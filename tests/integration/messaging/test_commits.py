"""Offsets are committed a moment later, and in time: before partitions change hands, and before a member leaves."""

from jisi.messaging.broker import create_broker, subscribe
from jisi.messaging.settings import KafkaSettings

from tests.integration.messaging.test_broker import WITHIN, Work, broker_for
from tests.support.kafka import KafkaTestClient
from tests.support.waiting import eventually

PARTITIONS = 4


async def publish(client: KafkaTestClient, topic: str, count: int) -> None:
    """Publish records to all partitions."""
    async with client.producer() as producer:
        for number in range(count):
            await producer.send_and_wait(topic, b"x", partition=number % PARTITIONS)


async def test_worked_records_are_committed_while_the_member_goes_on(
    kafka_client: KafkaTestClient, topic_prefix: str
) -> None:
    """Not with each batch, but soon; what failed is not."""
    topic, work = f"{topic_prefix}soon", Work()
    await kafka_client.create_topics([topic], partitions=PARTITIONS)
    broker = broker_for(kafka_client, topic, work)
    try:
        await broker.start()
        await publish(kafka_client, topic, 20)
        await eventually(lambda: len(work.seen) == 20, within_seconds=WITHIN)

        async def all_are_committed() -> bool:
            return await kafka_client.unread(f"{topic}-group", topic) == 0

        await eventually(all_are_committed, within_seconds=WITHIN)
    finally:
        await broker.stop()


async def test_a_member_that_joins_works_nothing_again(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """What the first one has worked is committed before its partitions are taken from it, however short before."""
    topic = f"{topic_prefix}joined"
    await kafka_client.create_topics([topic], partitions=PARTITIONS)
    works = [Work(), Work()]
    brokers = []
    for work in works:
        settings = KafkaSettings(kafka=kafka_client.address)
        broker = create_broker(settings)
        subscribe(broker, settings, topic=topic, group=f"{topic}-group", work=work)
        brokers.append(broker)
    try:
        await brokers[0].start()
        for _ in range(10):
            await publish(kafka_client, topic, PARTITIONS)
        await eventually(lambda: len(works[0].seen) == 40, within_seconds=WITHIN)
        await publish(kafka_client, topic, PARTITIONS)
        await eventually(lambda: len(works[0].seen) == 44, within_seconds=WITHIN)
        await brokers[1].start()

        async def both_have_worked() -> bool:
            await publish(kafka_client, topic, PARTITIONS)
            return bool(works[1].seen)

        await eventually(both_have_worked, within_seconds=WITHIN)
    finally:
        for broker in brokers:
            await broker.stop()

    places = [record.place for work in works for record in work.seen]
    assert len(places) == len(set(places))
