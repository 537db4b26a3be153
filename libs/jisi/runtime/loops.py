"""Background loops of a process: guarded, watched, and never dead in silence (ENGINEERING.md 0)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from jisi.messaging.guard import is_transient

LONGEST_PAUSE_SECONDS = 5.0
MOST_FAILURES = 20
"""Failures in a row, other than outages, after which a loop is given up, and the process with it."""
STUCK_AFTER_SECONDS = 60.0
"""A loop that has not come round for this long, beside its own pause, is stuck."""


@dataclass(slots=True)
class _Loop:
    name: str
    step: Callable[[], Awaitable[object]]
    every_seconds: float
    came_round: float = field(default_factory=time.monotonic)
    outage: str | None = None
    """What it waits for, while Postgres or Kafka is down."""


class Loops:
    """Runs loops side by side; the first that ends or breaks ends them all, and `failed` says why."""

    def __init__(self) -> None:
        self._loops: list[_Loop] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._ended: asyncio.Future[BaseException] | None = None
        self._log = logging.getLogger(__name__)

    def every(self, name: str, seconds: float, step: Callable[[], Awaitable[object]]) -> None:
        """Run a step again and again with a pause between; an outage only delays it."""
        self._loops.append(_Loop(name, step, seconds))

    def lasting(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run something that lasts as long as the process, and is begun again after an outage."""
        self._loops.append(_Loop(name, run, 0.0, came_round=float("inf")))

    def start(self) -> None:
        """Begin all loops added so far."""
        self._ended = asyncio.get_running_loop().create_future()
        for loop in self._loops:
            if loop.came_round != float("inf"):
                loop.came_round = time.monotonic()
            task = asyncio.create_task(self._run(loop), name=f"loop {loop.name}")
            task.add_done_callback(self._notice)
            self._tasks.append(task)

    async def failed(self) -> BaseException:
        """Wait until a loop has ended; gives why."""
        assert self._ended is not None, "start the loops first"
        return await asyncio.shield(self._ended)

    async def stop(self) -> None:
        """Cancel all loops and wait for them to clean up."""
        for task in self._tasks:
            task.remove_done_callback(self._notice)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def ages(self) -> dict[str, float]:
        """Seconds since each loop last came round; 0 for those that last."""
        now = time.monotonic()
        return {loop.name: max(0.0, now - loop.came_round) for loop in self._loops}

    def outages(self) -> dict[str, str]:
        """Loops that wait for a server to come back, with what they were told."""
        return {loop.name: loop.outage for loop in self._loops if loop.outage is not None}

    def stuck(self) -> list[str]:
        """Loops that have not come round for too long."""
        pauses = {loop.name: loop.every_seconds for loop in self._loops}
        return [name for name, age in self.ages().items() if age > pauses[name] + STUCK_AFTER_SECONDS]

    async def _run(self, loop: _Loop) -> None:
        failures = 0
        while True:
            try:
                await loop.step()
            except Exception as error:
                if not is_transient(error):
                    failures += 1
                    if failures >= MOST_FAILURES:
                        raise
                if loop.outage is None or not is_transient(error):  # an outage is told once
                    self._log.warning("loop %s: %s", loop.name, _sentence(error), exc_info=not is_transient(error))
                loop.outage = _sentence(error)
                pause = max(0.2 * 2**failures, loop.every_seconds)
                pause = min(LONGEST_PAUSE_SECONDS, pause)  # even of a loop that is rare: until then it is told as down
            else:
                failures = 0
                loop.outage = None
                pause = loop.every_seconds
                if loop.came_round == float("inf"):
                    raise RuntimeError(f"loop {loop.name} ended by itself")
            if loop.came_round != float("inf"):
                loop.came_round = time.monotonic()
            await asyncio.sleep(pause)

    def _notice(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self._ended is None or self._ended.done():
            return
        self._ended.set_result(task.exception() or RuntimeError(f"{task.get_name()} ended"))


def _sentence(error: Exception) -> str:
    return str(error) or type(error).__name__
