"""The outbox: published after the commit, swept when its process has died, never by two at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from jisi.contracts.answer import AnswerV1, BillV1, CallV1, TimingsV1
from jisi.contracts.identity import query_key

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


async def test_a_record_that_kafka_will_never_take_costs_no_other(ledger: Ledger, parts: Parts) -> None:
    """What is no answer and too large is given up; the rest of the sweep is published and deleted once."""
    for size in (9_000_000, 12_000_000):  # more than the topic takes, and than the producer sends
        await leave(ledger, parts.topics.answers, "x" * size, age_seconds=20)
    await leave(ledger, parts.topics.answers, "good", age_seconds=10)

    assert await parts.outbox.sweep() == 1
    assert [record.value for record in await parts.kafka.records(parts.topics.answers)] == [b"good"]
    assert await ledger.value("select count(*) from outbox") == 0


@pytest.mark.parametrize(
    ("text", "metadata"), [("x" * 3_000_000, {"tenant": "t", "mine": 1}), (None, {"m": "x" * 2_000_000})]
)
async def test_an_answer_too_large_for_its_topic_is_answered_all_the_same(
    ledger: Ledger, parts: Parts, text: str | None, metadata: dict[str, Any]
) -> None:
    """Where the topic takes less than an answer needs, one that says so is published, once, and is the stored one."""
    uid = query_key(metadata.get("tenant", ""), "mine")
    used = CallV1(kind="expert", model="ada", wave=1, attempt=1, status="ok", used=True, cost_usd=0.5)
    answer = AnswerV1(
        query_id="mine",
        status="failed" if text is None else "completed",
        text=text,
        metadata=metadata,
        bill=BillV1(calls=(used,), cost_usd=0.5),
        timings=TimingsV1(answered_ms=1),
    )
    body = answer.model_dump_json()
    await ledger.rows("insert into answer (query_uid, status, body) values (%s, %s, %s)", uid, answer.status, body)
    await leave(ledger, parts.topics.answers, body, age_seconds=20)

    assert await parts.outbox.sweep() == 1
    assert await parts.outbox.sweep() == 0
    (record,) = await parts.kafka.records(parts.topics.answers)
    told = AnswerV1.model_validate_json(record.value)
    assert (told.status, told.code, told.text) == ("failed", "too_large", None)
    assert told.metadata == ({} if text is None else metadata)
    assert (told.bill.cost_usd, told.bill.calls[0].used) == (0.5, False)
    assert await ledger.rows("select status, body from answer") == [("failed", record.value.decode())]


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
