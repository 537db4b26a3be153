"""Limits that hold over several replicas on real Postgres."""

import asyncio
import itertools

import pytest
from jisi.llm.limits import EndpointLimits
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.llm.replicas import Traffic, flowing, guard, limited, living_slots, replicas
from tests.support.waiting import eventually


@pytest.mark.parametrize(("limit", "count"), [(1, 3), (2, 5), (5, 3), (12, 4)])
async def test_the_limit_holds_and_nobody_starves(
    engine: AsyncEngine, database_url: str, limit: int, count: int
) -> None:
    """With work waiting everywhere, each replica gets calls through, all slots are used, and never one more."""
    await guard(engine, limit)
    spec = limited(limit)
    traffic = Traffic(spec)
    async with replicas(engine, database_url, count, [spec]) as running, flowing(traffic, running):
        await eventually(lambda: len(traffic.made) == count, within_seconds=30)
        await eventually(lambda: traffic.most == limit, within_seconds=10)
        for replica in running:
            assert not any(loop.done() for loop in replica.loops)

    assert traffic.most == limit
    assert all(replica.limits.in_flight == 0 for replica in running)


async def test_slots_go_where_they_are_wanted(engine: AsyncEngine, database_url: str) -> None:
    """A lone busy replica has all slots; when others become busy it gives theirs back, when they rest it gets them."""
    await guard(engine, 9)
    spec = limited(9)

    async def shared_alike() -> bool:
        return await living_slots(engine) == [3, 3, 3]

    async with replicas(engine, database_url, 3, [spec]) as (first, *others):
        alone, together = Traffic(spec), Traffic(spec)
        async with flowing(alone, [first], waiting=9):
            await eventually(lambda: alone.most == 9, within_seconds=10)
            async with flowing(together, others, waiting=9):
                await eventually(shared_alike, within_seconds=10)
            for other in others:
                other.limits.waiting("m", 0)
            alone.most = 0
            await eventually(lambda: alone.most == 9, within_seconds=10)


async def test_idle_replicas_need_not_ask(engine: AsyncEngine, database_url: str) -> None:
    """Where nobody waits, each replica holds some slots, so that a call begins without a round trip."""
    spec = limited(8)
    async with replicas(engine, database_url, 3, [spec]) as running:

        async def divided() -> bool:
            return await living_slots(engine) == [3, 3, 2] and all(replica.limits.free("m") >= 2 for replica in running)

        await eventually(divided, within_seconds=10)
        for replica in running:
            assert replica.limits.try_acquire(spec)


async def test_a_newcomer_is_heard(engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that finds everything lent is heard by the others and served as soon as their calls end."""
    monkeypatch.setattr("jisi.llm.limits.RENEW_SECONDS", 600.0)  # renewals by the clock are no help here
    spec = limited(2)
    traffic = Traffic(spec)
    async with replicas(engine, database_url, 2, [spec]) as (busy, newcomer), flowing(traffic, [busy], seconds=0.02):
        await eventually(lambda: traffic.made[0] > 20, within_seconds=10)
        await eventually(lambda: newcomer.limits.free("m") == 0, within_seconds=5)
        newcomer.limits.wake.clear()
        newcomer.limits.waiting("m", 1)
        await asyncio.wait_for(newcomer.limits.wake.wait(), timeout=8)

        assert newcomer.limits.try_acquire(spec)


async def test_a_running_call_gives_its_slot_to_who_waits(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all slots have a call, the first that ends leaves its slot to the replica that waits."""
    monkeypatch.setattr("jisi.llm.limits.RENEW_SECONDS", 600.0)
    spec = limited(2)
    async with replicas(engine, database_url, 2, [spec]) as (busy, waiting):
        busy.limits.waiting("m", 2)
        await eventually(lambda: busy.limits.free("m") == 2, within_seconds=5)
        assert all(busy.limits.try_acquire(spec) for _ in range(2))
        busy.limits.waiting("m", 0)
        waiting.limits.waiting("m", 1)
        await eventually(lambda: busy.limits._shares["m"]._cap == 1, within_seconds=5)
        assert waiting.limits.free("m") == 0
        busy.limits.release("m")
        await asyncio.wait_for(waiting.limits.wake.wait(), timeout=5)

        assert waiting.limits.try_acquire(spec)
        assert not busy.limits.try_acquire(spec)


async def test_requests_a_minute(engine: AsyncEngine, database_url: str) -> None:
    """All replicas together begin no more calls than the limit allows, nearly as many, and each of them some."""
    spec = limited(requests_per_minute=600)
    traffic = Traffic(spec)
    async with replicas(engine, database_url, 3, [spec]) as running, flowing(traffic, running, waiting=50):
        await eventually(lambda: len(traffic.begun) > 75, within_seconds=20)

    # A tenth of the minute's requests may come at once, then one every 62 / 541 seconds.
    for position, moment in enumerate(traffic.begun):
        assert position + 1 <= 60 + (moment - traffic.begun[0] + 2.0) * 541 / 62 + 1
    assert set(traffic.made) == {0, 1, 2}


async def test_one_request_a_minute(engine: AsyncEngine, database_url: str) -> None:
    """The smallest limit lets one call through, over all replicas."""
    spec = limited(requests_per_minute=1)
    async with replicas(engine, database_url, 3, [spec]) as running:
        for replica in running:
            replica.limits.waiting("m", 1)
        free = [replica.limits for replica in running]
        await eventually(lambda: any(limits.try_acquire(spec) for limits in free), within_seconds=10)
        for _, limits in itertools.product(range(20), free):
            assert not limits.try_acquire(spec)
            await asyncio.sleep(0.005)


async def test_the_process_has_a_limit_of_its_own(engine: AsyncEngine) -> None:
    """Without limits of the endpoint only the process's own holds, over all models, and needs no database."""
    one, two = limited(name="one"), limited(name="two")
    limits = EndpointLimits(engine, replica="r", models=lambda: [one, two], max_calls_in_flight=3)
    begun = [limits.try_acquire(spec) for spec in (one, two, one, two)]

    assert begun == [True, True, True, False]
    assert (limits.in_flight, limits.free("one"), limits.free("gone")) == (3, 0, 0)
    assert not limits.wake.is_set()
    limits.release("two")
    assert limits.wake.is_set()
    assert limits.free("two") == 1


async def test_the_pool_may_change(engine: AsyncEngine, database_url: str) -> None:
    """A limit that was lowered or raised, or a model that came or went, is heeded without a restart."""
    specs = [limited(6)]
    async with replicas(engine, database_url, 1, specs) as (replica,):
        limits = replica.limits
        await eventually(lambda: limits.free("m") == 6, within_seconds=10)
        specs[:] = [limited(2), limited(1, name="new")]
        await eventually(lambda: (limits.free("m"), limits.free("new")) == (2, 1), within_seconds=10)
        specs[:] = [limited(name="m")]
        await eventually(lambda: limits.free("m") == 256, within_seconds=10)
        await eventually(lambda: limits.free("new") == 0, within_seconds=10)
