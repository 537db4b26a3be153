"""The applied pool: versions, and every replica following."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from jisi.database import Notifications
from jisi.llm import tables
from jisi.llm.spec import ModelLimits, ModelSpec, Pool, Sampling
from jisi.llm.store import LivePool, NoPoolError, UnknownPoolVersionError, apply_pool, newest_pool, pool_at
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.waiting import eventually


def _model(name: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        base_url="http://host/v1",
        model="m",
        prompt_price=0.1,
        completion_price=1e-7,
        sampling=Sampling(temperature=0.6),
        limits=ModelLimits(concurrency=3),
        extra_body={"a": {"b": [1, 2.5, None]}},
    )


def _pool(*names: str) -> Pool:
    return Pool(models=tuple(map(_model, names)))


@asynccontextmanager
async def _running(*coroutines: asyncio.Task[None]) -> AsyncIterator[Sequence[asyncio.Task[None]]]:
    try:
        yield coroutines
    finally:
        for task in coroutines:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_versions(engine: AsyncEngine) -> None:
    """Each change is a version of its own that stays readable; the same pool again is no change."""
    with pytest.raises(NoPoolError, match="jisi pool apply"):
        await newest_pool(engine)
    first, second = _pool("b", "a"), _pool("a")

    assert await apply_pool(engine, first) == 1
    assert await apply_pool(engine, first) == 1
    assert await apply_pool(engine, second) == 2
    assert await apply_pool(engine, first) == 3
    assert await newest_pool(engine) == (3, first)
    assert await pool_at(engine, 2) == second
    with pytest.raises(UnknownPoolVersionError, match="version 9"):
        await pool_at(engine, 9)


async def test_two_at_once(engine: AsyncEngine) -> None:
    """Pools applied at the same moment get versions one after the other."""
    pools = [_pool(f"m{number}") for number in range(8)]
    versions = await asyncio.gather(*(apply_pool(engine, pool) for pool in pools))

    assert sorted(versions) == list(range(1, 9))


async def test_a_field_of_a_newer_version_is_passed_over(engine: AsyncEngine) -> None:
    """While a deployment rolls on, older replicas read what newer ones have written."""
    await apply_pool(engine, _pool("a"))
    stored = _model("b").model_dump(mode="json") | {"invented": 1, "limits": {"concurrency": 2, "invented": 2}}
    async with engine.begin() as connection:
        await connection.execute(sa.insert(tables.pool).values(version=2, default_model="b", models=[stored]))
    version, pool = await newest_pool(engine)

    assert version == 2
    assert pool.models[0].limits.concurrency == 2


async def test_a_live_pool_follows(engine: AsyncEngine, database_url: str) -> None:
    """Told by a notification, replicas have a change within moments, and older versions stay at hand."""
    notifications = Notifications(database_url)
    live = LivePool(engine, notifications=notifications)
    changes: list[int] = []
    live.on_change(lambda: changes.append(live.current[0]))
    with pytest.raises(NoPoolError):
        _ = live.current
    async with _running(asyncio.create_task(notifications.run()), asyncio.create_task(live.run())):
        await notifications.listening()
        await apply_pool(engine, _pool("a"))
        await eventually(lambda: live.current == (1, _pool("a")), within_seconds=1.5)
        await apply_pool(engine, _pool("a", "b"))
        await eventually(lambda: live.current == (2, _pool("a", "b")), within_seconds=1.5)

    assert changes == [1, 2]
    assert await live.pool_at(2) is live.current[1]
    assert await live.pool_at(1) == _pool("a")
    assert await live.pool_at(1) is await live.pool_at(1)


async def test_a_missed_notification_is_made_up_for(engine: AsyncEngine) -> None:
    """Without notifications a change arrives by polling, within the five seconds that are promised."""
    await apply_pool(engine, _pool("a"))
    live = LivePool(engine)
    await live.load()
    async with _running(asyncio.create_task(live.run())):
        await apply_pool(engine, _pool("b"))
        await eventually(lambda: live.current[0] == 2, within_seconds=5)
