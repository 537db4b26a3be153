"""A bank made of vectors and scores, copied straight into Postgres: the size of a real one, without embedding anything.

Every item lies near one of some seeds; what the models are worth differs from topic to topic, so that a query near a
seed is decided in a known way: one model far ahead is routed to, three equal ones are fused, and of four equal ones the
responses may prefer the one that was not asked yet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from jisi.support.identity import BankIdentity, publish_version, write_identity
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

NOISE = 0.3
"""Length of what is added to a seed's unit vector: items of one seed are about 0.9 alike."""
GOOD, POOR = 0.85, 0.35
"""Probability that a model is right where it is good, and elsewhere."""
EQUALS = (1, 3, 1, 3, 4)
"""How many models are good at a topic, by its number: two in five are routed, two fused, one may need a second wave."""
RESPONSE = "The response of a simulated model, about as long as an answer with its working is. " * 8
"""Its text is never read by a router; it is there so that rows are as long as real ones."""
MISSING = 0.05
"""Share of the records that are missing, as on real benchmarks."""
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticBank:
    """What is to be made."""

    seeds: Vectors
    """(S, d), of unit norm; item i lies near seed i mod S."""
    models: Sequence[str]
    items: int
    embedder: str
    """Identity of the embedder that the seeds are of."""
    topics: int = 0
    """Seed s is of topic s mod this; 0: each is one of its own."""

    def good_models(self, seed: int) -> list[int]:
        """Places of the models that are good at a seed's topic; which they are goes round."""
        topic = seed % self.topics if self.topics else seed
        return [(topic + other) % len(self.models) for other in range(EQUALS[topic % len(EQUALS)])]


def random_unit_vectors(random: np.random.Generator, count: int, dimensions: int) -> Vectors:
    """Give vectors that have nothing in common, shape (count, dimensions)."""
    vectors = random.standard_normal((count, dimensions), dtype=np.float32)
    return scaled(vectors)


def scaled(vectors: Vectors) -> Vectors:
    """Scale vectors to unit norm."""
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def near(random: np.random.Generator, centres: Vectors, noise: float = NOISE) -> Vectors:
    """Give a unit vector near each of these."""
    away = random.standard_normal(centres.shape, dtype=np.float32)
    return scaled(centres + noise / np.sqrt(np.float32(centres.shape[1])) * away)


async def copy_bank(
    connection: psycopg.AsyncConnection[Any], bank: SyntheticBank, *, done: Callable[[int], None]
) -> None:
    """Fill an empty, migrated database; `done` is called with each number of items written.

    The connection knows pgvector's types and is not in a transaction.
    """
    random = np.random.default_rng(8)
    async with connection.transaction():
        await write_identity(connection, BankIdentity(0, bank.embedder, bank.seeds.shape[1], "usage"))
        cursor = await connection.execute(
            "insert into model (name) select name from unnest(%s::text[]) with ordinality as m (name, place)"
            " order by place returning id",
            [list(bank.models)],
        )
        model_ids = [row[0] for row in await cursor.fetchall()]
        for first in range(0, bank.items, ROWS_AT_ONCE):
            numbers = np.arange(first, min(bank.items, first + ROWS_AT_ONCE))
            await _copy_items(connection, random, bank, numbers)
            await _copy_records(connection, random, bank, numbers, model_ids)
            await _copy_responses(connection, random, bank, numbers, model_ids)
            done(len(numbers))
        await publish_version(connection)
    await connection.execute("vacuum analyze item, record, response, model")


async def _copy_items(
    connection: psycopg.AsyncConnection[Any], random: np.random.Generator, bank: SyntheticBank, numbers: NDArray[Any]
) -> None:
    vectors = near(random, bank.seeds[numbers % len(bank.seeds)])
    await _copy(
        connection,
        "item (id, dataset, index, split, query, embedding, keys, digest)",
        ["int8", "text", "int8", "text", "text", "vector", "text[]", "bytea"],
        (
            (number + 1, "synthetic", number, "train", f"Synthetic query {number}.", vector, [], b"")
            for number, vector in zip(numbers.tolist(), vectors, strict=True)
        ),
    )


async def _copy_records(
    connection: psycopg.AsyncConnection[Any],
    random: np.random.Generator,
    bank: SyntheticBank,
    numbers: NDArray[Any],
    model_ids: Sequence[int],
) -> None:
    chances = np.full((len(bank.seeds), len(model_ids)), POOR)
    for seed in range(len(bank.seeds)):
        chances[seed, bank.good_models(seed)] = GOOD
    shape = (len(numbers), len(model_ids))
    scores = random.random(shape) < chances[numbers % len(bank.seeds)]
    tokens = np.round(random.lognormal(4.5, 0.7, shape)).astype(int) + 1
    there = random.random(shape) >= MISSING
    await _copy(
        connection,
        "record (item_id, model_id, score, tokens, prompt_tokens, cost)",
        ["int8", "int2", "float8", "int4", "int4", "float8"],
        (
            (int(numbers[row]) + 1, model_id, float(scores[row, column]), int(tokens[row, column]), 40, 0.0001)
            for row in range(len(numbers))
            for column, model_id in enumerate(model_ids)
            if there[row, column]
        ),
    )


async def _copy_responses(
    connection: psycopg.AsyncConnection[Any],
    random: np.random.Generator,
    bank: SyntheticBank,
    numbers: NDArray[Any],
    model_ids: Sequence[int],
) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        for number in numbers.tolist():
            centres = np.broadcast_to(bank.seeds[number % len(bank.seeds)], (len(model_ids), bank.seeds.shape[1]))
            for model_id, vector in zip(model_ids, near(random, centres, noise=1.0), strict=True):
                yield number + 1, model_id, RESPONSE, vector

    await _copy(connection, "response (item_id, model_id, text, embedding)", ["int8", "int2", "text", "vector"], rows())


async def _copy(
    connection: psycopg.AsyncConnection[Any], target: str, types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    async with connection.cursor() as cursor, cursor.copy(f"copy {target} from stdin (format binary)") as copy:
        copy.set_types(types)
        for row in rows:
            await copy.write_row(row)
