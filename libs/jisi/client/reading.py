"""Reading a topic from where it ended at a certain moment, in no consumer group.

Kafka itself is the buffer: every reader has a consumer of its own, so that nothing is missed before it begins, nothing
piles up in memory when it is slow, and nobody's offsets are touched.
"""

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from jisi.client.errors import KafkaUnreachableError, TopicMissingError
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.unreachable import why_unreachable

LARGEST_RECORD_BYTES = 8 * 1024 * 1024
"""What the topics are created with; a fetch must be able to return one whole record."""

Positions = Mapping[TopicPartition, int]
"""The next offset to read of each partition."""


async def end_positions(
    producer: AIOKafkaProducer, kafka: KafkaConnection, topics: tuple[str, ...]
) -> dict[str, Positions]:
    """Give the present end of each topic.

    Raises:
        TopicMissingError: one of them is not there; it is not created by asking.
        KafkaUnreachableError: no broker answers.
    """
    consumer = _consumer(kafka)
    try:
        await consumer.start()
        present = await consumer.topics()
        ends: dict[str, Positions] = {}
        for topic in topics:
            if topic not in present:
                raise TopicMissingError(kafka, topic)
            partitions = [TopicPartition(topic, number) for number in await producer.partitions_for(topic)]
            ends[topic] = await consumer.end_offsets(partitions)
    except KafkaError as error:
        raise KafkaUnreachableError(await why_unreachable(kafka, error)) from error
    finally:
        await consumer.stop()
    return ends


async def reading_from(kafka: KafkaConnection, start: Positions) -> AIOKafkaConsumer:
    """Give a consumer of every record from these positions on; who takes it stops it, which ends its iteration.

    Raises:
        KafkaUnreachableError: no broker answers; a connection lost later is taken up again.
    """
    consumer = _consumer(kafka)
    try:
        await consumer.start()
    except BaseException as error:
        await consumer.stop()
        if isinstance(error, KafkaError):
            raise KafkaUnreachableError(await why_unreachable(kafka, error)) from error
        raise
    consumer.assign(list(start))
    for partition, offset in start.items():
        consumer.seek(partition, offset)
    return consumer


def _consumer(kafka: KafkaConnection) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **kafka.options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LARGEST_RECORD_BYTES,
    )
