"""The four services as a test runs them: in this process and loop, on real Kafka and Postgres, with a client."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from jisi.client import JisiClient
from jisi.contracts.answer import AnswerV1
from jisi.contracts.identity import query_key
from jisi.contracts.progress import ProgressV1
from jisi.contracts.topics import Service, Topics
from jisi.database import create_engine, driver_connection
from jisi.ledger.record import QueryRecord, load_record
from jisi.llm.spec import Pool
from jisi.llm.store import apply_pool
from jisi.messaging.connection import KafkaSecurity
from jisi.messaging.topics import create_topics
from jisi.runtime.application import Application
from jisi.runtime.settings import ServiceSettings
from jisi.stack.ports import free_port
from jisi.telemetry.settings import TelemetrySettings
from psycopg import sql
from pydantic import HttpUrl, SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from services.aggregator.app import create_app as create_aggregator
from services.aggregator.settings import AggregatorSettings
from services.generator.app import create_app as create_generator
from services.generator.settings import GeneratorSettings
from services.router.app import create_app as create_router
from services.router.settings import RouterSettings
from services.switch.app import create_app as create_switch
from services.switch.settings import SwitchSettings
from tests.support.kafka import KafkaTestClient
from tests.support.small_bank import ROUTING
from tests.support.waiting import eventually

ANSWER_WITHIN_SECONDS = 20.0
"""Of a query without a fault: it takes some 50 ms, but a busy machine stands still for seconds."""
START_WITHIN_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class RunningService:
    """One replica of a service."""

    service: Service
    health_port: int
    task: asyncio.Task[None]
    told: asyncio.Event

    async def ready(self, session: aiohttp.ClientSession) -> None:
        """Wait until its health says that it takes work, or it has ended: with its error, if it could not start."""

        async def is_ready() -> bool:
            async with session.get(f"http://127.0.0.1:{self.health_port}/health") as response:
                return response.status == HTTPStatus.OK

        polled = eventually(is_ready, within_seconds=START_WITHIN_SECONDS, reason=f"{self.service} is ready")
        polling = asyncio.ensure_future(polled)
        await asyncio.wait((self.task, polling), return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            polling.cancel()  # nobody answers any more
            await asyncio.gather(polling, return_exceptions=True)
            self.task.result()
        else:
            await polling

    async def stop(self) -> None:
        """Stop it as SIGTERM does."""
        self.told.set()
        await self.task


@dataclass(slots=True)
class System:
    """A whole system of one test or module."""

    kafka: KafkaTestClient
    database_url: str
    topics: Topics
    engine: AsyncEngine
    client: JisiClient
    progress: list[ProgressV1] = field(default_factory=list)
    """All that was told since the beginning."""
    running: list[RunningService] = field(default_factory=list)

    async def ask(self, query: str | Mapping[str, Any], **body: Any) -> AnswerV1:
        """Ask and wait for the answer."""
        asked = {"query": query, **body} if isinstance(query, str) else query
        return await self.client.ask(asked, timeout_seconds=ANSWER_WITHIN_SECONDS)

    async def publish(self, value: bytes | None, *, topic: str | None = None, key: bytes | None = b"k") -> None:
        """Publish a record as it is, to the queries topic unless told."""
        async with self.kafka.producer() as producer:
            await producer.send_and_wait(topic or self.topics.queries, value, key=key)

    async def publish_json(self, body: Mapping[str, Any]) -> None:
        """Publish a body to the queries topic as it is, unchecked."""
        await self.publish(json.dumps(body).encode())

    async def answer(self, query_id: str, tenant: str = "") -> AnswerV1:
        """Wait for the answer of a query that was published otherwise than by `ask`."""

        async def stored() -> str:
            statement = "select body from answer where query_uid = %s"
            return await self.value(statement, query_key(tenant, query_id)) or ""

        body = await eventually(stored, within_seconds=ANSWER_WITHIN_SECONDS, reason=f"an answer to {query_id}")
        return AnswerV1.model_validate_json(body)

    async def record(self, query_id: str, tenant: str = "") -> QueryRecord:
        """Give all that the ledger knows of a query."""
        return await load_record(self.engine, tenant, query_id)

    async def rows(self, statement: str | sql.Composed, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        async with driver_connection(self.engine, autocommit=True) as connection:
            return await (await connection.execute(statement, list(values) or None)).fetchall()

    async def value(self, statement: str | sql.Composed, *values: object) -> Any:
        """Ask the database for one value."""
        rows = await self.rows(statement, *values)
        return rows[0][0] if rows else None

    async def answers(self, query_id: str) -> list[bytes]:
        """Give all records of the answers topic about a query."""
        records = await self.kafka.records(self.topics.answers)
        return [record.value for record in records if record.key == query_id.encode()]

    async def dead_letters(self, topic: str | None = None) -> list[dict[str, bytes]]:
        """Give headers and value of all dead letters of a topic."""
        records = await self.kafka.records(self.topics.dead_letters(topic or self.topics.queries))
        return [{**dict(record.headers), "value": record.value} for record in records]

    def told(self, query_id: str, stage: str | None = None) -> list[ProgressV1]:
        """Give the steps of a query that were told so far."""
        return [step for step in self.progress if step.query_id == query_id and stage in (None, step.stage)]

    async def hears(self, query_id: str, stage: str, **detail: object) -> ProgressV1:
        """Wait until a step is told."""
        found = await eventually(
            lambda: [step for step in self.told(query_id, stage) if detail.items() <= step.detail.items()],
            within_seconds=ANSWER_WITHIN_SECONDS,
            reason=f"{stage} {detail} of {query_id}",
        )
        return found[0]

    async def listen(self) -> None:
        """Remember what is told, for as long as the system lasts."""
        async for step in self.client.progress():
            self.progress.append(step)

    async def comes_to_rest(self) -> None:
        """Wait until nothing is under way: no open query, task or record to be published."""
        statement = """
            select (select count(*) from query where state <> 'answered')
                 + (select count(*) from task where state in ('ready', 'running')) + (select count(*) from outbox)
        """

        async def at_rest() -> bool:
            return bool(await self.value(statement) == 0)

        await eventually(at_rest, within_seconds=ANSWER_WITHIN_SECONDS, reason="no open query, task or outbox row")

    def one(self, service: Service) -> RunningService:
        """Give the only replica of a service."""
        (found,) = [running for running in self.running if running.service == service]
        return found

    async def start(
        self, *services: Service, otlp_endpoint: HttpUrl | None = None, **settings: Any
    ) -> list[RunningService]:
        """Start one more replica of each service and wait until all take work; `settings` are those of the services."""
        telemetry = TelemetrySettings(span_delay_seconds=0.02, otlp_endpoint=otlp_endpoint)
        begun = [self._begin(service, {"telemetry": telemetry, **settings}) for service in services]
        self.running += begun
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(one.ready(session) for one in begun))
        return begun

    async def stop(self, *running: RunningService) -> None:
        """Stop replicas; none: all."""
        stopped = running or tuple(self.running)
        self.running = [one for one in self.running if one not in stopped]
        await asyncio.gather(*(one.stop() for one in stopped))

    def _begin(self, service: Service, settings: Mapping[str, Any]) -> RunningService:
        make, kind = _SERVICES[service]
        port = free_port()
        given: dict[str, Any] = {
            "kafka": self.kafka.address,
            "security": self.kafka.connection.security,
            "topic_prefix": self.topics.prefix,
            "database_url": SecretStr(self.database_url),
            "database_connections": 4,
            "health_port": port,
            **({"routing": ROUTING} if service == "router" else {}),
            **settings,
        }
        told = asyncio.Event()
        application = make(kind(**{name: value for name, value in given.items() if name in kind.model_fields}))
        task = asyncio.create_task(application.run(told), name=service)
        return RunningService(service, port, task, told)


_SERVICES: Mapping[Service, tuple[Callable[[Any], Application], type[ServiceSettings]]] = {
    "router": (create_router, RouterSettings),
    "generator": (create_generator, GeneratorSettings),
    "switch": (create_switch, SwitchSettings),
    "aggregator": (create_aggregator, AggregatorSettings),
}
ALL: tuple[Service, ...] = ("router", "generator", "switch", "aggregator")


@asynccontextmanager
async def system(
    kafka: str,
    database_url: str,
    prefix: str,
    pool: Pool | None,
    *,
    partitions: int = 2,
    security: KafkaSecurity | None = None,
) -> AsyncIterator[System]:
    """Make the topics, apply the pool and connect a client; services are started by the test, and stopped here."""
    engine = create_engine(database_url, pool_size=4)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        test_client = KafkaTestClient(kafka, security)
        await create_topics(test_client.connection, prefix=prefix, partitions=partitions)
        if pool is not None:
            await apply_pool(engine, pool)
        client = await stack.enter_async_context(JisiClient(kafka, prefix, security=security))
        made = System(test_client, database_url, Topics(prefix), engine, client)
        listening = asyncio.create_task(made.listen())
        stack.callback(listening.cancel)
        stack.push_async_callback(made.stop)
        yield made
