"""Work the paid tasks of one kind outside any handler: under a lease, cancellable, within limits (DESIGN.md 3).

What a handler inserted as running is spawned at once; what no slot was free for, what waits for its next attempt and
what a dead process left is claimed. Outcomes go through a queue and are entered in batches of whatever is there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import Notifications, driver_connection
from jisi.ledger.answers import CANCEL_CHANNEL
from jisi.ledger.outcomes import Outcome, cause_of
from jisi.ledger.tasks import (
    RENEW_EVERY_SECONDS,
    Kind,
    NewTask,
    Task,
    claim_tasks,
    end_leases,
    insert_tasks,
    renew_leases,
    waiting_tasks,
)
from jisi.messaging.guard import is_transient

CLAIM_EVERY_SECONDS = 0.5
LARGEST_BATCH = 200
GATHER_SECONDS = 0.002  # calls of one query that end together are entered together, and go on together
PAUSE_AFTER_FAILURE_SECONDS = 0.5
LONGEST_GAP = timedelta(seconds=5)
"""Between two looks at Postgres; in a longer one leases may have ended that nobody could renew."""
PATIENCE = timedelta(seconds=5)
"""After such a gap, and after the start, until ended leases prove deaths: every living owner renews its own in it."""
_NOT_ENTERED = "internal_error"
"""Code of an outcome that the database did not take: its text is given up, its price is kept."""


class Capacity(Protocol):
    """Which models may be called now, as the endpoints' limits allow (jisi.llm.limits)."""

    def try_acquire(self, model: str) -> bool:
        """Take a slot of a model if there is one."""
        ...

    def release(self, model: str) -> None:
        """Give a slot back."""
        ...

    def waiting(self, demand: dict[str, int]) -> None:
        """Tell how many tasks of each model could not start."""
        ...


class Worker:
    """Runs the tasks of one kind for one process.

    Args:
        engine: database of the ledger.
        kind: expert or aggregator.
        owner: name of this process, shown in the task rows.
        capacity: the endpoints' limits.
        call: makes one attempt and gives its outcome, also when it is cancelled after the event told that it is of no
            more use; any other cancellation it passes on.
        enter: enters a batch of outcomes with all consequences; may be called again with the same after an outage.
    """

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        kind: Kind,
        owner: str,
        capacity: Capacity,
        call: Callable[[Task, asyncio.Event], Awaitable[Outcome]],
        enter: Callable[[Sequence[Outcome]], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._kind: Kind = kind
        self._owner = owner
        self._capacity = capacity
        self._call = call
        self._enter = enter
        self._running: dict[int, _Running] = {}
        self._ended: asyncio.Queue[Outcome] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._renewed = True
        self._draining = False
        self._reached_at: datetime | None = None
        self._reached_since = datetime.max.replace(tzinfo=UTC)
        self._log = logging.getLogger(__name__)

    def listen(self, notifications: Notifications) -> None:
        """Have running calls of a query cancelled when its answer is there, or its wave has closed without them."""
        notifications.subscribe(CANCEL_CHANNEL, self._cancel)

    def wake(self) -> None:
        """Look for tasks now: capacity or work has appeared."""
        self._wake.set()

    async def insert(self, tasks: Sequence[NewTask]) -> None:
        """Insert tasks and run at once those marked to be run; `NewTask.run` says that a slot was taken for it."""
        reserved = [task.model for task in tasks if task.run]
        try:
            async with driver_connection(self._engine, autocommit=True) as connection:
                mine, left = await insert_tasks(connection, tasks, owner=self._owner)
        except BaseException:
            for model in reserved:
                self._capacity.release(model)
            raise
        for task in mine:
            reserved.remove(task.model)
            self._spawn(task)
        for model in reserved:
            self._capacity.release(model)
        if left:
            self._wake.set()

    def take_slot(self, model: str) -> bool:
        """Take a slot for a task about to be inserted."""
        return self._capacity.try_acquire(model)

    async def claim_next(self, within_seconds: float) -> None:
        """Claim due tasks, then wait until woken, or for a moment."""
        self._wake.clear()
        if not self._draining:
            await self._claim()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._wake.wait()

    async def renew_next(self) -> None:
        """Wait a third of a lease, then renew those of running tasks; at once where that has failed before.

        A call whose lease is lost is cancelled, and so is one that is of no more use.
        """
        if self._renewed:
            await asyncio.sleep(RENEW_EVERY_SECONDS)
        held = {running.task.id: running.task.fence for running in self._running.values()}
        self._renewed = False
        if held:
            async with driver_connection(self._engine, autocommit=True) as connection:
                ours = await renew_leases(connection, held)
            for task_id, fence in held.items():
                running = self._running.get(task_id)
                if running is None or running.task.fence != fence or running.ended:
                    continue
                if (cause := ours.get(task_id, "lease_lost")) is not None:
                    if task_id in ours:
                        running.useless.set()
                    running.call.cancel(cause)
        self._renewed = True

    async def run_entries(self) -> None:
        """Enter outcomes as they come, whatever is there at once, until cancelled; an outage only delays them."""
        while True:
            batch = [await self._ended.get()]
            await asyncio.sleep(GATHER_SECONDS if len(self._running) > 1 + self._ended.qsize() else 0)
            while not self._ended.empty() and len(batch) < LARGEST_BATCH:
                batch.append(self._ended.get_nowait())
            await self._enter_all(batch)
            for outcome in batch:
                held = self._running.get(outcome.task.id)
                if held is not None and held.task.fence == outcome.task.fence:
                    del self._running[outcome.task.id]

    async def _enter_all(self, batch: Sequence[Outcome]) -> None:
        """Enter a batch, whatever it takes: an outage is waited out, and one that cannot be entered costs no other."""
        while True:
            try:
                await self._enter(batch)
            except Exception as error:  # noqa: BLE001 - told apart below
                if is_transient(error):
                    self._log.warning("outcomes wait to be entered: %s", error)
                    await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
                    continue
                self._log.exception("%d outcomes could not be entered", len(batch))
                if len(batch) > 1:
                    for outcome in batch:
                        await self._enter_all([outcome])
                elif batch[0].code != _NOT_ENTERED:
                    failed = replace(batch[0], status="failed", code=_NOT_ENTERED, text="", usable=False)
                    await self._enter_all([replace(failed, retry_after_seconds=None)])
            return

    async def drain(self, within_seconds: float) -> None:
        """Take on no more, wait for running calls to end and be entered, then give the rest up to others at once."""
        self._draining = True
        try:
            async with asyncio.timeout(within_seconds):
                while self._running:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            self._log.warning("%d calls are given up; others take them over", len(self._running))
        given_up = [running for running in self._running.values() if not running.ended]
        for running in given_up:
            running.call.cancel("process ends")
        if given_up:
            await asyncio.wait([running.call for running in given_up])
            async with driver_connection(self._engine, autocommit=True) as connection:
                await end_leases(connection, {running.task.id: running.task.fence for running in given_up})

    async def _claim(self) -> None:
        async with driver_connection(self._engine, autocommit=True) as connection:
            held = list(self._running)
            asked_at, waiting = await waiting_tasks(connection, self._kind, held=held)
            dead_before = self._dead_before(asked_at)
            self._capacity.waiting(waiting)
            slots = {model: self._take_slots(model, count) for model, count in waiting.items()}
            slots = {model: taken for model, taken in slots.items() if taken}
            tasks: list[Task] = []
            try:
                if slots:
                    tasks = await claim_tasks(
                        connection, self._kind, slots, owner=self._owner, dead_before=dead_before, held=held
                    )
            finally:
                for task in tasks:
                    slots[task.model] -= 1
                for model, unused in slots.items():
                    for _ in range(unused):
                        self._capacity.release(model)
        for task in tasks:
            self._spawn(task)

    def _dead_before(self, asked_at: datetime) -> datetime | None:
        """Tell since when ended leases prove deaths: not while Postgres is just back, and their owners renew them.

        All by the clock of Postgres, which may stand still with it.
        """
        if self._reached_at is None or asked_at - self._reached_at > LONGEST_GAP:
            self._reached_since = asked_at
        self._reached_at = asked_at
        return asked_at if asked_at - self._reached_since >= PATIENCE else None

    def _take_slots(self, model: str, wanted: int) -> int:
        taken = 0
        while taken < wanted and self._capacity.try_acquire(model):
            taken += 1
        return taken

    def _spawn(self, task: Task) -> None:
        useless = asyncio.Event()
        if task.useless:
            useless.set()
        call = asyncio.create_task(self._run(task, useless), name=f"{task.kind} {task.model}")
        self._running[task.id] = _Running(task, useless, call)

    async def _run(self, task: Task, useless: asyncio.Event) -> None:
        try:
            outcome = await self._call(task, useless)
        except asyncio.CancelledError as stopped:
            if not useless.is_set():
                self._forget(task)
                raise
            outcome = Outcome(task=task, status="cancelled", code=cause_of(stopped), called=False)  # not sent yet
        except Exception:  # noqa: BLE001 - logged whole
            # A bug: the lease ends by itself, another attempt is made, and the deadline stands behind it.
            self._log.exception("the call of task %d broke", task.id)
            self._forget(task)
            return
        finally:
            self._capacity.release(task.model)
        held = self._running.get(task.id)
        if held is not None and held.task.fence == task.fence:
            held.ended = True
        self._ended.put_nowait(outcome)

    def _forget(self, task: Task) -> None:
        held = self._running.get(task.id)
        if held is not None and held.task.fence == task.fence:
            del self._running[task.id]

    def _cancel(self, payload: str) -> None:
        """Cancel calls of one query as `answers` tells; with an empty payload nothing is known, and the leases tell."""
        uid, _, wave = payload.partition(" ")
        for running in list(self._running.values()):
            meant = str(running.task.query_uid) == uid and (not wave or 0 < running.task.wave <= int(wave))
            if meant and not running.ended:
                running.useless.set()
                running.call.cancel("wave_closed" if wave else "answered")


@dataclass(slots=True)
class _Running:
    """A task this process works."""

    task: Task
    useless: asyncio.Event
    call: asyncio.Task[None]
    ended: bool = False
    """Whether the call is over and only to be entered."""
