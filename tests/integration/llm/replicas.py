"""Several replicas in one process: their limits on real Postgres, and services that work through calls."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import sqlalchemy as sa
from jisi.database import Notifications
from jisi.llm import tables
from jisi.llm.limits import EndpointLimits
from jisi.llm.spec import ModelLimits, ModelSpec
from sqlalchemy.ext.asyncio import AsyncEngine


def limited(concurrency: int | None = None, requests_per_minute: int | None = None, name: str = "m") -> ModelSpec:
    """Describe a model with these limits."""
    limits = ModelLimits(concurrency=concurrency, requests_per_minute=requests_per_minute)
    return ModelSpec(
        name=name, base_url="http://host/v1", model="m", prompt_price=0.0, completion_price=0.0, limits=limits
    )


class Replica:
    """One process's limits with its loops, and a service that works through calls."""

    def __init__(self, limits: EndpointLimits, notifications: Notifications) -> None:
        self.limits = limits
        self._notifications = notifications
        self.loops = [asyncio.create_task(notifications.run()), asyncio.create_task(limits.run())]

    async def stop(self) -> None:
        """End the loops as a kill would: nothing is given back."""
        for loop in self.loops:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop

    async def listening(self) -> None:
        """Wait until notifications arrive."""
        await self._notifications.listening()


@asynccontextmanager
async def replicas(
    engine: AsyncEngine, url: str, count: int, specs: Sequence[ModelSpec], *, lease_seconds: float = 10.0
) -> AsyncIterator[list[Replica]]:
    """Run replicas, each with loops of its own, until the block ends."""
    made = [one_replica(engine, url, specs, number, lease_seconds=lease_seconds) for number in range(count)]
    try:
        for replica in made:
            await replica.listening()
        yield made
    finally:
        for replica in made:
            await replica.stop()


def one_replica(
    engine: AsyncEngine, url: str, specs: Sequence[ModelSpec], number: int = 0, *, lease_seconds: float = 10.0
) -> Replica:
    """Start a replica; it ends by `stop`."""
    notifications = Notifications(url)
    limits = EndpointLimits(
        engine,
        replica=f"replica-{number}",
        models=lambda: specs,
        notifications=notifications,
        lease_seconds=lease_seconds,
    )
    return Replica(limits, notifications)


async def guard(engine: AsyncEngine, limit: int) -> None:
    """Let Postgres itself refuse any commit after which living shares sum to more than the limit."""
    async with engine.begin() as connection:
        await connection.execute(
            sa.text(
                f"""
                create function guard() returns trigger language plpgsql as $$
                begin
                    if (select sum(slots) from endpoint_share where model = new.model and expires_at > now()) > {limit}
                    then raise exception 'more than {limit} slots are lent'; end if;
                    return null;
                end $$
                """
            )
        )
        await connection.execute(
            sa.text(
                "create trigger guard after insert or update on endpoint_share for each row execute function guard()"
            )
        )


class Traffic:
    """Calls that all replicas make: how many ran at once, and how many each made."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.running = 0
        self.most = 0
        self.made: Counter[int] = Counter()
        self.begun: list[float] = []

    async def flow(self, number: int, limits: EndpointLimits, *, waiting: int, seconds: float) -> None:
        """Make calls of this length, `waiting` of them wanted at any time, until cancelled."""
        calls: set[asyncio.Task[None]] = set()
        try:
            while True:
                limits.wake.clear()
                limits.waiting(self.spec.name, waiting)
                while limits.try_acquire(self.spec):
                    call = asyncio.create_task(self._call(number, limits, seconds))
                    calls.add(call)
                    call.add_done_callback(calls.discard)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await limits.wake.wait()
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _call(self, number: int, limits: EndpointLimits, seconds: float) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        self.begun.append(time.monotonic())
        try:
            await asyncio.sleep(seconds)
            self.made[number] += 1
        finally:
            self.running -= 1
            limits.release(self.spec.name)


@asynccontextmanager
async def flowing(
    traffic: Traffic, replicas: Sequence[Replica], *, waiting: int = 4, seconds: float = 0.01
) -> AsyncIterator[None]:
    """Let every replica make calls until the block ends."""
    flows = [
        asyncio.create_task(traffic.flow(number, replica.limits, waiting=waiting, seconds=seconds))
        for number, replica in enumerate(replicas)
    ]
    try:
        yield
    finally:
        for flow in flows:
            flow.cancel()
        await asyncio.gather(*flows, return_exceptions=True)


async def living_slots(engine: AsyncEngine) -> list[int]:
    """Return the slots of all living shares, the largest first."""
    columns = tables.endpoint_share.c
    async with engine.connect() as connection:
        rows = await connection.scalars(sa.select(columns.slots).where(columns.expires_at > sa.func.now()))
        return sorted(rows, reverse=True)
