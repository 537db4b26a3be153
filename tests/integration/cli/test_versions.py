"""Waiting until all replicas use the pool and the bank that were just written."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from jisi.cli.versions import VersionNotUsedError, Versions, until_used

from tests.integration.cli.reporting import Replica, reporting
from tests.support.waiting import eventually

WANTED = Versions(pool=3, bank=7)


async def test_all_replicas_are_waited_for() -> None:
    """It ends when the last one has caught up; later versions will do, and what is no service is not asked."""
    async with AsyncExitStack() as stack:
        router = await stack.enter_async_context(reporting("router", pool_version=3, bank_version=6))
        switch = await stack.enter_async_context(reporting("switch", pool_version=2))
        models = await stack.enter_async_context(reporting("simulated-models"))
        states = [one.state for one in (router, switch, models)]
        waiting = asyncio.create_task(until_used(lambda: states, WANTED, within_seconds=60))

        await _asked_again(switch)
        switch.report["pool_version"] = 4
        await _asked_again(switch)
        assert not waiting.done()

        router.report["bank_version"] = 7
        await asyncio.wait_for(waiting, 20)
        assert models.asked == 0


async def test_without_a_pool_only_the_bank_counts() -> None:
    """Where no pool is applied, none is waited for."""
    async with reporting("router", pool_version=None, bank_version=7) as router:
        await until_used(lambda: [router.state], Versions(pool=None, bank=7), within_seconds=60)


@pytest.mark.parametrize(
    ("report", "status", "told"),
    [
        ({"pool_version": 2, "bank_version": 7}, 200, "router-1 uses pool version 2 instead of 3"),
        ({"pool_version": None}, 200, "router-1 uses pool version none instead of 3"),
        ({"pool_version": 3, "bank_version": 6}, 200, "router-1 uses bank version 6 instead of 7"),
        ({"pool_version": 3, "bank_version": 7}, 503, "router-1 does not answer that it takes work"),
    ],
)
async def test_who_is_behind_is_told(report: dict[str, int | None], status: int, told: str) -> None:
    """After the deadline the error names the replica, what it lacks, and where to look."""
    async with reporting("router", **report) as router:
        router.status = status
        with pytest.raises(VersionNotUsedError, match=told) as raised:
            await until_used(lambda: [router.state], WANTED, within_seconds=0)

    assert "router.log" in str(raised.value)


async def _asked_again(replica: Replica) -> None:
    asked = replica.asked
    await eventually(lambda: replica.asked > asked + 1, within_seconds=20)
