"""Limits when replicas die and Postgres is away."""

from jisi.database import create_engine
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.llm.replicas import guard, limited, living_slots, replicas
from tests.support.waiting import eventually


async def test_a_dead_replica_gives_back_by_its_lease(engine: AsyncEngine, database_url: str) -> None:
    """The share of a killed process goes to others when its lease ends, and not before."""
    await guard(engine, 3)
    spec = limited(3)
    async with replicas(engine, database_url, 2, [spec], lease_seconds=2.5) as (dying, living):
        dying.limits.waiting("m", 9)
        await eventually(lambda: dying.limits.free("m") == 3, within_seconds=10)
        assert all(dying.limits.try_acquire(spec) for _ in range(3))
        await dying.stop()
        living.limits.waiting("m", 9)
        await eventually(lambda: living.limits.free("m") == 3, within_seconds=10)

        assert dying.limits.free("m") == 0


async def test_closing_gives_back_at_once(engine: AsyncEngine, database_url: str) -> None:
    """A process that ends in order leaves its share to those who wait."""
    spec = limited(1)
    async with replicas(engine, database_url, 2, [spec]) as (ending, waiting):
        ending.limits.waiting("m", 1)
        await eventually(lambda: ending.limits.free("m") == 1, within_seconds=10)
        await ending.stop()
        waiting.limits.waiting("m", 1)
        assert waiting.limits.free("m") == 0
        await ending.limits.close()
        await eventually(lambda: waiting.limits.free("m") == 1, within_seconds=2)


async def test_without_postgres_nothing_begins(engine: AsyncEngine, database_url: str) -> None:
    """A replica that cannot renew stops beginning calls when its lease ends, and goes on when Postgres is back."""
    spec = limited(4)
    away = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    async with replicas(engine, database_url, 1, [spec, limited(name="free")], lease_seconds=2.0) as (replica,):
        limits = replica.limits
        await eventually(lambda: limits.free("m") == 4, within_seconds=10)
        limits._engine = away
        assert limits.try_acquire(spec)
        await eventually(lambda: limits.free("m") == 0, within_seconds=10)
        assert not limits.try_acquire(spec)
        assert limits.try_acquire(limited(name="free"))
        limits._engine = engine
        await eventually(lambda: limits.free("m") == 3, within_seconds=10)
        assert not any(loop.done() for loop in replica.loops)
    await away.dispose()


async def test_a_lost_share_is_not_taken_back(engine: AsyncEngine, database_url: str) -> None:
    """A replica whose lease ended while it was cut off gets no more than what is left when it returns."""
    await guard(engine, 4)
    spec = limited(4)
    async with replicas(engine, database_url, 2, [spec], lease_seconds=2.0) as (cut_off, other):
        limits = cut_off.limits
        limits.waiting("m", 4)
        await eventually(lambda: limits.free("m") == 4, within_seconds=10)
        assert all(limits.try_acquire(spec) for _ in range(4))
        away = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
        limits._engine = away
        other.limits.waiting("m", 8)
        await eventually(lambda: other.limits.free("m") == 4, within_seconds=10)
        assert all(other.limits.try_acquire(spec) for _ in range(4))
        limits._engine = engine

        async def is_back() -> bool:
            return len(await living_slots(engine)) == 2

        await eventually(is_back, within_seconds=10)
        for _ in range(4):
            limits.release("m")
            assert limits.free("m") == 0
        assert not any(loop.done() for loop in (*cut_off.loops, *other.loops))
    await away.dispose()
