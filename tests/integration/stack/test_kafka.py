"""The embedded Kafka: durable over crashes, on a port of its own."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError
from jisi.stack.errors import PortInUseError, ProcessFailedError
from jisi.stack.kafka import EmbeddedKafka
from jisi.stack.ports import LOOPBACK, free_port

from tests.support.kafka import KafkaTestClient


@pytest.fixture(scope="module")
def broker(module_folder: Path) -> Iterator[EmbeddedKafka]:
    """Give a running broker of this module's own, in a folder with a difficult name."""
    broker = EmbeddedKafka(folder=module_folder / "données, {ici}: ☕", short_lived=True)
    broker.start()
    yield broker
    broker.stop()


async def test_what_is_acknowledged_survives_a_crash(broker: EmbeddedKafka) -> None:
    """After SIGKILL the broker starts again on its address with every acknowledged record."""
    address, client = broker.address, KafkaTestClient(broker.address)
    await client.create_topics(["queries"])
    await client.publish("queries", b"before the crash")
    first = broker.pid
    broker.kill()
    broker.restart()
    await client.publish("queries", b"after the crash")

    assert (broker.address, broker.pid != first) == (address, True)
    assert [record.value for record in await client.records("queries")] == [b"before the crash", b"after the crash"]


async def test_a_misspelt_topic_is_not_made(broker: EmbeddedKafka) -> None:
    """Topics are made by us alone: asking for one that does not exist does not make it."""
    client = KafkaTestClient(broker.address)
    before = await client.topics()
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, request_timeout_ms=300)
    try:
        await producer.start()
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send("misspelt", b"lost")
    finally:
        await producer.stop()

    assert await client.topics() == before


def test_a_port_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    """The error names the port and the setting to change it, before anything is started."""
    port = free_port()
    with socket.create_server((LOOPBACK, port)):
        broker = EmbeddedKafka(folder=tmp_path, port=port)

        with pytest.raises(PortInUseError, match=f"port {port} on 127.0.0.1 is used.*JISI_KAFKA_PORT"):
            broker.start()


def test_a_broker_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The error holds the end of the broker's log: here, storage of another cluster node."""
    broker = EmbeddedKafka(folder=tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\n")

    with pytest.raises(ProcessFailedError, match=r"(?s)Kafka ended while starting.*Stored node id 7") as raised:
        broker.start()
    assert "KafkaRaftServer.scala" not in str(raised.value)
