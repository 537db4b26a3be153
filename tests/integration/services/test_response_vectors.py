"""Response vectors in a router's memory give what Postgres gives, of the version that was asked for."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from jisi.database import Notifications, create_engine, driver_connection
from jisi.support.identity import publish_version
from jisi.support.live import LiveBank
from jisi.support.similarities import SimilarityQuery, response_similarities
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.synthetic_bank import SyntheticBank, copy_bank, random_unit_vectors
from services.router.response_vectors import ResponseVectors
from tests.integration.support.banks import RandomEmbedder

MODELS = ("ada", "bea", "cid", "dot")
ITEMS, DIMENSIONS = 700, 16
MEMORY = 4 * len(MODELS) * ITEMS * DIMENSIONS
"""Bytes that the vectors of the bank take."""


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a bank with some responses missing, and a test item that is no evidence."""
    made = create_engine(database_url)
    seeds = random_unit_vectors(np.random.default_rng(1), 5, DIMENSIONS)
    bank = SyntheticBank(seeds=seeds, models=MODELS, items=ITEMS, embedder=f"random-{DIMENSIONS}")
    async with driver_connection(made, autocommit=True) as connection:
        await copy_bank(connection, bank, done=lambda _: None)
        await connection.execute("delete from response where item_id % 7 = 0 and model_id = 1")
        await connection.execute("update response set embedding = null where item_id % 5 = 0 and model_id = 2")
        await connection.execute("update item set split = 'test' where id = 600")
        await publish_version(connection)
    yield made
    await made.dispose()


@pytest_asyncio.fixture
async def bank(engine: AsyncEngine, database_url: str) -> LiveBank:
    """The bank in memory."""
    embedder = RandomEmbedder(dimensions=DIMENSIONS)
    return await LiveBank.open(engine=engine, embedder=embedder, notifications=Notifications(database_url))


def asked() -> dict[str, NDArray[np.float32]]:
    """Responses of three models of the bank, not in its order, and of one that it does not know."""
    names = ("cid", "ada", "bea", "unheard of")
    return dict(zip(names, random_unit_vectors(np.random.default_rng(2), len(names), DIMENSIONS), strict=True))


async def test_they_are_those_of_postgres(engine: AsyncEngine, bank: LiveBank) -> None:
    """For every item, with the same ones missing."""
    version, matrices = bank.current
    vectors = ResponseVectors(engine=engine, bank=bank, most_bytes=MEMORY)
    await vectors.refresh(at_once=True)
    positions = np.random.default_rng(3).permutation(len(matrices))

    held = vectors.similarities(version, positions, asked())

    async with driver_connection(engine) as connection:
        query = SimilarityQuery(item_ids=matrices.item_ids[positions], vectors=asked())
        (stored,) = await response_similarities(connection, [query])
    assert len(matrices) == ITEMS - 1
    assert held is not None
    np.testing.assert_allclose(held, stored, rtol=0, atol=1e-6)
    assert 0 < np.isnan(held[:, :3]).sum() < held[:, :3].size


async def test_another_version_is_loaded_once_it_stands(engine: AsyncEngine, bank: LiveBank) -> None:
    """Until then nothing of it is given, nor anything older; and a changed response is seen."""
    vectors = ResponseVectors(engine=engine, bank=bank, most_bytes=MEMORY)
    await vectors.refresh(at_once=True)
    async with driver_connection(engine, autocommit=True) as connection:
        await connection.execute("update response set embedding = null where model_id = 3")
        await publish_version(connection)
    await bank.refresh()
    version, matrices = bank.current
    positions = np.arange(len(matrices))

    await vectors.refresh()
    assert vectors.similarities(version, positions, asked()) is None
    await vectors.refresh()
    held = vectors.similarities(version, positions, asked())

    assert held is not None
    assert np.isnan(held[:, 0]).all()
    assert not np.isnan(held[:, 1]).all()
    assert vectors.similarities(version - 1, positions, asked()) is None


@pytest.mark.parametrize("change", ["too large", "changed meanwhile"])
async def test_what_is_not_at_hand_is_left_to_postgres(engine: AsyncEngine, bank: LiveBank, change: str) -> None:
    """A bank that takes too much memory, or one that is already another."""
    version, matrices = bank.current
    if change == "changed meanwhile":
        async with driver_connection(engine, autocommit=True) as connection:
            await publish_version(connection)
    most = MEMORY // 2 if change == "too large" else MEMORY
    vectors = ResponseVectors(engine=engine, bank=bank, most_bytes=most)
    await vectors.refresh(at_once=True)

    assert vectors.similarities(version, np.arange(len(matrices)), asked()) is None
