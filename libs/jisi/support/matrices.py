"""The bank as matrices: read from Postgres in one sweep, as the bytes of binary COPY that numpy takes apart.

Rows of a known width need no parsing: 50,000 items and ten models each are in memory in a third of a second, where
fetching them as Python rows takes several.
"""

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection, sql

from jisi.routing.bank import Bank
from jisi.support.identity import BankIdentity, read_identity

_HEADER_BYTES = 19
"""Signature, flags and length of the extension area, which Postgres leaves empty."""
_TRAILER_BYTES = 2

_FIELD_COUNT = ("fields", ">i2")
_RECORD_FORMAT = np.dtype(
    [
        _FIELD_COUNT,
        ("item_length", ">i4"),
        ("item", ">i8"),
        ("model_length", ">i4"),
        ("model", ">i2"),
        ("score_length", ">i4"),
        ("score", ">f8"),
        ("tokens_length", ">i4"),
        ("tokens", ">f8"),
    ]
)


@dataclass(frozen=True, slots=True)
class StoredBank:
    """The bank of one version, its description beside it."""

    identity: BankIdentity
    bank: Bank


async def load_bank(connection: AsyncConnection, *, dimensions: int) -> StoredBank:
    """Read all items of the split `train`, with every model's scores and tokens, as of one version.

    Test items may be stored, but are never evidence: a router that looked up the questions it is measured on would know
    their answers. `dimensions` is the width of the matrix where the bank is empty. The connection must not be in a
    transaction; parsing runs in a thread. Raises ValueError where the bank holds vectors of several lengths.
    """
    async with connection.transaction():
        # One snapshot for all statements: the version read is the version of what is read.
        await connection.execute("set transaction isolation level repeatable read, read only")
        identity = await read_identity(connection)
        models = await (await connection.execute("select id, name from model order by id")).fetchall()
        items = await _copy_out(connection, sql.SQL("select id, embedding from item where split = 'train' order by id"))
        records = await _copy_out(
            connection,
            sql.SQL(
                "select item_id, model_id, coalesce(score, 'NaN'), coalesce(tokens::float8, 'NaN')"
                " from record join item on id = item_id where split = 'train'"
            ),
        )
    columns = {int(number): str(name) for number, name in models}
    bank = await asyncio.to_thread(_assemble, items, records, columns, identity.dimensions or dimensions)
    return StoredBank(identity=identity, bank=bank)


async def _copy_out(connection: AsyncConnection, select: sql.SQL) -> bytes:
    statement = sql.SQL("copy ({}) to stdout (format binary)").format(select)
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join([bytes(block) async for block in copy])


def _assemble(items: bytes, records: bytes, models: dict[int, str], dimensions: int) -> Bank:
    item_rows = _rows(items, _item_format(dimensions))
    if (item_rows["dimensions"] != dimensions).any():
        raise ValueError(f"the bank holds vectors that have not its {dimensions} dimensions")
    record_rows = _rows(records, _RECORD_FORMAT)
    item_ids = item_rows["item"].astype(np.int64)
    column_of = np.full(max(models, default=0) + 1, -1, dtype=np.int64)
    column_of[list(models)] = np.arange(len(models))
    row = np.searchsorted(item_ids, record_rows["item"].astype(np.int64))
    column = column_of[record_rows["model"].astype(np.int64)]
    return Bank(
        item_ids=item_ids,
        embeddings=item_rows["embedding"].astype(np.float32),
        scores=_scattered(record_rows["score"], row, column, (len(item_ids), len(models))),
        tokens=_scattered(record_rows["tokens"], row, column, (len(item_ids), len(models))),
        models=tuple(models.values()),
    )


def _item_format(dimensions: int) -> np.dtype[np.void]:
    """Describe a row of id and vector: a vector is its number of dimensions, two bytes of padding, and the numbers."""
    return np.dtype(
        [
            _FIELD_COUNT,
            ("item_length", ">i4"),
            ("item", ">i8"),
            ("embedding_length", ">i4"),
            ("dimensions", ">i2"),
            ("unused", ">i2"),
            ("embedding", ">f4", (dimensions,)),
        ]
    )


def _rows(copied: bytes, row_format: np.dtype[np.void]) -> NDArray[np.void]:
    """View what COPY sent as rows; raises ValueError when they have another width."""
    count, left_over = divmod(len(copied) - _HEADER_BYTES - _TRAILER_BYTES, row_format.itemsize)
    if left_over:
        raise ValueError("the bank holds vectors of different lengths")
    return np.frombuffer(copied, row_format, count=count, offset=_HEADER_BYTES)


def _scattered(
    values: NDArray[np.float64], row: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    matrix = np.full(shape, np.nan)
    matrix[row, column] = values
    return matrix
