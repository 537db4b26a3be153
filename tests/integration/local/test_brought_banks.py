"""Which bank goes into the bank of a stack: that of the pool we bring, where there is nothing of the user's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jisi.cli import brought_banks
from jisi.cli.brought_banks import import_brought_bank
from jisi.database import create_engine, driver_connection
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.local.small_bank import write_small_bank

_ITEM = """
insert into item (dataset, index, split, query, embedding, keys, digest)
values (%s, 1, 'train', 'x', '[1, 0]', '{}', '')"""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An empty bank."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Number of items of the small bank, in the place of the shipped one."""
    file = tmp_path / "bank.jsonl"
    items = write_small_bank(file)
    monkeypatch.setattr(brought_banks, "shipped_bank", lambda: file)
    return items


async def _datasets(engine: AsyncEngine) -> dict[str, int]:
    async with driver_connection(engine, autocommit=True) as connection:
        cursor = await connection.execute("select dataset, count(*) from item group by dataset")
        return dict(await cursor.fetchall())


async def _put(engine: AsyncEngine, dataset: str, model: str | None = None) -> None:
    async with driver_connection(engine, autocommit=True) as connection:
        await connection.execute(_ITEM, (dataset,))
        if model is not None:
            await connection.execute("insert into model (name) values (%s)", (model,))


async def test_an_empty_bank_is_filled_once(engine: AsyncEngine, tmp_path: Path, shipped: int) -> None:
    """The local bank goes into an empty bank; the second time there is nothing to do."""
    first = await import_brought_bank(engine, tmp_path, "local", say=lambda _: None)
    second = await import_brought_bank(engine, tmp_path, "local", say=lambda _: None)

    assert (first, second) == (True, False)
    assert await _datasets(engine) == {"local-facts": shipped}


async def test_the_bank_of_the_other_pool_gives_way(engine: AsyncEngine, tmp_path: Path, shipped: int) -> None:
    """Simulated items would stand among the nearest and say nothing of the local models: they go, and it is said."""
    said: list[str] = []
    await _put(engine, "simulated-sums", "simulated-mite-1b")
    await import_brought_bank(engine, tmp_path, "local", say=said.append)

    assert await _datasets(engine) == {"local-facts": shipped}
    assert "gives way: 1 items" in said[0]


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(("dataset", "model"), [("mine", None), ("simulated-sums", "my-own-model")])
async def test_what_is_the_users_own_stays(
    engine: AsyncEngine, tmp_path: Path, dataset: str, model: str | None
) -> None:
    """A bank with items, or with records of models, that are not ours is left as it is."""
    await _put(engine, dataset, model)
    changed = await import_brought_bank(engine, tmp_path, "local", say=lambda _: None)

    assert not changed
    assert await _datasets(engine) == {dataset: 1}


async def test_without_a_shipped_bank(engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without the local bank leaves what is there."""
    monkeypatch.setattr(brought_banks, "shipped_bank", lambda: None)
    await _put(engine, "simulated-sums", "simulated-mite-1b")
    changed = await import_brought_bank(engine, tmp_path, "local", say=lambda _: None)

    assert not changed
    assert await _datasets(engine) == {"simulated-sums": 1}
