"""Response similarities: how alike are the experts' responses and theirs on the items of S (ALGORITHM.md 3)?

The response vectors stay in Postgres, where a thousand dot products cost less than reading the vectors would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from psycopg import AsyncConnection, AsyncCursor


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarityQuery:
    """What one query asks of the bank."""

    item_ids: NDArray[np.int64]
    """(n,) ids of the items of S, distinct."""
    vectors: Mapping[str, NDArray[np.float32]]
    """e(response_{q,m}) by model m, unit norm; at least one."""


async def response_similarities(
    connection: AsyncConnection[Any], queries: Sequence[SimilarityQuery]
) -> list[NDArray[np.float64]]:
    """Give e(response_{q,m}) . R_{i,m} for each query as (items, models) in the order asked, NaN where there is none.

    One statement a query, all of them in one round trip. It is one scan of the primary key of `response`; the results
    come as arrays, since making a Python row of each would cost more than computing it (ENGINEERING.md 3).
    """
    cursors: list[AsyncCursor[Any]] = []
    async with connection.pipeline():
        for query in queries:
            cursor = connection.cursor(binary=True)
            await cursor.execute(_statement(len(query.vectors)), _parameters(query), prepare=True)
            cursors.append(cursor)
    return [_matrix(cursor, query) for cursor, query in zip(cursors, queries, strict=True)]


def _statement(models: int) -> str:
    """Write the statement for a number of models: their places and vectors are chosen by `case`, not out of an array.

    An array of vectors would be taken apart for every row, which doubles the time.
    """
    places = " ".join(f"when {_MODEL.format(place)} then {place}" for place in range(models))
    vectors = " ".join(f"when {_MODEL.format(place)} then %(vector_{place})s::vector" for place in range(models))
    ids = ", ".join(_MODEL.format(place) for place in range(models))
    return (
        f"select array_agg(item_id), array_agg(case model_id {places} end),"  # noqa: S608 - numbers only
        f" array_agg(-(embedding <#> (case model_id {vectors} end)))"
        f" from response where item_id = any(%(items)s::int8[]) and model_id = any(array[{ids}])"
        " and embedding is not null"
    )


_MODEL: LiteralString = "(select id from model where name = %(name_{0})s)"


def _parameters(query: SimilarityQuery) -> dict[str, Any]:
    parameters: dict[str, Any] = {"items": f"{{{','.join(map(str, query.item_ids.tolist()))}}}"}
    for place, (name, vector) in enumerate(query.vectors.items()):
        parameters[f"name_{place}"] = name
        parameters[f"vector_{place}"] = Vector(vector)
    return parameters


def _matrix(cursor: AsyncCursor[Any], query: SimilarityQuery) -> NDArray[np.float64]:
    """Place the similarities; the arrays are read as Postgres sent them."""
    matrix = np.full((len(query.item_ids), len(query.vectors)), np.nan)
    result = cursor.pgresult
    assert result is not None, "the statement gives one row"
    items, places, similarities = (result.get_value(0, column) for column in range(3))
    if items is None or places is None or similarities is None:
        return matrix
    order = np.argsort(query.item_ids)
    row = order[np.searchsorted(query.item_ids, _array(items, ">i8"), sorter=order)]
    matrix[row, _array(places, ">i4")] = _array(similarities, ">f8")
    return matrix


def _array(sent: bytes, element: str) -> NDArray[Any]:
    """Read an array without nulls in Postgres's binary form: 20 bytes of header, then length and value by turns."""
    values: NDArray[Any] = np.frombuffer(sent, np.dtype([("length", ">i4"), ("value", element)]), offset=20)["value"]
    return values
