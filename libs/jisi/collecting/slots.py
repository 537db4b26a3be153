"""When the endpoints' limits let a call begin: within this process, or beside the services that use the same ones."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Protocol

from jisi.llm.fair_share import borrow_requests
from jisi.llm.limits import EndpointLimits
from jisi.llm.spec import ModelSpec

_LOOK_AGAIN_SECONDS = 1.0
"""For a wake-up that was missed."""


class Slots(Protocol):
    """Who may call now."""

    async def acquire(self, spec: ModelSpec) -> None:
        """Wait until a call to the model may begin; `release` must follow."""
        ...

    def release(self, spec: ModelSpec) -> None:
        """End a call."""
        ...


class OwnSlots:
    """The limits of the pool file, kept by one process: calls at once, and calls begun a minute."""

    def __init__(self, *, concurrency: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Set up.

        Args:
            concurrency: calls at once over all models.
            clock: seconds.
        """
        self._all = asyncio.Semaphore(concurrency)
        self._clock = clock
        self._concurrency = concurrency
        self._each: dict[str, asyncio.Semaphore] = {}
        self._arrivals: defaultdict[str, float] = defaultdict(float)

    async def acquire(self, spec: ModelSpec) -> None:
        """Wait for a slot of the model, its turn within the minute, and a slot of all."""
        at_once = spec.limits.concurrency or self._concurrency
        slot = self._each.setdefault(spec.name, asyncio.Semaphore(at_once))
        await slot.acquire()
        try:
            await self._turn(spec)
            await self._all.acquire()
        except BaseException:
            slot.release()
            raise

    def release(self, spec: ModelSpec) -> None:
        """Give the slots back."""
        self._all.release()
        self._each[spec.name].release()

    async def _turn(self, spec: ModelSpec) -> None:
        """Wait for a request of the minute, lent one by one by the rule of the services."""
        if spec.limits.requests_per_minute is None:
            return
        while True:
            lent = borrow_requests(
                arrival_at=self._arrivals[spec.name],
                now=self._clock(),
                wanted=1,
                requests_per_minute=spec.limits.requests_per_minute,
            )
            if lent.requests:
                self._arrivals[spec.name] = lent.arrival_at
                return
            await asyncio.sleep(max(0.001, lent.next_seconds))


class SharedSlots:
    """Slots lent from the store that the services lend theirs from; `run` is a background loop beside the limits'."""

    def __init__(self, limits: EndpointLimits) -> None:
        self._limits = limits
        self._woken = asyncio.Event()
        self._waiting: Counter[str] = Counter()
        self._failure: BaseException | None = None

    async def acquire(self, spec: ModelSpec) -> None:
        """Wait for a slot of the model."""
        if self._limits.try_acquire(spec):
            return
        self._wait(spec.name, 1)
        try:
            while not self._limits.try_acquire(spec):
                if self._failure is not None:
                    raise self._failure
                try:
                    async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    pass
        finally:
            self._wait(spec.name, -1)

    def release(self, spec: ModelSpec) -> None:
        """Give the slot back."""
        self._limits.release(spec.name)

    def fail(self, error: BaseException) -> None:
        """Let nobody wait any longer: what renews the limits has broken."""
        self._failure = error
        self._woken.set()

    async def run(self) -> None:
        """Wake whoever waits, until cancelled."""
        while True:
            await self._limits.wake.wait()
            self._limits.wake.clear()
            woken, self._woken = self._woken, asyncio.Event()
            woken.set()

    def _wait(self, model: str, change: int) -> None:
        self._waiting[model] += change
        self._limits.waiting(model, self._waiting[model])
