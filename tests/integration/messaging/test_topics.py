"""Topics are made by us, with stated partitions and sizes, once."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from jisi.contracts.topics import Topics
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.publisher import KafkaUnavailableError, Publication, Publisher
from jisi.messaging.topics import MAX_MESSAGE_BYTES, RETENTION_MS, create_topics
from jisi.stack.ports import free_port

from tests.support.kafka import KafkaTestClient


async def test_all_topics_are_made_once(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Every topic is there with its partitions, a dead-letter topic with one; making them again changes nothing."""
    topics = Topics(topic_prefix)
    await create_topics(kafka_client.connection, prefix=topic_prefix, partitions=3)
    await create_topics(kafka_client.connection, prefix=topic_prefix, partitions=5)

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_client.address)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics.all))
        (answers,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topics.answers)])
    finally:
        await admin.close()
    partitions = {one["topic"]: len(one["partitions"]) for one in described}
    assert partitions == {name: 1 if name.endswith(".dlq") else 3 for name in topics.all}
    settings = {entry[0]: entry[1] for entry in answers.resources[0][4]}
    assert settings["max.message.bytes"] == str(MAX_MESSAGE_BYTES)
    assert settings["retention.ms"] == str(RETENTION_MS)


async def test_a_dead_letter_topic_takes_whatever_its_source_takes(
    kafka_client: KafkaTestClient, topic_prefix: str
) -> None:
    """A record of nearly the largest size is published, and so is its dead letter with a long reason."""
    topics = Topics(topic_prefix)
    await create_topics(kafka_client.connection, prefix=topic_prefix, partitions=1)
    publisher = Publisher(kafka_client.connection)
    await publisher.start()
    try:
        value = b"x" * (MAX_MESSAGE_BYTES - 200)
        large = Publication(topic=topics.queries, key=b"k", value=value)
        letter = Publication(
            topic=topics.dead_letters(topics.queries), key=b"k", value=value, headers=[("dlq-error", b"e" * 20_000)]
        )
        await publisher.publish_or_raise([large])
        await publisher.publish_or_raise([letter])
    finally:
        await publisher.stop()


async def test_a_broker_that_is_not_there_is_told_as_such() -> None:
    """Publishing fails with what to check, in time, and never raises anything else."""
    publisher = Publisher(KafkaConnection(f"127.0.0.1:{free_port()}"))
    with pytest.raises(KafkaUnavailableError, match="does not answer"):
        await publisher.start()
    publication = Publication(topic="t", key=None, value=b"")

    (failure,) = await publisher.publish([publication])
    assert isinstance(failure, KafkaUnavailableError)
