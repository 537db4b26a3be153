"""Records that no sane producer writes: dead-lettered, answered where an id can be read, and no neighbour suffers."""

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from jisi.contracts.topics import Topics

from tests.e2e.test_ids import letters_of
from tests.support.small_bank import TRAINS, said_by
from tests.support.system import System
from tests.support.waiting import eventually

GARBAGE = [b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b'"text"', b"0", b"{}" * 3, b"[" * 100_000]


@pytest.mark.parametrize("topic", ["queries", "generation", "responses", "candidates", "aggregation"])
async def test_garbage_costs_no_neighbour(jisi: System, topic: str) -> None:
    """Garbage, null values and bad headers in any consumed topic go to its dead letters; queries go on."""
    name = getattr(jisi.topics, topic)
    before = len(await jisi.dead_letters(name))
    asked = asyncio.create_task(jisi.ask(TRAINS))
    bad_headers = [("traceparent", b"\xff\xfe"), ("nothing", None)]
    async with jisi.kafka.producer() as producer:
        sent = [await producer.send(name, value) for value in GARBAGE]
        sent.append(await producer.send(name, None, key=b"tombstone"))
        sent.append(await producer.send(name, b"?", key=b"\x00\xff", headers=bad_headers))
        await asyncio.gather(*sent)
        answers = await asyncio.gather(asked, jisi.ask(TRAINS))

    assert [answer.text for answer in answers] == [said_by("ada")] * 2

    async def all_dead() -> bool:
        return len(await jisi.dead_letters(name)) - before == len(GARBAGE) + 2

    await eventually(all_dead, within_seconds=20)
    letters = (await jisi.dead_letters(name))[before:]
    assert {letter["dlq-code"] for letter in letters} <= {b"malformed_query", b"malformed_event"}
    assert sorted(letter["value"] or b"" for letter in letters) == sorted([*GARBAGE, b"", b"?"])


async def test_a_bad_trace_header_does_not_cost_the_query(jisi: System) -> None:
    """A traceparent that is none, or no text, begins a trace of the query's own."""
    ids = [str(uuid4()) for _ in range(3)]
    async with jisi.kafka.producer() as producer:
        for query_id, header in zip(ids, (b"\xff", b"00-zz-zz-01", b""), strict=True):
            body = json.dumps({"query": TRAINS, "query_id": query_id}).encode()
            await producer.send(jisi.topics.queries, body, headers=[("traceparent", header), ("odd", None)])

    for query_id in ids:
        answer = await jisi.answer(query_id)
        assert answer.status == "completed"
        assert len(answer.trace_id or "") == 32


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": {"nul": "a\0b", "lone": "\ud800", "\0": 1}},
        {"metadata": {"tenant": "t\0"}},
        {"metadata": {"deep": [[[[{"a": [1.5, None, True]}]]]]}},
        {"metadata": {"large": 10**400}},
        {"query": "At what speed does a train travel?\0\ud800"},
        {"max_calls": 2**70},
        {"max_cost_usd": 1e300},
        {"deadline_ms": 7 * 24 * 3600 * 1000},
        {"models": ["\0"]},
        {"models": ["\ud800"]},
        {"messages": [{"role": "assistant", "content": "\0"}, {"role": "user", "content": TRAINS}], "query": None},
    ],
    ids=lambda odd: json.dumps(odd)[:40],
)
async def test_whatever_is_in_it_a_query_is_answered(jisi: System, odd: dict[str, Any]) -> None:
    """What Postgres or UTF-8 cannot hold, and numbers out of bounds, get an answer like everything else."""
    query_id = str(uuid4())
    body = {"query": TRAINS, "query_id": query_id, **odd}
    metadata = odd.get("metadata", {})
    await jisi.publish_json({name: value for name, value in body.items() if value is not None})

    async def told() -> bool:
        return bool(await jisi.answers(query_id))

    await eventually(told, within_seconds=20, reason=f"an answer to {odd}")
    body_text = (await jisi.answers(query_id))[0]
    assert json.loads(body_text)["query_id"] == query_id
    assert json.loads(body_text)["status"] in ("completed", "failed")
    assert json.loads(body_text)["metadata"].keys() == metadata.keys() or "\0" in metadata


@pytest.mark.parametrize(("since_now_ms", "status"), [(-(10**12), "failed"), (3_000_000, "completed")])
async def test_a_clock_that_is_wrong_costs_nobody_anything(jisi: System, since_now_ms: int, status: str) -> None:
    """A record from long ago has expired; one from the future, as far as Kafka takes it, counts from now."""
    query_id, neighbour = str(uuid4()), str(uuid4())
    moment = int(time.time() * 1000) + since_now_ms
    async with jisi.kafka.producer() as producer:
        for one, timestamp in ((query_id, moment), (neighbour, None)):
            body = json.dumps({"query": TRAINS, "query_id": one}).encode()
            await producer.send(jisi.topics.queries, body, timestamp_ms=timestamp, partition=0)

    assert (await jisi.answer(neighbour)).status == "completed"
    answer = await jisi.answer(query_id)
    assert answer.status == status
    assert answer.timings.answered_ms >= 0


async def test_a_cancellation_of_an_impossible_id_is_dead_lettered(jisi: System) -> None:
    """An id that cannot be stored names no query."""
    mark = str(uuid4())
    await jisi.publish_json({"cancel": f"{mark}\0"})
    await jisi.publish_json({"cancel": f"{mark}\ud800"})

    letters = await letters_of(jisi, mark, least=2)
    assert {letter["dlq-code"] for letter in letters} == {b"malformed_query"}


async def test_events_of_unknown_queries_are_harmless(jisi: System) -> None:
    """A well-formed internal event about a query that is not there changes nothing."""
    stranger = str(uuid4())
    topics: Topics = jisi.topics
    events = {
        topics.generation: {"query": stranger, "model": "ada", "wave": 1},
        topics.responses: {"query": stranger, "model": "ada", "wave": 1},
        topics.candidates: {"query": stranger},
        topics.aggregation: {"query": stranger},
    }
    before = [len(await jisi.dead_letters(topic)) for topic in events]
    for topic, event in events.items():
        await jisi.publish(json.dumps(event).encode(), topic=topic)
    assert (await jisi.ask(TRAINS)).status == "completed"

    assert [len(await jisi.dead_letters(topic)) for topic in events] == before
    assert await jisi.value("select count(*) from task where query_uid = %s", stranger) == 0
