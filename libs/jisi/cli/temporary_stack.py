"""A stack for one run only: a database and topics of its own, on given servers or on embedded ones, gone afterwards."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from psycopg import sql

from jisi.contracts.topics import Topics
from jisi.database import driver_url
from jisi.database.migrations import upgrade_async
from jisi.messaging.connection import KafkaConnection
from jisi.stack.process import ProcessState
from jisi.stack.services import ExtraProcess
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Kafka and Postgres, and what is ours there."""

    kafka: KafkaConnection
    database_url: str
    """Of Postgres itself: a pooler knows nothing of a database that was just made."""
    prefix: str


@asynccontextmanager
async def own_servers(folder: Path, *, on_change: Callable[[ProcessState], None]) -> AsyncIterator[Servers]:
    """Give a migrated database and a topic prefix that nobody else uses; both are removed afterwards.

    They are on the servers of `JISI_KAFKA` and `JISI_DATABASE_URL`; what is not given is embedded, on free ports.
    """
    settings = StackSettings(data=folder / "servers", kafka_port=0, postgres_port=0)
    name = f"jisi_{uuid.uuid4().hex[:10]}"
    prefix = f"{name}."
    async with AsyncExitStack() as cleanup:
        stack = await cleanup.enter_async_context(Stack(settings, services=(), on_change=on_change))
        await asyncio.to_thread(_create_database, stack.database_url, name)
        cleanup.push_async_callback(asyncio.to_thread, _drop_database, stack.database_url, name)
        if settings.kafka:
            cleanup.push_async_callback(_delete_topics, stack.kafka_connection, Topics(prefix).all)
        database_url = urlsplit(driver_url(stack.database_url))._replace(path=f"/{name}").geturl()
        await upgrade_async(database_url)
        yield Servers(kafka=stack.kafka_connection, database_url=database_url, prefix=prefix)


def services_on(
    servers: Servers,
    folder: Path,
    *,
    processes: Sequence[ExtraProcess],
    replicas: dict[str, int],
    on_change: Callable[[ProcessState], None],
) -> Stack:
    """Give the services, to be entered, on these servers."""
    settings = StackSettings(
        data=folder / "services",
        kafka=servers.kafka.servers,
        security=servers.kafka.security,
        database_url=servers.database_url,
        database_pooled=False,
        database_direct_url=None,
        topic_prefix=servers.prefix,
        replicas=replicas,
    )
    return Stack(settings, extra_processes=processes, on_change=on_change)


@asynccontextmanager
async def temporary_folder() -> AsyncIterator[Path]:
    """Give a folder that is removed afterwards, whatever lies in it and whoever owns it."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="jisi-"))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def keeping_logs(stack: Stack, folder: Path | None) -> AsyncIterator[None]:
    """Copy the stack's logs into the folder, if one is given, once it has stopped, however it ended."""
    try:
        yield
    finally:
        if folder is not None:
            logs = stack.settings.data / "logs"
            await asyncio.to_thread(shutil.copytree, logs, folder, dirs_exist_ok=True)


def _create_database(url: str, name: str) -> None:
    _run(url, sql.SQL("create database {}").format(sql.Identifier(name)))


def _drop_database(url: str, name: str) -> None:
    with suppress(psycopg.OperationalError):  # the server is gone, and the database with it
        _run(url, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _run(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        connection.execute(statement)


async def _delete_topics(kafka: KafkaConnection, topics: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(**kafka.options())
    with suppress(KafkaError):
        try:
            await admin.start()
            await admin.delete_topics(list(topics))
        finally:
            await admin.close()
