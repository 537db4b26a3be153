"""Writing items into the bank: one chunk, one transaction, one new version.

Hot and bulky, so it runs on the driver's own connection with binary COPY (ENGINEERING.md 3: fifteen times faster than
inserts through SQLAlchemy).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection, sql
from psycopg.types.json import Json

from jisi.contracts.texts import visible_text
from jisi.embedding.protocol import Embedder
from jisi.support.identity import BankIdentity, TokenBasis, publish_version, read_identity, write_identity
from jisi.support.lines import BankLine, ItemKey
from jisi.support.rows import extra_of, record_of

LARGEST_INLINE_DIMENSIONS = 1_900
"""A vector of four bytes a number must fit a page of 8 kB with its row to be stored in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedLine:
    """A line with its vectors; a response that is not usable has none."""

    line: BankLine
    query_vector: NDArray[np.float32]
    response_vectors: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one chunk changed, and the version that holds it."""

    version: int
    added: int
    replaced: int


async def existing_digests(connection: AsyncConnection) -> dict[ItemKey, bytes]:
    """Read what is there already, by key: an equal digest means an equal line."""
    cursor = await connection.execute("select dataset, index, split, digest from item")
    return {ItemKey(dataset, index, split): digest async for dataset, index, split, digest in cursor}


async def stored_vectors(connection: AsyncConnection, keys: Iterable[ItemKey]) -> dict[str, NDArray[np.float32]]:
    """Read the vectors of these items' present texts, by embedded text.

    A changed item is then embedded anew only where it changed.
    """
    columns = _key_columns(keys)
    vectors: dict[str, NDArray[np.float32]] = {}
    async for query, vector in await connection.execute(_QUERY_VECTORS, columns, binary=True):
        vectors[query] = vector.to_numpy()
    async for response, vector in await connection.execute(_RESPONSE_VECTORS, columns, binary=True):
        vectors[visible_text(response)] = vector.to_numpy()
    return vectors


_ITEM_IDS = """
select dataset, index, split, id from item
where (dataset, index, split) in (select * from unnest(%s::text[], %s::bigint[], %s::text[]))"""

_QUERY_VECTORS = """
select query, embedding from item
where (dataset, index, split) in (select * from unnest(%s::text[], %s::bigint[], %s::text[]))"""

_RESPONSE_VECTORS = """
select text, response.embedding from response join item on item.id = item_id
where (dataset, index, split) in (select * from unnest(%s::text[], %s::bigint[], %s::text[]))
and response.embedding is not null"""


async def write_chunk(
    connection: AsyncConnection, lines: Sequence[EmbeddedLine], *, embedder: Embedder, token_basis: TokenBasis | None
) -> Written:
    """Insert these items, or replace those there under the same key, in one transaction; keys must be distinct.

    A replaced item keeps its id, hence its place in the item order. Raises BankMismatchError when the bank meanwhile
    belongs to another embedder or token basis.
    """
    async with connection.transaction():
        await _claim(connection, embedder=embedder, token_basis=token_basis)
        models = await _model_ids(connection, dict.fromkeys(name for each in lines for name in each.line.models))
        known = await _item_ids(connection, [each.line.key for each in lines])
        await connection.execute("delete from item where id = any(%s)", (list(known.values()),))
        fresh = iter(await _new_ids(connection, len(lines) - len(known)))
        numbered = [(known[each.line.key] if each.line.key in known else next(fresh), each) for each in lines]
        await _copy_items(connection, numbered)
        await _copy_records(connection, numbered, models)
        await _copy_responses(connection, numbered, models)
        version = await publish_version(connection)
    return Written(version=version, added=len(lines) - len(known), replaced=len(known))


async def _claim(connection: AsyncConnection, *, embedder: Embedder, token_basis: TokenBasis | None) -> None:
    """Lock the bank against other writers, and make an empty one this embedder's."""
    identity = await read_identity(connection, lock=True)
    identity.require_embedder(embedder)
    identity.require_token_basis(token_basis)
    if identity.embedder is not None:
        return
    await _store_vectors(connection, inline=embedder.dimensions <= LARGEST_INLINE_DIMENSIONS)
    await write_identity(
        connection, BankIdentity(identity.version, embedder.identity, embedder.dimensions, token_basis or "usage")
    )


async def _store_vectors(connection: AsyncConnection, *, inline: bool) -> None:
    """Have the vectors stored in their rows, or where those are too long for a page, beside them."""
    letter, storage = ("p", "plain") if inline else ("e", "external")
    cursor = await connection.execute(
        "select attrelid::regclass::text from pg_attribute where attname = 'embedding' and attstorage <> %s"
        " and attrelid in ('item'::regclass, 'response'::regclass)",
        (letter,),
    )
    # Changed only where it must be: it locks out all readers for a moment.
    for (table,) in await cursor.fetchall():
        statement = sql.SQL("alter table {} alter column embedding set storage {}")
        await connection.execute(statement.format(sql.Identifier(table), sql.SQL(storage)))


async def _model_ids(connection: AsyncConnection, names: Iterable[str]) -> dict[str, int]:
    """Give the ids of these models, new ones in order of appearance."""
    wanted = list(names)
    statement = "select name, id from model where name = any(%s)"
    ids: dict[str, int] = dict(await (await connection.execute(statement, (wanted,))).fetchall())
    missing = [name for name in wanted if name not in ids]
    if missing:
        cursor = await connection.execute(
            "insert into model (name) select name from unnest(%s::text[]) with ordinality as given (name, place)"
            " order by place returning name, id",
            (missing,),
        )
        ids.update(dict(await cursor.fetchall()))
    return ids


async def _item_ids(connection: AsyncConnection, keys: Sequence[ItemKey]) -> dict[ItemKey, int]:
    cursor = await connection.execute(_ITEM_IDS, _key_columns(keys))
    return {ItemKey(dataset, index, split): number async for dataset, index, split, number in cursor}


async def _new_ids(connection: AsyncConnection, count: int) -> list[int]:
    cursor = await connection.execute(
        "select nextval(pg_get_serial_sequence('item', 'id')) from generate_series(1, %s)", (count,)
    )
    return [number async for (number,) in cursor]


async def _copy_items(connection: AsyncConnection, numbered: Iterable[tuple[int, EmbeddedLine]]) -> None:
    await _copy(
        connection,
        "item (id, dataset, index, split, query, embedding, gt, extra, keys, digest)",
        ["int8", "text", "int8", "text", "text", "vector", "json", "json", "text[]", "bytea"],
        (
            (
                number,
                each.line.key.dataset,
                each.line.key.index,
                each.line.key.split,
                each.line.query,
                each.query_vector,
                Json(each.line.content["gt"]) if "gt" in each.line.content else None,
                _json(extra_of(each.line)),
                list(each.line.content),
                each.line.digest(),
            )
            for number, each in numbered
        ),
    )


async def _copy_records(
    connection: AsyncConnection, numbered: Iterable[tuple[int, EmbeddedLine]], models: Mapping[str, int]
) -> None:
    await _copy(
        connection,
        "record (item_id, model_id, score, tokens, prompt_tokens, cost, source)",
        ["int8", "int2", "float8", "int4", "int4", "float8", "json"],
        (
            (number, models[name], row.score, row.tokens, row.prompt_tokens, row.cost, _json(row.source))
            for number, each in numbered
            for name in each.line.models
            if (row := record_of(each.line, name)) is not None
        ),
    )


async def _copy_responses(
    connection: AsyncConnection, numbered: Iterable[tuple[int, EmbeddedLine]], models: Mapping[str, int]
) -> None:
    await _copy(
        connection,
        "response (item_id, model_id, text, embedding)",
        ["int8", "int2", "text", "vector"],
        (
            (number, models[name], text, each.response_vectors.get(name))
            for number, each in numbered
            for name, text in each.line.responses.items()
        ),
    )


async def _copy(connection: AsyncConnection, target: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    async with connection.cursor() as cursor, cursor.copy(f"copy {target} from stdin (format binary)") as copy:
        copy.set_types(types)
        for row in rows:
            await copy.write_row(row)


def _key_columns(keys: Iterable[ItemKey]) -> tuple[list[str], list[int], list[str]]:
    """Give keys as three arrays."""
    listed = list(keys)
    return [key.dataset for key in listed], [key.index for key in listed], [key.split for key in listed]


def _json(value: Mapping[str, Any] | None) -> Json | None:
    return None if value is None else Json(value)
