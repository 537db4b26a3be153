"""Response similarities from Postgres against the same computed here."""

import numpy as np
import pytest
from jisi.database import driver_connection
from jisi.embedding.protocol import Embedder
from jisi.support.describe import Result, describe
from jisi.support.similarities import SimilarityQuery, response_similarities
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import line
from tests.integration.support.conftest import Fill

ITEMS = 5


@pytest.fixture
async def item_ids(engine: AsyncEngine, fill: Fill) -> NDArray[np.int64]:
    """Give the ids of five stored items, in item order."""
    await fill([line(number) for number in range(ITEMS)])
    async with driver_connection(engine) as connection:
        cursor = await connection.execute("select id from item order by id")
        return np.array([row[0] for row in await cursor.fetchall()], dtype=np.int64)


async def test_several_queries_at_once(engine: AsyncEngine, embedder: Embedder, item_ids: NDArray[np.int64]) -> None:
    """Each query has its own items, in its own order, and its own models; missing and unusable ones are NaN."""
    asked, first, second, missing = await embedder.embed(["the response", "4", "9", "anything"])
    some = item_ids[[3, 0, 4]]
    queries = [
        SimilarityQuery(item_ids=some, vectors={"beta": first, "alpha": asked}),
        SimilarityQuery(item_ids=np.array([*item_ids, 10**9]), vectors={"alpha": second}),
        SimilarityQuery(item_ids=some, vectors={"gamma": missing, "unheard of": missing}),
    ]

    async with driver_connection(engine) as connection:
        results = await response_similarities(connection, queries)

    alpha = await embedder.embed([f"{2 * number}" for number in range(ITEMS)])
    beta = await embedder.embed([f"{2 * number + 1}" for number in range(ITEMS)])
    assert [result.dtype for result in results] == [np.dtype(np.float64)] * 3
    np.testing.assert_allclose(
        results[0], np.stack([beta[[3, 0, 4]] @ first, alpha[[3, 0, 4]] @ asked], axis=1), rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(results[1], [*([x] for x in alpha @ second), [np.nan]], rtol=0, atol=1e-6)
    assert np.isnan(results[2]).all()


async def test_no_item_and_no_query(engine: AsyncEngine, embedder: Embedder, item_ids: NDArray[np.int64]) -> None:
    """Nothing asked is nothing answered, in the right shape."""
    vector = (await embedder.embed(["x"]))[0]
    none = SimilarityQuery(item_ids=item_ids[:0], vectors={"alpha": vector})

    async with driver_connection(engine) as connection:
        results = await response_similarities(connection, [none])

        assert [result.shape for result in results] == [(0, 1)]
        assert await response_similarities(connection, []) == []


async def test_it_is_an_index_scan(engine: AsyncEngine, embedder: Embedder, fill: Fill) -> None:
    """Prepared or not, Postgres looks the rows up by key rather than read all responses."""
    texts = {"alpha": "4", "beta": "5", "gamma": "6"}
    await fill([line(number, query="the same", raw_output=texts) for number in range(600)])
    vector = (await embedder.embed(["x"]))[0]
    async with driver_connection(engine) as connection:
        for first in range(8):
            query = SimilarityQuery(item_ids=np.arange(first, first + 9), vectors=dict.fromkeys(texts, vector))
            await response_similarities(connection, [query])
        cursor = await connection.execute(
            "select seq_scan, idx_scan > 0 from pg_stat_xact_user_tables where relname = 'response'"
        )

        assert await cursor.fetchone() == (0, True)


async def test_describe(engine: AsyncEngine, item_ids: NDArray[np.int64]) -> None:
    """Neighbours come with their texts and results, in the order asked; an item no longer there is left out."""
    async with driver_connection(engine) as connection:
        found = await describe(connection, [int(item_ids[2]), 10**9, int(item_ids[0])])

    assert [item.query for item in found] == ["What is 2 plus 2?", "What is 0 plus 0?"]
    assert (found[0].dataset, found[0].index, found[0].split, found[0].gt) == ("sums", 2, "train", "4")
    assert found[0].results == {
        "alpha": Result(score=1.0, tokens=5, cost=0.25),
        "beta": Result(score=0.0, tokens=40, cost=0.5),
        "gamma": Result(score=None, tokens=None, cost=None),
    }
