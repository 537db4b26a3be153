"""What tests do with a real broker beside what they test: make topics, publish, read all that is there."""

import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from jisi.messaging.connection import KafkaConnection, KafkaSecurity


def new_topic_prefix() -> str:
    """Give a prefix for topics no other test uses."""
    return f"test-{uuid.uuid4().hex[:8]}."


class KafkaTestClient:
    """A bare client of the broker, for the side of the test."""

    def __init__(self, address: str, security: KafkaSecurity | None = None) -> None:
        self.address = address
        self.connection = KafkaConnection(address, security or KafkaSecurity())

    async def create_topics(self, topics: Iterable[str], *, partitions: int = 1) -> None:
        """Make topics; those that exist are an error."""
        admin = AIOKafkaAdminClient(**self.connection.options())
        try:
            await admin.start()
            new = [NewTopic(name=topic, num_partitions=partitions, replication_factor=1) for topic in topics]
            made = await admin.create_topics(new)
            failed = [error for error in made.topic_errors if error[1] != 0]
            assert not failed, failed
        finally:
            await admin.close()

    async def topics(self) -> set[str]:
        """Give the names of all topics."""
        admin = AIOKafkaAdminClient(**self.connection.options())
        try:
            await admin.start()
            return set(await admin.list_topics())
        finally:
            await admin.close()

    async def publish(self, topic: str, value: bytes, *, key: bytes | None = None) -> None:
        """Publish one record and wait until the broker has it."""
        async with self.producer() as producer:
            await producer.send_and_wait(topic, value, key=key)

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """Give a producer for many records."""
        producer = AIOKafkaProducer(**self.connection.options(), acks="all")
        try:
            await producer.start()
            yield producer
        finally:
            await producer.stop()

    @asynccontextmanager
    async def reading(self, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
        """Give a consumer of the whole topic from its beginning, in no group."""
        consumer = AIOKafkaConsumer(topic, **self.connection.options(), auto_offset_reset="earliest")
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()

    async def records(self, topic: str) -> list[ConsumerRecord]:
        """Give every record the topic holds now, partition by partition."""
        async with self.reading(topic) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            starts = await consumer.beginning_offsets(list(ends))
            found: list[ConsumerRecord] = []
            while sum(ends[part] - starts[part] for part in ends) > len(found):
                batch = await consumer.getmany(timeout_ms=1000)
                found.extend(
                    record for part, records in batch.items() for record in records if record.offset < ends[part]
                )
            return sorted(found, key=lambda record: (record.partition, record.offset))

    async def rewind(self, group: str, topic: str) -> None:
        """Have a group without members read a topic from its beginning again."""
        async with self.reading(topic) as reader:
            partitions = list(reader.assignment())
        consumer = AIOKafkaConsumer(**self.connection.options(), group_id=group, enable_auto_commit=False)
        try:
            await consumer.start()
            consumer.assign(partitions)
            await consumer.commit(dict.fromkeys(partitions, 0))
        finally:
            await consumer.stop()

    async def unread(self, group: str, topic: str) -> int:
        """Give the number of records of a topic a group has not committed yet."""
        admin = AIOKafkaAdminClient(**self.connection.options())
        try:
            await admin.start()
            committed = await admin.list_consumer_group_offsets(group)
        finally:
            await admin.close()
        async with self.reading(topic) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
        return sum(end - max(0, committed[part].offset if part in committed else 0) for part, end in ends.items())
