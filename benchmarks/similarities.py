"""Time to fetch the response similarities of one query from Postgres: 400 items x 3 models out of 50,000 x 10.

`python -m benchmarks.similarities [--json FILE]`: it is what a decision needs of Postgres besides its own rows. Beside
it, in the same run: a bare round trip, the same similarities from vectors fetched into Python, and from vectors held in
memory, which a router does not hold (768 MB at this size). 16 queries at once are what a busy router asks for.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psycopg
from jisi.database import create_engine, driver_connection
from jisi.database.migrations import upgrade_async
from jisi.stack.postgres import EmbeddedPostgres
from jisi.support.similarities import SimilarityQuery, response_similarities

from benchmarks.machine import describe_machine
from benchmarks.output import add_json_option, progress, show, write_json
from benchmarks.synthetic_bank import SyntheticBank, copy_bank, random_unit_vectors

BATCH = 16
DIMENSIONS = 384
SUPPORT = 400
"""Items of S: the paper's k."""
ITEMS_OF_A_SEED = 450
WARM_UP = 5
FETCH = """
select r.item_id, m.name, r.embedding from response r join model m on m.id = r.model_id
where r.item_id = any(%s) and m.name = any(%s)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarities:
    """Medians in milliseconds."""

    items: int
    models: int
    support: int
    probes: int
    statement_ms: float
    batched_statement_ms: float
    """A query, `BATCH` of them at once."""
    round_trip_ms: float
    fetched_ms: float
    memory_ms: float

    @property
    def ratio(self) -> float:
        """Of the statement to fetching the vectors: below 1 it is right to compute them in Postgres."""
        return self.statement_ms / self.fetched_ms


async def measure(connection: psycopg.AsyncConnection[Any], bank: SyntheticBank, repetitions: int) -> Similarities:
    """Measure all ways in turn, so that whatever else the machine does slows all."""
    random = np.random.default_rng(9)
    queries = [_query(random, bank) for _ in range(BATCH)]
    held = random_unit_vectors(random, bank.items * 3, bank.seeds.shape[1]).reshape(bank.items, 3, -1)
    turn = 0

    async def bare() -> None:
        await (await connection.execute("select 1")).fetchone()

    async def one() -> None:
        await response_similarities(connection, [queries[turn % BATCH]])

    async def batch() -> None:
        await response_similarities(connection, queries)

    async def fetched() -> None:
        query = queries[turn % BATCH]
        cursor = connection.cursor(binary=True)
        await cursor.execute(FETCH, [query.item_ids.tolist(), list(query.vectors)], prepare=True)
        rows = await cursor.fetchall()
        vectors = np.array([row[2].to_numpy() for row in rows])
        _ = vectors @ next(iter(query.vectors.values()))

    async def memory() -> None:
        query = queries[turn % BATCH]
        mine = np.array(list(query.vectors.values()))
        _ = np.einsum("imd,md->im", held[query.item_ids - 1], mine)

    ways: dict[str, Callable[[], Awaitable[None]]] = {
        "bare": bare,
        "one": one,
        "batch": batch,
        "fetched": fetched,
        "memory": memory,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repetitions + WARM_UP):
        for name, way in ways.items():
            start = time.perf_counter()
            await way()
            if turn >= WARM_UP:
                times[name].append((time.perf_counter() - start) * 1000)
    middle = {name: median(values) for name, values in times.items()}
    return Similarities(
        items=bank.items,
        models=len(bank.models),
        support=SUPPORT,
        probes=3,
        statement_ms=middle["one"],
        batched_statement_ms=middle["batch"] / BATCH,
        round_trip_ms=middle["bare"],
        fetched_ms=middle["fetched"],
        memory_ms=middle["memory"],
    )


def _query(random: np.random.Generator, bank: SyntheticBank) -> SimilarityQuery:
    """Ask about the items of one seed, as a query near it would, and of three models."""
    seed = int(random.integers(len(bank.seeds)))
    places = np.arange(seed, bank.items, len(bank.seeds))[:SUPPORT]
    names = random.choice(bank.models, 3, replace=False).tolist()
    vectors = random_unit_vectors(random, 3, bank.seeds.shape[1])
    return SimilarityQuery(item_ids=places.astype(np.int64) + 1, vectors=dict(zip(names, vectors, strict=True)))


async def run(items: int, models: int, repetitions: int) -> Similarities:
    """Start Postgres, fill it and measure."""
    seeds = random_unit_vectors(np.random.default_rng(7), max(1, items // ITEMS_OF_A_SEED), DIMENSIONS)
    names = [f"model-{number}" for number in range(models)]
    bank = SyntheticBank(seeds=seeds, models=names, items=items, embedder="benchmark")
    with tempfile.TemporaryDirectory(prefix="jisi-benchmark-") as folder:
        postgres = EmbeddedPostgres(folder=Path(folder) / "postgres")
        await asyncio.to_thread(postgres.start)
        try:
            url = await asyncio.to_thread(postgres.create_database, "jisi")
            await upgrade_async(url)
            engine = create_engine(url)
            try:
                async with driver_connection(engine, autocommit=True) as connection:
                    with progress("bank", total=items) as advance:
                        await copy_bank(connection, bank, done=advance)
                    return await measure(connection, bank, repetitions)
            finally:
                await engine.dispose()
        finally:
            await asyncio.to_thread(postgres.stop)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.similarities", description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--repetitions", type=int, default=40)
    add_json_option(parser)
    given = parser.parse_args(argv)
    machine = describe_machine()
    measured = asyncio.run(run(given.items, given.models, given.repetitions))
    show(
        f"Response similarities of {measured.support} x {measured.probes} out of {measured.items:,} x"
        f" {measured.models}, medians, ms",
        ("way", "ms", "ratio to it"),
        [
            ("computed in Postgres, one query", measured.statement_ms, 1.0),
            (f"the same, {BATCH} queries at once, each", *_against(measured.batched_statement_ms, measured)),
            ("a bare round trip", *_against(measured.round_trip_ms, measured)),
            ("vectors fetched, computed in Python", *_against(measured.fetched_ms, measured)),
            ("vectors held in memory", *_against(measured.memory_ms, measured)),
        ],
    )
    write_json(given.json, {"benchmark": "similarities", "machine": machine, **asdict(measured)})
    return 0


def _against(milliseconds: float, measured: Similarities) -> tuple[float, float]:
    return milliseconds, milliseconds / measured.statement_ms


if __name__ == "__main__":
    sys.exit(main())
