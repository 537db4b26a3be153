"""The whole system as chaos meets it: real servers, the four services, a faulty simulated pool, a small bank."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from jisi.artefacts import cache_folder
from jisi.client import JisiClient
from jisi.contracts.topics import Topics
from jisi.database import create_engine
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.cached import CachedEmbedder
from jisi.llm.pool import load_pool
from jisi.llm.spec import ModelSpec, Pool, Timeouts
from jisi.llm.store import apply_pool
from jisi.simulate.bank import write_bank
from jisi.simulate.pool_file import simulated_pool_toml
from jisi.stack.ports import free_port
from jisi.stack.restarts import RestartPolicy
from jisi.stack.services import ExtraProcess
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack
from jisi.support.importing import ImportBank
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import QuietProgress
from tests.support.waiting import eventually

SEED_OF_MODELS = 1
"""Of the simulated models and the bank, which must agree; not the seed of a run: the bank's vectors are kept."""
BANK_ITEMS = 60
MODELS_LATENCIES = (
    ("simulated-atlas-400b", 500),
    ("simulated-sage-120b", 400),
    ("simulated-abacus-70b", 300),
    ("simulated-almanac-70b", 250),
    ("simulated-scribe-32b", 200),
    ("simulated-notary-32b", 200),
    ("simulated-finch-14b", 150),
    ("simulated-wren-8b", 100),
    ("simulated-pocket-3b", 80),
    ("simulated-mite-1b", 50),
)
"""Milliseconds until a simulated model has answered."""
PATIENT = RestartPolicy(most_deaths=1000)
"""These processes die by no fault of theirs, however often."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time during which a process was down, on the clock of `time.time`."""

    name: str
    began: float
    ended: float


@dataclass(slots=True)
class ChaosSystem:
    """A running system, and what was done to it."""

    stack: Stack
    engine: AsyncEngine
    endpoint: str
    """Address of the simulated pool, without /v1."""
    pool: Pool
    topics: Topics = field(default_factory=Topics)
    outages: list[Outage] = field(default_factory=list)

    def kills(self) -> dict[str, list[float]]:
        """Give, by service or server, how many seconds it took after each kill until it was ready again."""
        return {
            name: [round(one.ended - one.began, 1) for one in self.outages if one.name == name]
            for name in sorted({one.name for one in self.outages})
        }

    async def kill(self, name: str, replica: int = 1) -> None:
        """Kill a process with SIGKILL, and wait until its supervisor has it running again."""
        began = time.time()
        await self.stack.kill(name, replica)
        await self.stack.until_ready(name, replica)
        self.outages.append(Outage(name, began, time.time()))

    def pid(self, name: str, replica: int = 1) -> int:
        """Give the id of a running process."""
        pids = [one.pid for one in self.stack.processes if (one.name, one.replica) == (name, replica)]
        assert pids[0] is not None, f"{name} is down"
        return pids[0]

    async def lose_endpoints(self) -> None:
        """Have all models live where nobody listens, from now on, and wait until that is known."""

        async def is_lost() -> bool:
            body = {"query": "What is 17 + 25?", "query_id": f"lost-{uuid4()}", "deadline_ms": 4_000}
            return (await client.ask(body, timeout_seconds=30)).status == "failed"

        await apply_pool(self.engine, changed(self.pool, base_url=f"http://127.0.0.1:{free_port()}/v1"))
        async with JisiClient(self.stack.kafka) as client:
            await eventually(is_lost, within_seconds=60, interval_seconds=0.5)

    async def order_faults(self, *faults: dict[str, Any]) -> None:
        """Have the endpoint misbehave."""
        async with httpx.AsyncClient(base_url=self.endpoint) as client:
            for fault in faults:
                (await client.post("/control/faults", json=fault)).raise_for_status()

    async def reset_endpoint(self) -> None:
        """Forget faults and calls."""
        async with httpx.AsyncClient(base_url=self.endpoint) as client:
            (await client.post("/control/reset")).raise_for_status()

    async def endpoint_calls(self) -> list[dict[str, Any]]:
        """Give every call the endpoint has seen."""
        async with httpx.AsyncClient(base_url=self.endpoint) as client:
            return list((await client.get("/control/calls")).raise_for_status().json()["calls"])


@asynccontextmanager
async def chaos_system(
    folder: Path, *, replicas: dict[str, int] | None = None, silence_seconds: float = 30.0
) -> AsyncIterator[ChaosSystem]:
    """Start everything with a bank and a pool applied; stop it afterwards.

    A model that says nothing for `silence_seconds` has failed.
    """
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    latencies = [f"{name}={milliseconds}" for name, milliseconds in MODELS_LATENCIES]
    simulated = ExtraProcess(
        name="simulated",
        module="jisi.simulate",
        port=port,
        arguments=("simulated", "--port", str(port), "--seed", str(SEED_OF_MODELS), "--latency", *latencies),
        health_path="/health",
    )
    embedded = StackSettings(kafka=None, database_url=None, kafka_port=0, postgres_port=0)  # whatever tests are given
    settings = embedded.model_copy(update={"data": folder / "data", "replicas": replicas or {}})
    async with Stack(settings, extra_processes=[simulated], policy=PATIENT) as stack:
        engine = create_engine(stack.database_url)
        try:
            pool = _pool(folder, endpoint, silence_seconds)
            await apply_pool(engine, pool)
            await _import_bank(engine, folder)
            await _until_bank_is_known(stack)
            yield ChaosSystem(stack, engine, endpoint, pool)
        finally:
            await engine.dispose()


def _pool(folder: Path, endpoint: str, silence_seconds: float) -> Pool:
    """Make the simulated pool."""
    file = folder / "pool.toml"
    file.write_text(simulated_pool_toml(f"{endpoint}/v1"))
    timeouts = Timeouts(connect_seconds=2.0, chunk_seconds=silence_seconds, total_seconds=30.0)
    return changed(load_pool(file), timeouts=timeouts)


def changed(pool: Pool, **fields: Any) -> Pool:
    """Give the pool with these fields of every model changed."""
    return Pool(
        models=tuple(ModelSpec.model_validate({**model.model_dump(), **fields}) for model in pool.models),
        default_model=pool.default_model,
    )


async def _until_bank_is_known(stack: Stack) -> None:
    """Wait until queries are routed by the bank: a replica sees it within 5 s."""

    async def is_known() -> bool:
        answer = await client.ask({"query": "What is 17 + 25?", "query_id": f"warm-up-{uuid4()}"}, timeout_seconds=30)
        return "no_evidence" not in answer.degraded

    async with JisiClient(stack.kafka) as client:
        await eventually(is_known, within_seconds=60, interval_seconds=0.5)


async def _import_bank(engine: AsyncEngine, folder: Path) -> None:
    file = folder / "bank.jsonl"
    write_bank(file, items=BANK_ITEMS, seed=SEED_OF_MODELS)
    embedder = create_embedder(EmbedderSettings())
    try:
        cached = CachedEmbedder(embedder=embedder, folder=cache_folder() / "embeddings")
        await ImportBank(engine=engine, embedder=cached, progress=QuietProgress()).run([file])
    finally:
        await embedder.close()
