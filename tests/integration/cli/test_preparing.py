"""What `jisi up` does before it says ready: pool and bank."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jisi.cli.pool_source import PoolSource, last_choice
from jisi.cli.preparing import prepare
from jisi.database import create_engine, driver_connection
from jisi.llm.spec import ModelSpec, Pool
from jisi.llm.store import apply_pool, newest_pool
from jisi.simulate.models import MODEL_BY_NAME
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.cli.reporting import reporting
from tests.support.waiting import eventually

OWN = ModelSpec(name="own", base_url="http://127.0.0.1:9/v1", model="own-1", prompt_price=1, completion_price=1)
SIMULATED = PoolSource(kind="simulated", chosen=False, port=20_001)

_FOREIGN_ITEM = """
insert into item (dataset, index, split, query, embedding, keys, digest)
values ('mine', 1, 'train', 'x', '[1, 0]', '{}', '')"""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database whose bank is somebody's own, so that no generated bank belongs there."""
    engine = create_engine(database_url)
    async with driver_connection(engine, autocommit=True) as connection:
        await connection.execute(_FOREIGN_ITEM)
    yield engine
    await engine.dispose()


async def test_simulated_pool(engine: AsyncEngine, database_url: str, tmp_path: Path) -> None:
    """The simulated models are applied where nothing was, and again without a change; somebody's bank stays alone."""
    said: list[str] = []
    await prepare(database_url, tmp_path, SIMULATED, processes=tuple, say=said.append)
    first = await newest_pool(engine)
    await prepare(database_url, tmp_path, SIMULATED, processes=tuple, say=said.append)
    second = await newest_pool(engine)
    async with driver_connection(engine, autocommit=True) as connection:
        cursor = await connection.execute("select dataset from item")
        datasets = await cursor.fetchall()

    assert set(first[1].by_name) == set(MODEL_BY_NAME)
    assert {model.base_url for model in first[1].models} == {SIMULATED.base_url}
    assert second == first
    assert len(said) == 1
    assert datasets == [("mine",)]
    assert last_choice(tmp_path).port == SIMULATED.port


async def test_it_is_done_when_every_service_uses_the_pool(
    engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    """The end is not before each service says that it uses the pool that was applied."""
    async with reporting("generator", pool_version=None) as generator:
        preparing = asyncio.create_task(
            prepare(database_url, tmp_path, SIMULATED, processes=lambda: [generator.state], say=lambda _: None)
        )
        await eventually(lambda: generator.asked > 1, within_seconds=20)
        assert not preparing.done()

        generator.report["pool_version"] = (await newest_pool(engine))[0]
        await asyncio.wait_for(preparing, 20)


async def test_own_pool_is_kept(engine: AsyncEngine, database_url: str, tmp_path: Path) -> None:
    """A pool that was applied by hand is not replaced by default, but is when the simulated models are asked for."""
    said: list[str] = []
    await apply_pool(engine, Pool(models=(OWN,)))
    await prepare(database_url, tmp_path, SIMULATED, processes=tuple, say=said.append)
    kept = await newest_pool(engine)
    remembered = last_choice(tmp_path).kind
    asked_for = PoolSource(kind="simulated", chosen=True, port=20_001)
    await prepare(database_url, tmp_path, asked_for, processes=tuple, say=said.append)
    replaced = await newest_pool(engine)

    assert set(kept[1].by_name) == {"own"}
    assert "is kept" in said[0]
    assert remembered == "applied"
    assert set(replaced[1].by_name) == set(MODEL_BY_NAME)
