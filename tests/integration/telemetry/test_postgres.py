"""Spans go to Postgres and come back as they were, through outages, and are deleted by age."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest
from jisi.database import create_engine
from jisi.telemetry import ChatRequest, ChatResult, TelemetrySettings, carrier_of, create_tracing, prune_spans
from jisi.telemetry.delivery import BATCH_SIZE
from jisi.telemetry.spans import Span
from jisi.telemetry.spantree import read_span_tree
from jisi.telemetry.tracing import Tracing
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.telemetry.relay import relay_to
from tests.support.waiting import eventually

SETTINGS = TelemetrySettings(span_delay_seconds=0.01)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the test's database."""
    engine = create_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def tracing(database_url: str) -> AsyncIterator[Tracing]:
    """Give a tracing that keeps its spans in the test's database."""
    tracing = create_tracing("router", "router-1", SETTINGS, database_url)
    yield tracing
    await tracing.aclose()


async def rows(url: str, columns: LiteralString = "name") -> list[tuple[Any, ...]]:
    """Read the table of spans."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(f"select {columns} from span order by started_at")
        return await cursor.fetchall()


async def flush(tracing: Tracing) -> None:
    """Wait until the spans are written, without blocking the loop that carries them."""
    assert await asyncio.to_thread(tracing.flush, 10)


async def test_span_comes_back_as_it_was(tracing: Tracing, database_url: str) -> None:
    """Every column holds what the span was, times to the nanosecond, texts but for what Postgres cannot hold."""
    other = tracing.stage("other", None)
    attributes = {"text": 'tab\t, newline\n, "quotes", \\backslash\\N, ü 😀', "bad": "\x00\ud800", "list": ["a", "b"]}
    span = tracing.stage(
        "na\tme\\N\n",
        f"00-{'ab' * 16}-{'cd' * 8}-01",
        links=[carrier_of(other)],
        attributes=attributes,
        started_at=1_700_000_000_123_456_789,
    )
    tracing.end(span, "refused", ended_at=1_700_000_000_223_456_790)
    await flush(tracing)

    (actual,) = await rows(database_url, "*")
    assert actual == (
        "ab" * 16,
        span.span_id,
        "cd" * 8,
        "na\tme\\N\n",
        "INTERNAL",
        "router",
        "router-1",
        1_700_000_000_123_456_789,
        1_700_000_000_223_456_790,
        "error",
        attributes | {"bad": "\ufffd?", "error.type": "refused"},
        [carrier_of(other)],
    )


async def test_shared_and_own_attributes_are_both_there(tracing: Tracing, database_url: str) -> None:
    """What is encoded once for many spans and what is a span's own meet in one object, whichever is empty."""
    both = tracing.produce("t", "key", None)
    shared_alone = tracing.produce("t", None, None)
    neither = tracing.stage("jisi.plan", None)
    for span in (both, shared_alone, neither):
        tracing.end(span)
    await flush(tracing)

    actual = dict(await rows(database_url, "span_id, attributes"))
    shared = shared_alone.fixed.values
    assert actual == {
        both.span_id: shared | {"messaging.kafka.message.key": "key"},
        shared_alone.span_id: shared,
        neither.span_id: {},
    }


async def test_spans_are_seen_soon_without_a_flush(tracing: Tracing, database_url: str) -> None:
    """`jisi why` right after an answer finds the trace."""
    tracing.end(tracing.stage("jisi.plan", None))

    async def written() -> bool:
        return await rows(database_url) == [("jisi.plan",)]

    await eventually(written, within_seconds=10)


async def test_two_services_make_one_tree(tracing: Tracing, database_url: str, engine: AsyncEngine) -> None:
    """A trace that ran through messages is read back as one tree over its services."""
    generator = create_tracing("generator", "generator-1", SETTINGS, database_url)
    root = tracing.stage("jisi.plan", None)
    sent = tracing.produce("jisi.generation.v1", "q", root)
    request = ChatRequest(model="m", pool_model="m", kind="expert")
    calls = [generator.chat(request, carrier_of(sent)) for _ in range(2)]
    for call in calls:
        generator.end_chat(call, ChatResult(input_tokens=1, output_tokens=2))
    refined = tracing.stage("jisi.refine", root, links=[carrier_of(call) for call in calls])
    for span in (sent, refined, root):
        tracing.end(span)
    await flush(tracing)
    await generator.aclose()

    (tree,) = await read_span_tree(engine, root.trace_id)
    first, second = tree.children
    assert (tree.name, first.name, second.name) == ("jisi.plan", "send jisi.generation.v1", "jisi.refine")
    assert [(child.name, child.service) for child in first.children] == 2 * [("chat m", "generator")]
    assert second.links == tuple(call.span_id for call in calls)
    assert await read_span_tree(engine, "0" * 32) == ()


async def test_large_burst_loses_nothing(tracing: Tracing, database_url: str) -> None:
    """More spans than go into one statement all arrive, once."""
    spans = [tracing.stage("jisi.plan", None) for _ in range(2 * BATCH_SIZE + 7)]
    for span in spans:
        tracing.end(span)
    await tracing.aclose()

    actual = await rows(database_url, "span_id")
    assert sorted(actual) == sorted((span.span_id,) for span in spans)


async def test_outage_is_survived(database_url: str) -> None:
    """Spans ended while Postgres is away wait, and are written once it is back; the service notices nothing."""
    async with relay_to(database_url) as relay:
        tracing = create_tracing("router", "router-1", SETTINGS, relay.url)
        tracing.end(tracing.stage("before", None))
        await flush(tracing)
        await relay.cut()
        tracing.end(tracing.stage("during", None))
        assert not await asyncio.to_thread(tracing.flush, 0.1)
        await relay.join()
        tracing.end(tracing.stage("after", None))
        await flush(tracing)
        await tracing.aclose()

    assert await rows(database_url) == [("before",), ("during",), ("after",)]
    assert tracing.dropped == {"postgres": 0}


async def test_postgres_down_costs_spans_alone() -> None:
    """With no Postgres at all spans are started and ended as ever, and in the end each is counted as lost."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens: connections are refused
        settings = TelemetrySettings(span_delay_seconds=0.01, span_queue=100)
        url = f"postgresql://jisi@127.0.0.1:{unused.getsockname()[1]}/jisi"
        tracing = create_tracing("router", "router-1", settings, url)
        for _ in range(500):
            root = tracing.stage("jisi.plan", None)
            tracing.end(tracing.produce("t", "q", root))
            tracing.end(root)

        assert tracing.dropped["postgres"] > 0
        await tracing.aclose()
    assert tracing.dropped == {"postgres": 1000}


async def test_missing_table_costs_spans_alone(tracing: Tracing, database_url: str) -> None:
    """A statement Postgres refuses loses and counts its spans, and the next ones get through."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("alter table span rename to gone")
        tracing.end(tracing.stage("lost", None))
        await flush(tracing)
        await connection.execute("alter table gone rename to span")
    tracing.end(tracing.stage("kept", None))
    await flush(tracing)

    assert tracing.dropped == {"postgres": 1}
    assert await rows(database_url) == [("kept",)]


async def test_spans_in_postgres_can_be_switched_off(database_url: str) -> None:
    """Without the switch no span is written, and none is counted as lost."""
    tracing = create_tracing("router", "router-1", TelemetrySettings(spans_in_postgres=False), database_url)
    tracing.end(tracing.stage("jisi.plan", None))
    await tracing.aclose()

    assert await rows(database_url) == []
    assert tracing.dropped == {}


async def test_old_spans_are_deleted(
    tracing: Tracing, database_url: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly the spans begun longer ago than the age go, however many batches that takes."""
    monkeypatch.setattr("jisi.telemetry.postgres.PRUNE_ROWS", 3)
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def aged(hours: float) -> Span:
        began = int((now - timedelta(hours=hours)).timestamp() * 1_000_000_000)
        return tracing.stage(f"{hours}", None, started_at=began)

    for hours in (*(80 + number for number in range(7)), 72.1, 71.9, 1):
        tracing.end(aged(hours))
    await flush(tracing)

    assert await prune_spans(engine, timedelta(hours=72), now=now) == 8
    assert await rows(database_url) == [("71.9",), ("1",)]
    assert await prune_spans(engine, timedelta(hours=72), now=now) == 0


async def test_pruning_counts_from_now(tracing: Tracing, database_url: str, engine: AsyncEngine) -> None:
    """Without a time given, age is counted from the present."""
    tracing.end(tracing.stage("old", None, started_at=time.time_ns() - 3_700 * 1_000_000_000))
    tracing.end(tracing.stage("new", None))
    await flush(tracing)

    assert await prune_spans(engine, timedelta(hours=1)) == 1
    assert await rows(database_url) == [("new",)]
