"""The bank in memory, and how it follows the one in Postgres."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest
from jisi.database import Notifications, create_engine, driver_connection
from jisi.embedding.protocol import Embedder
from jisi.support.identity import BankMismatchError
from jisi.support.live import LiveBank
from jisi.support.removal import clear_bank, remove_model
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import WatchedEmbedder, line
from tests.integration.support.conftest import Fill
from tests.support.waiting import eventually


@asynccontextmanager
async def running(live: LiveBank, notifications: Notifications | None) -> AsyncIterator[None]:
    """Run the background loops of a replica."""
    tasks = [asyncio.create_task(live.run())]
    if notifications is not None:
        tasks.append(asyncio.create_task(notifications.run()))
        await notifications.listening()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def shows(live: LiveBank, items: int) -> Callable[[], bool]:
    """Make the condition that a replica has so many items."""
    return lambda: len(live.current[1]) == items


def knows(live: LiveBank, *models: str) -> Callable[[], bool]:
    """Make the condition that a replica has records of just these models."""
    return lambda: live.current[1].models == models


async def test_the_matrices(engine: AsyncEngine, embedder: Embedder, fill: Fill, database_url: str) -> None:
    """Items of the split train in item order, every model a column, NaN where nothing is recorded."""
    await fill([line(5), line(2), line(9, split="test"), line(1, records={"delta": 0.5}, usages={})])

    version, bank = (
        await LiveBank.open(engine=engine, embedder=embedder, notifications=Notifications(database_url))
    ).current

    expected = await embedder.embed(["What is 5 plus 5?", "What is 2 plus 2?", "What is 1 plus 1?"])
    assert version == 1
    assert list(bank.item_ids) == sorted(bank.item_ids)
    assert bank.models == ("alpha", "beta", "gamma", "delta")
    np.testing.assert_array_equal(bank.embeddings, expected)
    nan = np.nan
    np.testing.assert_array_equal(bank.scores, [[1, 0, nan, nan], [1, 0, nan, nan], [nan, nan, nan, 0.5]])
    np.testing.assert_array_equal(bank.tokens, [[8, 40, nan, nan], [5, 40, nan, nan], [nan] * 4])


async def test_an_empty_bank(engine: AsyncEngine, embedder: Embedder, database_url: str) -> None:
    """A router starts before any import, with matrices of the right width."""
    live = await LiveBank.open(engine=engine, embedder=embedder, notifications=Notifications(database_url))

    version, bank = live.current

    assert (version, len(bank), bank.dimensions, bank.models) == (0, 0, embedder.dimensions, ())


async def test_all_replicas_see_a_change_within_five_seconds(
    engine: AsyncEngine, embedder: Embedder, fill: Fill, database_url: str
) -> None:
    """An import and a removal reach every replica, one that hears no notification too; earlier versions stay."""
    await fill([line(0)])
    async with AsyncExitStack() as stack:
        replicas: list[LiveBank] = []
        for hears in (True, True, False):
            own = create_engine(database_url)
            stack.push_async_callback(own.dispose)
            notifications = Notifications(database_url)
            live = await LiveBank.open(engine=own, embedder=embedder, notifications=notifications)
            await stack.enter_async_context(running(live, notifications if hears else None))
            replicas.append(live)
        first = [live.current for live in replicas]

        await fill([line(0), line(1)])
        await asyncio.gather(*(eventually(shows(live, 2), within_seconds=5) for live in replicas))
        async with driver_connection(engine, autocommit=True) as connection:
            await remove_model(connection, "alpha")
        await asyncio.gather(*(eventually(knows(live, "beta", "gamma"), within_seconds=5) for live in replicas))

        for live, (version, bank) in zip(replicas, first, strict=True):
            assert live.at(version) is bank
            assert live.at(live.current[0]) is live.current[1]
            assert live.at(99) is None


async def test_earlier_versions_are_kept_within_bounds(
    engine: AsyncEngine, embedder: Embedder, fill: Fill, database_url: str
) -> None:
    """Those that fit the memory for them stay; with room for none, the last one does all the same."""
    replicas = [
        await LiveBank.open(
            engine=engine, embedder=embedder, notifications=Notifications(database_url), kept_bytes=kept_bytes
        )
        for kept_bytes in (0, _bytes_of(2) + _bytes_of(3), 10**9)
    ]
    for items in (1, 2, 3, 4):
        await fill([line(number) for number in range(items)])
        assert all([await live.refresh() for live in replicas])

    held = [[version for version in range(4) if live.at(version) is not None] for live in replicas]

    assert held == [[3], [2, 3], [0, 1, 2, 3]]


def _bytes_of(items: int) -> int:
    """Give the size of the matrices of so many items and three models."""
    return items * (4 * 384 + 2 * 3 * 8)


async def test_nothing_new_is_nothing_loaded(
    engine: AsyncEngine, embedder: Embedder, fill: Fill, database_url: str
) -> None:
    """A poll that finds the same version leaves the matrices alone."""
    await fill([line(0)])
    live = await LiveBank.open(engine=engine, embedder=embedder, notifications=Notifications(database_url))
    before = live.current

    assert not await live.refresh()
    assert live.current[1] is before[1]


async def test_a_bank_of_another_embedder_is_refused(
    engine: AsyncEngine, embedder: Embedder, fill: Fill, database_url: str
) -> None:
    """A router does not start on it, and one that runs ends when the bank is made anew by another embedder."""
    other = WatchedEmbedder(embedder, identity="other")
    live = await LiveBank.open(engine=engine, embedder=embedder, notifications=Notifications(database_url))
    await fill([line(0)], using=other)

    with pytest.raises(BankMismatchError, match="was embedded with other"):
        await LiveBank.open(engine=engine, embedder=embedder, notifications=Notifications(database_url))
    with pytest.raises(BankMismatchError, match="was embedded with other"):
        await asyncio.wait_for(live.run(), timeout=5)


async def test_a_cleared_bank_takes_another_embedder(engine: AsyncEngine, embedder: Embedder, fill: Fill) -> None:
    """After `clear` the bank belongs to nobody."""
    await fill([line(0)], token_basis="visible")
    async with driver_connection(engine, autocommit=True) as connection:
        assert await clear_bank(connection) == 1

    report = await fill([line(0)], using=WatchedEmbedder(embedder, identity="other"), token_basis="usage")

    assert (report.added, report.version) == (1, 3)
