"""The outbox: published after the commit, swept when its process has died, never by two at once."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from jisi.messaging.publisher import KafkaUnavailableError

from tests.integration.ledger.conftest import Ledger, Parts

INSERT = (
    "insert into outbox (id, topic, key, payload, traceparent, created_at)"
    " values (%s, %s, %s, %s, %s, now() - make_interval(secs => %s))"
)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def leave(ledger: Ledger, topic: str, payload: str, *, age_seconds: float) -> None:
    """Leave a row as a process does that dies after its commit."""
    await ledger.rows(INSERT, uuid4(), topic, "key", payload, TRACEPARENT, age_seconds)


async def test_what_a_dead_process_left_is_swept(ledger: Ledger, parts: Parts) -> None:
    """Old rows are published with key and trace and deleted; young ones are still their own process's business."""
    await leave(ledger, parts.topics.candidates, "old", age_seconds=10)
    await leave(ledger, parts.topics.candidates, "young", age_seconds=0)

    assert await parts.outbox.sweep() == 1
    (record,) = await parts.kafka.records(parts.topics.candidates)
    assert (record.key, record.value) == (b"key", b"old")
    assert dict(record.headers) == {"traceparent": TRACEPARENT.encode()}
    assert await ledger.rows("select payload from outbox") == [("young",)]


async def test_sweepers_do_not_publish_twice(ledger: Ledger, make_parts: Callable[[], Awaitable[Parts]]) -> None:
    """Four processes at once: each row is published by one of them."""
    several = await asyncio.gather(*(make_parts() for _ in range(4)))
    for number in range(300):
        await leave(ledger, several[0].topics.answers, str(number), age_seconds=10)
    swept = await asyncio.gather(*(one.outbox.sweep() for one in several))

    assert sum(swept) == 300
    records = await several[0].kafka.records(several[0].topics.answers)
    assert sorted(int(record.value) for record in records) == list(range(300))
    assert await ledger.value("select count(*) from outbox") == 0


async def test_a_record_that_kafka_refuses_costs_no_other(ledger: Ledger, parts: Parts) -> None:
    """What cannot be published stays and is told of; the rest of the sweep is published and deleted once."""
    await leave(ledger, parts.topics.answers, "x" * 9_000_000, age_seconds=20)
    await leave(ledger, parts.topics.answers, "good", age_seconds=10)

    with pytest.raises(KafkaUnavailableError, match="1 records wait"):
        await parts.outbox.sweep()
    assert [record.value for record in await parts.kafka.records(parts.topics.answers)] == [b"good"]
    assert await ledger.value("select count(*) from outbox") == 1


async def test_published_rows_are_deleted_a_moment_later(ledger: Ledger, parts: Parts) -> None:
    """Inline publishing leaves the row until the next deletion; the sweep leaves it alone meanwhile."""
    uid = uuid4()
    mine = parts.outbox.outgoing(uid, parts.topics.answers, "mine", None, key="k")
    other = parts.outbox.outgoing(uuid4(), parts.topics.answers, "never stored", None)
    await ledger.rows(INSERT, mine.id, mine.topic, mine.key, mine.payload, None, 10)
    await parts.outbox.publish([mine, other], moved={uid})

    assert await parts.outbox.sweep() == 0
    await parts.outbox.delete_published()
    assert await ledger.value("select count(*) from outbox") == 0
    assert [record.value for record in await parts.kafka.records(parts.topics.answers)] == [b"mine"]


async def test_what_cannot_be_published_inline_is_left_to_the_sweep(ledger: Ledger, parts: Parts) -> None:
    """With Kafka away the handler's work is done all the same, and the row stays."""
    uid = uuid4()
    mine = parts.outbox.outgoing(uid, parts.topics.answers, "mine", None)
    await ledger.rows(INSERT, mine.id, mine.topic, mine.key, mine.payload, None, 10)
    await parts.publisher.stop()
    await parts.outbox.publish([mine], moved={uid})
    await parts.outbox.delete_published()

    assert await ledger.value("select count(*) from outbox") == 1
    await parts.publisher.start()
    assert await parts.outbox.sweep() == 1
