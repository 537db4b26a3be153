"""The whole system on one machine: Kafka and Postgres, schema and topics, services, all under one supervisor."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from jisi.artefacts import DiskFullError, weights_folder
from jisi.errors import JisiError
from jisi.messaging.connection import KafkaConnection, KafkaSecurity
from jisi.messaging.settings import TopicSettings
from jisi.stack.folder import DataFolder, StackState
from jisi.stack.kafka import START_WITHIN_SECONDS as KAFKA_WITHIN_SECONDS
from jisi.stack.kafka import EmbeddedKafka, fetch_kafka
from jisi.stack.postgres import START_WITHIN_SECONDS as POSTGRES_WITHIN_SECONDS
from jisi.stack.postgres import EmbeddedPostgres
from jisi.stack.process import ProcessSpec, ProcessState, port_is_open
from jisi.stack.restarts import RestartPolicy
from jisi.stack.services import SERVICES, ExtraProcess, Service, extra_spec, service_specs
from jisi.stack.settings import StackSettings
from jisi.stack.supervisor import Supervisor, together

_DATABASE = "jisi"
_OF_ONE_BROKER = {"replication": 1, "min_insync": None}
"""The embedded Kafka has one node: copies are settings for clusters."""


class Stack:
    """A running stack, as an async context manager: `async with Stack(settings) as stack`.

    Entering starts what is not given by address, applies migrations, makes topics, and returns when every service is
    ready; leaving stops services, extra processes, Kafka and Postgres, in this order. Data stays in the data folder.
    Everything that can go wrong with the machine is a `JisiError` whose text is a sentence.
    """

    def __init__(
        self,
        settings: StackSettings,
        *,
        services: Sequence[Service] = SERVICES,
        extra_processes: Sequence[ExtraProcess] = (),
        env: Mapping[str, str] | None = None,
        policy: RestartPolicy | None = None,
        on_change: Callable[[ProcessState], None] = lambda _: None,
    ) -> None:
        """Nothing happens before entering. `env` is added to the environment of every service."""
        self.settings = settings
        self.kafka = settings.kafka or ""
        self.database_url = ""
        """Of Postgres itself, also where the services go through a pooler."""
        self._services = services
        self._extras = extra_processes
        self._env = dict(env or {})
        self._policy = policy
        self._on_change = on_change
        self._folder = DataFolder(settings.data)
        self._ready = False
        self._lock: int | None = None
        self._supervisor: Supervisor | None = None

    @property
    def kafka_connection(self) -> KafkaConnection:
        """Where Kafka is and how it is reached: the embedded one without encryption, on the loopback interface."""
        return KafkaConnection(self.kafka, self.settings.security if self.settings.kafka else KafkaSecurity())

    @property
    def processes(self) -> list[ProcessState]:
        """What runs, in the order of its start."""
        return [] if self._supervisor is None else self._supervisor.processes

    async def __aenter__(self) -> Self:
        self._lock = await asyncio.to_thread(self._folder.claim)
        self._supervisor = Supervisor(policy=self._policy, on_change=self._changed, held_descriptors=(self._lock,))
        try:
            if not self.settings.kafka:
                await asyncio.to_thread(fetch_kafka)
            await together(self._start_postgres(), self._start_kafka(), self._fetch_weights())
            await self._start_services()
            self._ready = True
            self._write_state()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def run(self) -> None:
        """Wait until the process is told to end (SIGTERM, SIGHUP), or raise when a process of the stack is given up.

        Ctrl-C cancels the main task, as asyncio has it; leaving the context then stops the stack.
        """
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        orders = (signal.SIGTERM, signal.SIGHUP)
        for number in orders:
            loop.add_signal_handler(number, told.set)
        failing = asyncio.create_task(self.failure())
        ending = asyncio.create_task(told.wait())
        try:
            await asyncio.wait([failing, ending], return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                raise failing.result()
        finally:
            failing.cancel()
            ending.cancel()
            for number in orders:
                loop.remove_signal_handler(number)

    async def failure(self) -> JisiError:
        """Wait until a process has died too often to be started again, and give the reason."""
        return await self._supervised().failure()

    async def kill(self, name: str, replica: int = 1) -> None:
        """Kill a process (`kafka`, `postgres`, a service) as a crash would; it is restarted."""
        await self._supervised().kill(name, replica)

    async def until_ready(self, name: str, replica: int = 1) -> ProcessState:
        """Wait until a process is (again) ready; the caller sets the deadline."""
        return await self._supervised().until_ready(name, replica)

    def _supervised(self) -> Supervisor:
        if self._supervisor is None:
            raise RuntimeError("The stack is not running: use it as `async with Stack(...) as stack`.")
        return self._supervisor

    async def _start_postgres(self) -> None:
        """Start Postgres unless its address is given, then bring the schema up to date."""
        if not self.settings.database_url:
            postgres = EmbeddedPostgres(
                folder=self._folder.path / "postgres",
                port=self.settings.postgres_port,
                log_file=self._folder.logs / "postgres.log",
            )

            async def is_ready() -> bool:
                return await asyncio.to_thread(postgres.is_ready)

            spec = ProcessSpec(
                name="postgres",
                port=postgres.port,
                prepare=postgres.prepare,
                is_ready=is_ready,
                ready_within_seconds=POSTGRES_WITHIN_SECONDS,
            )
            await self._supervised().start([spec])
            self.database_url = await asyncio.to_thread(postgres.create_database, _DATABASE)
        else:
            self.database_url = await asyncio.to_thread(_session_url, self.settings)
        await asyncio.to_thread(_migrate, self.database_url)

    async def _start_kafka(self) -> None:
        """Start Kafka unless its address is given, then make the topics."""
        loading = asyncio.ensure_future(asyncio.to_thread(_load_create_topics))
        if not self.settings.kafka:
            kafka = EmbeddedKafka(
                folder=self._folder.path / "kafka",
                port=self.settings.kafka_port,
                log_file=self._folder.logs / "kafka.log",
            )
            self.kafka = kafka.address
            spec = ProcessSpec(
                name="kafka",
                port=kafka.port,
                prepare=kafka.prepare,
                is_ready=port_is_open(kafka.port),
                ready_within_seconds=KAFKA_WITHIN_SECONDS,
            )
            await self._supervised().start([spec])
        create_topics = await loading
        shape = TopicSettings()
        if not self.settings.kafka:
            shape = shape.model_copy(update=_OF_ONE_BROKER)
        await create_topics(self.kafka_connection, prefix=self.settings.topic_prefix, **shape.model_dump())

    async def _fetch_weights(self) -> None:
        """Fetch what the services would otherwise wait for: a slow network is no slow start."""
        if any(service.embeds for service in self._services):
            await asyncio.to_thread(_fetch_weights)

    async def _start_services(self) -> None:
        """Start the services, and what else was asked for, at the same time but as a layer below them."""
        logs, folder = self._folder.logs, Path.cwd()
        env = self._environment()
        extras = [extra_spec(extra, env=env, logs=logs, folder=folder) for extra in self._extras]
        services = [
            spec
            for service in self._services
            for spec in service_specs(
                service, replicas=self.settings.replicas.get(service.name, 1), env=env, logs=logs, folder=folder
            )
        ]
        await together(self._supervised().start(extras), self._supervised().start(services))

    def _environment(self) -> dict[str, str]:
        """What every service is told of the stack it belongs to."""
        given = self.settings if self.settings.database_url else None
        told = {
            "JISI_KAFKA": self.kafka,
            **self.kafka_connection.security.variables(),
            "JISI_DATABASE_URL": (given and given.database_url) or self.database_url,
            "JISI_DATABASE_POOLED": str(given is not None and given.database_pooled).lower(),
            "JISI_DATABASE_DIRECT_URL": (given and given.database_direct_url) or "",
            "JISI_TOPIC_PREFIX": self.settings.topic_prefix,
            "JISI_DATA": str(self._folder.path),
        }
        if self.settings.pool is not None:
            told["JISI_POOL"] = str(self.settings.pool.expanduser().resolve())
        return told | self._env

    def _changed(self, state: ProcessState) -> None:
        with contextlib.suppress(DiskFullError):  # the note of what runs matters less than that it runs, and ends
            self._write_state()
        self._on_change(state)

    def _write_state(self) -> None:
        pool = self.settings.pool
        self._folder.write_state(
            StackState(
                supervisor_pid=os.getpid(),
                ready=self._ready,
                kafka=self.kafka,
                kafka_protocol=self.kafka_connection.security.protocol,
                database_url=self.database_url,
                topic_prefix=self.settings.topic_prefix,
                pool=None if pool is None else str(pool),
                processes=tuple(self.processes),
            )
        )

    async def _stop(self) -> None:
        if self._supervisor is not None:
            await self._supervisor.stop()
            self._supervisor = None
        if self._lock is not None:
            self._folder.forget_state()
            os.close(self._lock)
            self._lock = None


def _session_url(settings: StackSettings) -> str:
    """Give the address of the Postgres that is given, past its pooler if it has one."""
    from jisi.database import DatabaseAddress  # noqa: PLC0415 - in a thread, with SQLAlchemy, as below

    return DatabaseAddress(
        settings.database_url or "", settings.database_pooled, settings.database_direct_url
    ).session_url


def _migrate(database_url: str) -> None:
    """Bring the schema up to date; in a thread, with the import of SQLAlchemy and Alembic, while Kafka starts."""
    from jisi.database import DatabaseUnavailableError, is_database_outage  # noqa: PLC0415
    from jisi.database.migrations import upgrade  # noqa: PLC0415

    try:
        upgrade(database_url)
    except Exception as error:
        reason = getattr(error, "orig", error)
        told = str(reason).partition("\n")[0]
        if isinstance(reason, psycopg.errors.DiskFull):
            raise DiskFullError(f"The disk of Postgres is full: free some space. {told}") from error
        if not is_database_outage(error):
            raise
        raise DatabaseUnavailableError(
            f"Postgres cannot be reached to bring its schema up to date: check JISI_DATABASE_URL. {told}"
        ) from error


def _load_create_topics() -> Callable[..., Awaitable[None]]:
    """Import the Kafka client, in a thread, while Kafka starts."""
    from jisi.messaging.topics import create_topics  # noqa: PLC0415

    return create_topics


def _fetch_weights() -> None:
    """Fetch the default embedder's weights, if that is the one chosen."""
    from jisi.embedding.settings import EmbedderSettings  # noqa: PLC0415 - loads ONNX Runtime, in the meantime

    settings = EmbedderSettings()
    if settings.kind == "minilm" and settings.model_folder is None:
        weights_folder()
