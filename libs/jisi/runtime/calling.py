"""What a service needs that calls models: client, limits, cool-downs and the worker of its tasks."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from pydantic import Field

from jisi.ledger.calls import Caller, CallPolicy
from jisi.ledger.capacity import PoolCapacity
from jisi.ledger.outcomes import Outcome
from jisi.ledger.tasks import Kind, Task
from jisi.ledger.worker import CLAIM_EVERY_SECONDS, Worker
from jisi.llm.client import LLMClient
from jisi.llm.cooldown import CoolDowns
from jisi.llm.limits import EndpointLimits
from jisi.llm.spec import ModelSpec
from jisi.llm.store import NoPoolError
from jisi.runtime.application import Runtime
from jisi.runtime.settings import ServiceSettings


class CallingSettings(ServiceSettings):
    """How a service that calls models is set up."""

    max_calls_in_flight: int = Field(default=256, ge=1)
    """Calls of this process at once, over all models."""
    max_attempts: int = Field(default=3, ge=1, le=10)
    """Attempts of one call, the first included."""
    drain_seconds: float = Field(default=15.0, ge=0)
    """How long running calls may go on when the process is told to stop; then others take them over."""

    @property
    def policy(self) -> CallPolicy:
        """When calls are tried again."""
        return CallPolicy(max_attempts=self.max_attempts)


class Calling:
    """The parts that call models, wired into a process."""

    def __init__(self, runtime: Runtime, settings: CallingSettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._client = LLMClient()
        self._cool_downs = CoolDowns(runtime.engine, notifications=runtime.notifications)
        self._limits = EndpointLimits(
            runtime.engine,
            replica=runtime.name,
            models=self._models,
            max_calls_in_flight=settings.max_calls_in_flight,
            notifications=runtime.notifications,
        )
        self.capacity = PoolCapacity(self._limits, runtime.pool)
        self.caller = Caller(
            engine=runtime.engine,
            client=self._client,
            cool_downs=self._cool_downs,
            tracing=runtime.tracing,
            metrics=runtime.metrics,
            policy=settings.policy,
            random=random.Random(),  # noqa: S311 - jitter
        )

    def worker(
        self,
        kind: Kind,
        call: Callable[[Task, asyncio.Event], Awaitable[Outcome]],
        enter: Callable[[Sequence[Outcome]], Awaitable[None]],
    ) -> Worker:
        """Make the worker of the service's tasks, with its loops and its end."""
        runtime = self._runtime
        worker = Worker(
            engine=runtime.engine, kind=kind, owner=runtime.name, capacity=self.capacity, call=call, enter=enter
        )
        worker.listen(runtime.notifications)

        async def wake() -> None:
            while True:
                await self._limits.wake.wait()
                self._limits.wake.clear()
                worker.wake()

        async def end() -> None:
            await worker.drain(self._settings.drain_seconds)
            await self._client.close()

        runtime.loops.lasting("limits", self._limits.run)
        runtime.loops.lasting("cool-downs", self._cool_downs.run)
        runtime.loops.lasting("capacity", wake)
        runtime.loops.every("claims", 0.0, lambda: worker.claim_next(CLAIM_EVERY_SECONDS))
        runtime.loops.every("renewals", 0.0, worker.renew_next)
        runtime.loops.lasting("outcomes", worker.run_entries)
        runtime.closing.push_async_callback(end)
        return worker

    def _models(self) -> Sequence[ModelSpec]:
        try:
            return self._runtime.pool.current[1].eligible
        except NoPoolError:
            return ()
