"""The whole system for one measurement: Kafka, Postgres, four services, the models, and the bank imported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jisi.cli.long_running import unless_it_fails
from jisi.cli.pool_source import PoolSource
from jisi.cli.said_import import import_files
from jisi.cli.temporary_stack import Servers, own_servers, services_on, temporary_folder
from jisi.cli.versions import Versions, stored_versions, until_used
from jisi.database import create_engine
from jisi.llm.pool import load_pool
from jisi.llm.spec import Pool
from jisi.llm.store import apply_pool
from jisi.local.pins import fetch_local_files
from jisi.local.pool_file import local_pool_toml
from jisi.stack.ports import free_port
from jisi.stack.process import ProcessState
from jisi.stack.stack import Stack

from benchmarks.local_pool.view import MeasuringView


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Who is asked, and what serves them."""

    pool_file: Path
    pool: Pool
    source: PoolSource


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All of it, running."""

    stack: Stack
    servers: Servers


@asynccontextmanager
async def models_of(pool_file: Path | None) -> AsyncIterator[Models]:
    """Give the models of a pool file, or the local ones, whose files are fetched if need be.

    Raises:
        InputError: the pool file is absent or wrong.
        Others as `fetch_local_files`.
    """
    if pool_file is not None:
        source = PoolSource(kind="file", chosen=True, file=pool_file)
        yield Models(pool_file=pool_file, pool=load_pool(pool_file), source=source)
        return
    fetch_local_files()
    async with temporary_folder() as folder:
        source = PoolSource(kind="local", chosen=True, port=free_port())
        written = folder / "pool.toml"
        written.write_text(local_pool_toml(source.base_url), encoding="utf-8")
        yield Models(pool_file=written, pool=load_pool(written), source=source)


@asynccontextmanager
async def system(bank: Path, models: Models, view: MeasuringView) -> AsyncIterator[System]:
    """Start everything, with the bank imported before any service runs; all of it is gone afterwards."""
    async with temporary_folder() as scratch, own_servers(scratch, on_change=_unseen) as servers:
        versions = await _prepare(servers, bank, models.pool, view)
        view.say("starting the services")
        stack = services_on(servers, scratch, processes=models.source.processes, replicas={}, on_change=_unseen)
        async with stack:
            await unless_it_fails(stack, until_used(lambda: stack.processes, versions))
            yield System(stack=stack, servers=servers)


async def _prepare(servers: Servers, bank: Path, pool: Pool, view: MeasuringView) -> Versions:
    engine = create_engine(servers.database_url, pool_size=2, application_name="jisi-measure")
    try:
        await apply_pool(engine, pool)
        await import_files(engine, [bank], say=view.say)
        return await stored_versions(engine)
    finally:
        await engine.dispose()


def _unseen(_: ProcessState) -> None:
    """Let the steps of a start pass: a process that is given up ends the measurement and says why."""
