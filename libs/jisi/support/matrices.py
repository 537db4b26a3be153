"""The bank as matrices: read from Postgres as a few long byte strings that numpy takes apart.

Half a million rows fetched one by one keep the client busy for seconds. Strung together by Postgres, 50,000 items and
ten models each are in memory in half a second, most of it Postgres's and the network's.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection, AsyncCursor

from jisi.routing.bank import Bank
from jisi.support.identity import BankIdentity, read_identity

_IDS_AT_ONCE = 16_384
"""Item ids read by one statement: 25 MB of vectors, far below the gigabyte that a value may have."""

_VECTOR_HEADER = [("dimensions", ">i2"), ("unused", ">i2")]
"""What stands before the numbers of a vector as Postgres sends it."""


@dataclass(frozen=True, slots=True)
class StoredBank:
    """The bank of one version, its description beside it."""

    identity: BankIdentity
    bank: Bank


@dataclass(frozen=True, slots=True)
class _ModelColumns:
    """All records of one model, as bytes: item ids (int8), scores (float8, NaN where none), tokens (int4, -1)."""

    name: str
    items: bytes
    scores: bytes
    tokens: bytes


async def load_bank(connection: AsyncConnection[Any], *, dimensions: int) -> StoredBank:
    """Read all items of the split `train`, with every model's scores and tokens, as of one version.

    Test items may be stored, but are never evidence: a router that looked up the questions it is measured on would know
    their answers. `dimensions` is the width of the matrix where the bank is empty. The connection must not be in a
    transaction; parsing runs in a thread. Raises ValueError where the bank holds vectors of several lengths.
    """
    async with connection.transaction():
        # One snapshot for all statements: the version read is the version of what is read.
        await connection.execute("set transaction isolation level repeatable read, read only")
        identity = await read_identity(connection)
        items = await _read_items(connection)
        models = await _read_models(connection)
    bank = await asyncio.to_thread(_assemble, items, models, identity.dimensions or dimensions)
    return StoredBank(identity=identity, bank=bank)


async def _read_items(connection: AsyncConnection[Any]) -> list[tuple[bytes, bytes]]:
    """Read ids and vectors, some thousand items a pair of byte strings, in no order within it."""
    cursor = await connection.execute("select min(id), max(id) from item where split = 'train'")
    bounds = await cursor.fetchone()
    if bounds is None or bounds[0] is None:
        return []
    first, last = bounds
    cursors: list[AsyncCursor[Any]] = []
    async with connection.pipeline():
        for start in range(first, last + 1, _IDS_AT_ONCE):
            cursor = connection.cursor(binary=True)
            await cursor.execute(_ITEMS, (start, start + _IDS_AT_ONCE))
            cursors.append(cursor)
    return [(row[0], row[1]) for cursor in cursors for row in await cursor.fetchall() if row[0] is not None]


async def _read_models(connection: AsyncConnection[Any]) -> list[_ModelColumns]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(_MODELS)
    return [_ModelColumns(*row) for row in await cursor.fetchall()]


_ITEMS = """
select string_agg(int8send(id), ''), string_agg(vector_send(embedding), '')
from item where split = 'train' and id >= %s and id < %s"""

_MODELS = """
select name, coalesce(items, ''), coalesce(scores, ''), coalesce(tokens, '')
from model left join (
    select model_id, string_agg(int8send(item_id), '') as items,
        string_agg(float8send(coalesce(score, 'NaN')), '') as scores,
        string_agg(int4send(coalesce(tokens, -1)), '') as tokens
    from record group by model_id
) as recorded on model_id = id order by id"""


def _assemble(items: list[tuple[bytes, bytes]], models: list[_ModelColumns], dimensions: int) -> Bank:
    item_ids = np.frombuffer(b"".join(ids for ids, _ in items), ">i8").astype(np.int64)
    embeddings = _vectors([vectors for _, vectors in items], len(item_ids), dimensions)
    if (np.diff(item_ids) < 0).any():
        order = np.argsort(item_ids)
        item_ids, embeddings = item_ids[order], embeddings[order]
    scores = np.full((len(item_ids), len(models)), np.nan)
    tokens = np.full((len(item_ids), len(models)), np.nan)
    for column, model in enumerate(models):
        at = np.frombuffer(model.items, ">i8").astype(np.int64)
        row = np.searchsorted(item_ids, at)
        known = np.flatnonzero(np.append(item_ids, -1)[row] == at)  # a record of a test item has no row
        counted = np.frombuffer(model.tokens, ">i4")[known].astype(np.float64)
        scores[row[known], column] = np.frombuffer(model.scores, ">f8")[known]
        tokens[row[known], column] = np.where(counted < 0, np.nan, counted)
    return Bank(
        item_ids=item_ids,
        embeddings=embeddings,
        scores=scores,
        tokens=tokens,
        models=tuple(model.name for model in models),
    )


def _vectors(parts: list[bytes], count: int, dimensions: int) -> NDArray[np.float32]:
    """Read vectors, each a header and its numbers; raises ValueError when one has another length."""
    vector = np.dtype([*_VECTOR_HEADER, ("numbers", ">f4", (dimensions,))])
    made = np.empty((count, dimensions), np.float32)
    start = 0
    for part in parts:
        if len(part) % vector.itemsize:
            raise ValueError("the bank holds vectors of different lengths")
        read = np.frombuffer(part, vector)
        if (read["dimensions"] != dimensions).any():
            raise ValueError(f"the bank holds vectors that have not its {dimensions} dimensions")
        made[start : start + len(read)] = read["numbers"]
        start += len(read)
    return made
