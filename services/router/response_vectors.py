"""The bank's response vectors in a router's memory, where they fit: the similarities of a query then cost no statement.

Postgres gives them too (`jisi.support.similarities`), for 2.5 ms of processor time a query, half of all that a query
costs at full load; from memory it is 0.1 ms. Both sum in float32.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from jisi.database import driver_connection, is_database_outage
from jisi.routing.arrays import Positions
from jisi.routing.bank import Bank
from jisi.support.identity import read_identity
from jisi.support.live import LiveBank
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

FOLLOW_SECONDS = 2.0
"""How often it is looked whether the bank has changed. A version is loaded when it has stood for one round: an import
announces one with every chunk."""
ITEMS_AT_ONCE = 500
"""Items whose vectors are read in one statement: some 8 MB of ten models."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """The vectors of one version of the bank."""

    version: int
    models: Mapping[str, int]
    """Places in `vectors`."""
    vectors: NDArray[np.float32]
    """(models, items, d), the items in the bank's order; NaN where a response has no vector."""


class ResponseVectors:
    """Holds the vectors of the bank's current version; `run` is one of the process's background loops."""

    def __init__(self, *, engine: AsyncEngine, bank: LiveBank, most_bytes: int) -> None:
        """Nothing is held before `refresh`; a bank whose vectors take more than `most_bytes` never is."""
        self._engine = engine
        self._bank = bank
        self._most_bytes = most_bytes
        self._held: _Held | None = None
        self._seen = -1
        self._log = logging.getLogger(__name__)

    def similarities(
        self, version: int, positions: Positions, vectors: Mapping[str, NDArray[np.float32]]
    ) -> NDArray[np.float64] | None:
        """Give e(response_{q,m}) . R_{i,m} as (items, models) in the order asked, NaN where there is none.

        `positions` are rows of the bank of that version; None: its vectors are not at hand.
        """
        held = self._held
        if held is None or held.version != version:
            return None
        matrix = np.full((len(positions), len(vectors)), np.nan)
        for column, (model, vector) in enumerate(vectors.items()):
            if model in held.models:
                matrix[:, column] = held.vectors[held.models[model]][positions] @ vector
        return matrix

    async def refresh(self, *, at_once: bool = False) -> None:
        """Load the vectors of a version that is not held and has stood for a round, or `at_once`."""
        version, bank = self._bank.current
        if self._held is not None and self._held.version == version:
            return
        stands, self._seen = self._seen == version, version
        if not (stands or at_once) or self._size(bank) > self._most_bytes:
            return
        self._held = await self._load(version, bank)

    async def run(self) -> None:
        """Follow the bank until cancelled, through any outage of Postgres."""
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.refresh()
            except Exception as error:
                if not is_database_outage(error):
                    raise
                self._log.warning("the bank's response vectors cannot be read: %s", error)

    @staticmethod
    def _size(bank: Bank) -> int:
        return 4 * len(bank.models) * len(bank) * bank.dimensions

    async def _load(self, version: int, bank: Bank) -> _Held | None:
        """Read all vectors as of one version; None where another one has come meanwhile."""
        vectors = np.full((len(bank.models), len(bank), bank.dimensions), np.nan, np.float32)
        async with driver_connection(self._engine, autocommit=True) as connection, connection.transaction():
            await connection.execute("set transaction isolation level repeatable read, read only")
            if (await read_identity(connection)).version != version:
                return None
            columns = await _columns(connection, bank)
            for first in range(0, len(bank), ITEMS_AT_ONCE):
                ids = bank.item_ids[first : first + ITEMS_AT_ONCE]
                cursor = connection.cursor(binary=True)
                await cursor.execute(_VECTORS, [int(ids[0]), int(ids[-1])])
                read = await cursor.fetchone()
                if read is not None and read[0] is not None:
                    await asyncio.to_thread(_place, vectors, bank, columns, *read)
        return _Held(version, {model: place for place, model in enumerate(bank.models)}, vectors)


_VECTORS = """
select string_agg(int8send(item_id), ''), string_agg(int2send(model_id), ''), string_agg(vector_send(embedding), '')
from response where item_id between %s and %s and embedding is not null"""


async def _columns(connection: psycopg.AsyncConnection[Any], bank: Bank) -> NDArray[np.int64]:
    """Give the place among the bank's models of each model id; -1: none of them."""
    ids = dict(await (await connection.execute("select name, id from model")).fetchall())
    columns = np.full(max(ids.values(), default=0) + 1, -1, np.int64)
    for place, model in enumerate(bank.models):
        columns[ids[model]] = place
    return columns


def _place(
    vectors: NDArray[np.float32], bank: Bank, columns: NDArray[np.int64], ids: bytes, models: bytes, sent: bytes
) -> None:
    """Put vectors as Postgres sent them into their places; those of test items have none."""
    rows = np.searchsorted(bank.item_ids, np.frombuffer(ids, ">i8"))
    known = bank.item_ids[np.minimum(rows, len(bank) - 1)] == np.frombuffer(ids, ">i8")
    places = columns[np.frombuffer(models, ">i2")]
    known &= places >= 0
    vector = np.dtype([("dimensions", ">i2"), ("unused", ">i2"), ("numbers", ">f4", (bank.dimensions,))])
    vectors[places[known], rows[known]] = np.frombuffer(sent, vector)["numbers"][known]
