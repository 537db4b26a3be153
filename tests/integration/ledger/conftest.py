"""What the tests of the ledger share: a fresh database, ways to fill it, and the loops of a process."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from jisi.contracts.topics import Topics
from jisi.database import create_engine, driver_connection
from jisi.ledger.outbox import Outbox
from jisi.ledger.reconciler import Reconciler
from jisi.ledger.tasks import Kind, NewTask, Task, insert_tasks
from jisi.ledger.timers import Timers
from jisi.ledger.writer import AnswerWriter
from jisi.messaging.progress import ProgressEvents
from jisi.messaging.publisher import Publisher
from jisi.telemetry.metrics import Metrics
from jisi.telemetry.tracing import Tracing
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.kafka import KafkaTestClient

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A database, and short ways to put things into it."""

    engine: AsyncEngine

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        async with driver_connection(self.engine, autocommit=True) as connection:
            cursor = await connection.execute(statement, list(values) or None)
            return await cursor.fetchall() if cursor.description else []

    async def value(self, statement: str, *values: object) -> Any:
        """Ask the database for one value."""
        rows = await self.rows(statement, *values)
        return rows[0][0] if rows else None

    async def query(self, *, state: str = "routing", wave: Sequence[str] = (), **columns: object) -> UUID:
        """Put a query in, and its first wave where models are given."""
        uid = uuid4()
        given = {"max_calls": None, "max_cost": None, **columns}
        await self.rows(
            "insert into query (uid, tenant, query_id, body_hash, chat, mode, metadata, state, received_at,"
            " deadline_at, max_calls, max_cost) values (%s, '', %s, 'h', %s, 'auto', '{}', %s, now(),"
            " now() + interval '1 minute', %s, %s)",
            *(uid, f"query {uid}", json.dumps([{"role": "user", "content": "?"}]), state),
            *(given["max_calls"], given["max_cost"]),
        )
        if wave:
            await self.rows(
                "insert into fanin (query_uid, wave, models, expected, closes_at)"
                " values (%s, 1, %s, %s, now() + interval '30 seconds')",
                *(uid, json.dumps(list(wave)), len(wave)),
            )
        return uid

    async def respond(self, uid: UUID, model: str, *, usable: bool = True, cut_off: bool = False) -> None:
        """Put an expert's response in."""
        await self.rows(
            "insert into expert_response (query_uid, model, wave, usable, cut_off, text, reference_tokens)"
            " values (%s, %s, 1, %s, %s, %s, 1)",
            *(uid, model, usable, cut_off, f"by {model}"),
        )

    async def tasks(
        self, uid: UUID, *models: str, kind: Kind = "expert", run: bool = True, owner: str = "me"
    ) -> list[Task]:
        """Insert tasks of a query; gives those that are running."""
        wave = 1 if kind == "expert" else 0
        new = [NewTask(query_uid=uid, kind=kind, model=model, wave=wave, run=run, traceparent=None) for model in models]
        async with driver_connection(self.engine, autocommit=True) as connection:
            return (await insert_tasks(connection, new, owner=owner))[0]


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[Ledger]:
    """Give a ledger in a database of the test's own."""
    engine = create_engine(database_url, pool_size=20)
    yield Ledger(engine)
    await engine.dispose()


@dataclass(frozen=True, slots=True)
class Parts:
    """The loops of one process, as `jisi.runtime.application` wires them."""

    topics: Topics
    kafka: KafkaTestClient
    publisher: Publisher
    outbox: Outbox
    writer: AnswerWriter
    timers: Timers
    reconciler: Reconciler

    async def events(self, topic: str) -> list[dict[str, Any]]:
        """Give what a topic holds."""
        return [json.loads(record.value) for record in await self.kafka.records(topic)]


@pytest.fixture
async def make_parts(
    ledger: Ledger, kafka_client: KafkaTestClient, topic_prefix: str
) -> AsyncIterator[Callable[[], Awaitable[Parts]]]:
    """Give a function that makes the parts of one more process; they share database and topics."""
    topics, made = Topics(topic_prefix), list[Publisher]()
    await kafka_client.create_topics(topics.all)

    async def make() -> Parts:
        publisher = Publisher(kafka_client.connection)
        await publisher.start()
        made.append(publisher)
        outbox = Outbox(ledger.engine, publisher, Tracing())
        progress = ProgressEvents(publisher, topics)
        writer = AnswerWriter(
            engine=ledger.engine,
            outbox=outbox,
            publisher=publisher,
            progress=progress,
            metrics=Metrics(),
            topics=topics,
        )
        shared: dict[str, Any] = {"engine": ledger.engine, "outbox": outbox, "writer": writer, "topics": topics}
        return Parts(topics, kafka_client, publisher, outbox, writer, Timers(**shared), Reconciler(**shared))

    yield make
    for publisher in made:
        await publisher.stop()


@pytest.fixture
async def parts(make_parts: Callable[[], Awaitable[Parts]]) -> Parts:
    """Give the parts of one process."""
    return await make_parts()
