"""Every way into Kafka is as good as the open one, and topics are made as the settings say."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from jisi.contracts.topics import Topics
from jisi.messaging.broker import create_broker, subscribe
from jisi.messaging.publisher import Publication, Publisher
from jisi.messaging.records import Record
from jisi.messaging.settings import KafkaSettings
from jisi.messaging.topics import create_topics

from tests.support.command_line import CommandLine
from tests.support.kafka import KafkaTestClient
from tests.support.secured_kafka import SecuredKafka
from tests.support.tls_postgres import TlsPostgres
from tests.support.waiting import eventually

WITHIN_SECONDS = 30.0


@pytest.mark.parametrize("way", ["TLS and SCRAM-SHA-512", "TLS and SCRAM-SHA-256", "mutual TLS", "password alone"])
async def test_a_way_in(kafka: SecuredKafka, topic_prefix: str, way: str) -> None:
    """What is published by it is consumed by it."""
    connection = kafka.ways_in()[way]
    topics = Topics(topic_prefix)
    await create_topics(connection, prefix=topic_prefix, partitions=1)
    seen: list[Record] = []

    async def work(batch: Sequence[Record]) -> None:
        seen.extend(batch)

    settings = KafkaSettings(kafka=connection.servers, security=connection.security)
    broker, publisher = create_broker(settings), Publisher(connection)
    subscribe(broker, settings, topic=topics.queries, group=f"{topic_prefix}group", work=work)
    await publisher.start()
    try:
        await broker.start()
        await publisher.publish_or_raise([Publication(topic=topics.queries, key=b"k", value=b"by it")])
        await eventually(lambda: seen, within_seconds=WITHIN_SECONDS)
    finally:
        await broker.stop()
        await publisher.stop()

    assert [record.value for record in seen] == [b"by it"]


async def test_migrate_makes_topics_as_told(
    cli: CommandLine, of_kafka: Mapping[str, str], kafka_client: KafkaTestClient, postgres: TlsPostgres, database: str
) -> None:
    """Partitions, copies and copies in sync are those of the variables."""
    cli.tell(
        **of_kafka,
        database_url=postgres.url(database),
        topic_partitions="3",
        topic_replication="1",
        topic_min_insync="1",
    )
    ended = await asyncio.to_thread(cli, "migrate", "--topics", "--json")

    assert ended.json == {"migrated": True, "topics": True}
    answers = Topics(of_kafka["topic_prefix"]).answers
    described, configured = await _described(kafka_client, answers)
    assert (len(described), [len(replicas) for replicas in described]) == (3, [1, 1, 1])
    assert configured == {"min.insync.replicas": ("1", True)}


async def _described(client: KafkaTestClient, topic: str) -> tuple[list[Sequence[int]], Mapping[str, tuple[str, bool]]]:
    """Give the replicas of each partition, and of `min.insync.replicas` its value and whether it is the topic's own."""
    admin = AIOKafkaAdminClient(**client.connection.options())
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
        wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {"min.insync.replicas": None})
        (configured,) = await admin.describe_configs([wanted])
    finally:
        await admin.close()
    (resource,) = configured.to_object()["resources"]
    settings = {
        entry["config_names"]: (entry["config_value"], entry["config_source"] == 1)
        for entry in resource["config_entries"]
    }
    return [partition["replicas"] for partition in described["partitions"]], settings


async def test_more_copies_than_brokers(
    cli: CommandLine, of_kafka: Mapping[str, str], kafka_client: KafkaTestClient, postgres: TlsPostgres, database: str
) -> None:
    """That is refused with both numbers, and no topic is made."""
    cli.tell(**of_kafka, database_url=postgres.url(database), topic_replication="2", topic_min_insync="2")
    ended = await asyncio.to_thread(cli, "migrate", "--topics")

    assert ended.code == 1
    assert "cannot have 2 copies: of Kafka's brokers 1 is up" in ended.err
    assert "lower JISI_TOPIC_REPLICATION" in ended.err
    assert not {name for name in await kafka_client.topics() if name.startswith(of_kafka["topic_prefix"])}


async def test_more_copies_in_sync_than_copies(cli: CommandLine, of_kafka: Mapping[str, str]) -> None:
    """Nothing could ever be published to such a topic."""
    cli.tell(**of_kafka, database_url="postgresql://nobody@127.0.0.1:1/none", topic_min_insync="2")
    ended = await asyncio.to_thread(cli, "migrate", "--topics")

    assert ended.code == 1
    assert "JISI_TOPIC_MIN_INSYNC is 2, but JISI_TOPIC_REPLICATION 1" in ended.err
