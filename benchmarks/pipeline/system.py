"""The system that is measured: embedded Kafka and Postgres, the four services, the endpoint stub, a synthetic bank."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

from jisi.database import create_engine, driver_connection
from jisi.embedding import Embedder, EmbedderSettings, create_embedder
from jisi.llm.pool import load_pool
from jisi.llm.store import apply_pool
from jisi.simulate.bank import fresh_questions
from jisi.simulate.models import MODELS
from jisi.simulate.pool_file import simulated_pool_toml
from jisi.simulate.tasks.catalogue import KINDS
from jisi.stack.ports import free_port
from jisi.stack.services import SERVICES, ExtraProcess, Service
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.output import note, progress
from benchmarks.pipeline.hash_embedder import HashEmbedder
from benchmarks.pipeline.router import SEEDS_VARIABLE
from benchmarks.synthetic_bank import SyntheticBank, Vectors, copy_bank

ITEMS_OF_A_SEED = 450
"""A few more than k, so that S is the items of one seed."""
SEEDS_EMBEDDED = 280
"""Questions that are embedded to make a bank around: twenty of each kind."""
QUESTIONS = 4_000
"""Different questions asked; then they are asked again, under new ids."""
SEED_OF_SEEDS, SEED_OF_QUESTIONS = 11, 12


@dataclass(frozen=True, slots=True)
class System:
    """What runs."""

    stacks: tuple[Stack, Stack]
    engine: AsyncEngine
    kafka: str
    folder: Path

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        states = (state for stack in self.stacks for state in stack.processes)
        return {state.name: state.pid for state in states if state.pid is not None}


@asynccontextmanager
async def system(*, items: int, embeds: bool, characters: int = 0) -> AsyncIterator[System]:
    """Start everything with bank and pool applied; stop it afterwards.

    With `embeds` the default embedder is in the router, and the bank is made around the vectors of questions like those
    asked; without, both are made of checksums. Responses have at least so many `characters`.
    """
    seeds = max(1, items // ITEMS_OF_A_SEED)
    embedder = create_embedder(EmbedderSettings()) if embeds else HashEmbedder(seeds)
    with tempfile.TemporaryDirectory(prefix="jisi-benchmark-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        note("starting Kafka and Postgres")
        embedded = StackSettings(kafka=None, database_url=None, kafka_port=0, postgres_port=0)
        async with Stack(embedded.model_copy(update={"data": folder / "servers"}), services=()) as servers:
            engine = create_engine(servers.database_url, pool_size=2, application_name="benchmark")
            try:
                await _fill(engine, embedder, items)
                await embedder.close()
                stub = _stub(characters)
                async with _services(servers, folder, engine, stub, seeds=seeds, embeds=embeds) as services:
                    yield System((servers, services), engine, servers.kafka, folder / "services")
            finally:
                await engine.dispose()


@asynccontextmanager
async def _services(
    servers: Stack, folder: Path, engine: AsyncEngine, stub: ExtraProcess, *, seeds: int, embeds: bool
) -> AsyncIterator[Stack]:
    pool_file = folder / "pool.toml"
    pool_file.write_text(simulated_pool_toml(f"http://127.0.0.1:{stub.port}/v1"))
    await apply_pool(engine, load_pool(pool_file))
    router = Service(name="router", module="benchmarks.pipeline.router")
    settings = StackSettings(kafka=servers.kafka, database_url=servers.database_url, data=folder / "services")
    note("starting the services")
    async with Stack(
        settings.model_copy(update={"replicas": {}}),
        services=SERVICES if embeds else (router, *SERVICES[1:]),
        extra_processes=[stub],
        env={SEEDS_VARIABLE: str(seeds)},
    ) as services:
        yield services


def _stub(characters: int) -> ExtraProcess:
    """Give the endpoint that answers at once."""
    port = free_port()
    module = "benchmarks.pipeline.stub" if characters else "jisi.simulate"
    simulated = ("simulated", "--port", str(port), "--zero-latency")
    arguments = (str(port), str(characters)) if characters else simulated
    return ExtraProcess(name="stub", module=module, port=port, arguments=arguments, health_path="/health")


async def _fill(engine: AsyncEngine, embedder: Embedder, items: int) -> None:
    vectors: Vectors
    topics = 0
    if isinstance(embedder, HashEmbedder):
        vectors = embedder.seeds
    else:
        vectors = await embedder.embed([text for text, _ in fresh_questions(SEEDS_EMBEDDED, SEED_OF_SEEDS)])
        topics = len(KINDS)  # fresh questions are of each kind in turn
    models = [model.name for model in MODELS]
    bank = SyntheticBank(seeds=vectors, models=models, items=items, embedder=embedder.identity, topics=topics)
    async with driver_connection(engine, autocommit=True) as connection:
        with progress("bank", total=items) as advance:
            await copy_bank(connection, bank, done=advance)


def questions() -> Iterator[str]:
    """Give texts of simulated questions, without an end."""
    texts = [text for text, _ in fresh_questions(QUESTIONS, SEED_OF_QUESTIONS)]
    return chain.from_iterable(repeat(texts))
