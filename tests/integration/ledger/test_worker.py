"""The worker: slots, leases, cancelling, draining, and outcomes that cannot be entered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from jisi.database import DatabaseUnavailableError, Notifications
from jisi.ledger.answers import CANCEL_CHANNEL
from jisi.ledger.outcomes import Outcome, cause_of
from jisi.ledger.tasks import NewTask, Task
from jisi.ledger.worker import Worker

from tests.integration.ledger.conftest import Ledger
from tests.integration.ledger.test_tasks import enter, good
from tests.support.waiting import eventually

WITHIN = 15.0


class Slots:
    """So many calls of a model at once."""

    def __init__(self, slots: int = 100) -> None:
        self.free = slots
        self.demand: dict[str, int] = {}

    def try_acquire(self, _model: str) -> bool:
        """Take one."""
        taken = self.free > 0
        self.free -= taken
        return taken

    def release(self, _model: str) -> None:
        """Give one back."""
        self.free += 1

    def waiting(self, demand: dict[str, int]) -> None:
        """Remember."""
        self.demand = demand


class Calls:
    """What a worker calls and enters; calls last until `let_go`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.let_go = asyncio.Event()
        self.begun: Counter[str] = Counter()
        self.entered: list[Outcome] = []
        self.fail_with: list[Exception] = []

    async def call(self, task: Task, useless: asyncio.Event) -> Outcome:
        """Call until let go; one that is of no more use meanwhile is a cancelled one."""
        self.begun[task.model] += 1
        try:
            await self.let_go.wait()
        except asyncio.CancelledError as stopped:
            if not useless.is_set():
                raise
            return Outcome(task=task, status="cancelled", code=cause_of(stopped))
        return good(task)

    async def enter(self, outcomes: Sequence[Outcome]) -> None:
        """Enter them, unless told to fail."""
        if self.fail_with:
            raise self.fail_with.pop(0)
        await enter(self.ledger, *outcomes)
        self.entered += outcomes


def make_worker(ledger: Ledger, calls: Calls, slots: Slots, owner: str = "me") -> Worker:
    """Give a worker of experts."""
    return Worker(engine=ledger.engine, kind="expert", owner=owner, capacity=slots, call=calls.call, enter=calls.enter)


@asynccontextmanager
async def running(*loops: Any) -> AsyncIterator[None]:
    """Run coroutines beside the test."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def listening(ledger: Ledger, database_url: str) -> AsyncIterator[tuple[Worker, Calls]]:
    """Give a worker that hears notifications, and its calls."""
    calls = Calls(ledger)
    worker = make_worker(ledger, calls, Slots())
    notifications = Notifications(database_url)
    worker.listen(notifications)
    async with running(notifications.run(), worker.run_entries()):
        await notifications.listening()
        yield worker, calls


async def claims(worker: Worker) -> None:
    """Claim again and again, as the process's loop does."""
    while True:
        await worker.claim_next(0.05)


async def insert(ledger: Ledger, worker: Worker, count: int) -> None:
    """Have the worker insert tasks of so many queries."""
    for _ in range(count):
        uid = await ledger.query(wave=["ada"])
        run = worker.take_slot("ada")
        await worker.insert([NewTask(query_uid=uid, kind="expert", model="ada", wave=1, run=run, traceparent=None)])


async def test_what_has_no_slot_waits_and_is_claimed(ledger: Ledger) -> None:
    """Of five tasks two run at once; the others follow as slots are given back, and none runs twice."""
    calls, slots = Calls(ledger), Slots(2)
    worker = make_worker(ledger, calls, slots)
    async with running(claims(worker), worker.run_entries()):
        await insert(ledger, worker, 5)
        await eventually(lambda: slots.demand == {"ada": 3}, within_seconds=WITHIN)
        assert calls.begun["ada"] == 2
        calls.let_go.set()
        await eventually(lambda: len(calls.entered) == 5, within_seconds=WITHIN)

    assert calls.begun["ada"] == 5
    assert slots.free == 2


async def test_an_answer_cancels_running_calls(ledger: Ledger, database_url: str) -> None:
    """The notification of an answer ends the calls of its query, and no others."""
    async with listening(ledger, database_url) as (worker, calls):
        await insert(ledger, worker, 2)
        uid = await ledger.value("select query_uid from task order by id limit 1")
        await ledger.rows("select pg_notify(%s, %s)", CANCEL_CHANNEL, str(uid))
        await eventually(lambda: calls.entered, within_seconds=WITHIN)

        assert [(one.task.query_uid, one.code) for one in calls.entered] == [(uid, "answered")]
        assert await ledger.rows("select state from task order by id") == [("dead",), ("running",)]


async def test_a_wave_that_went_on_cancels_its_experts_alone(ledger: Ledger, database_url: str) -> None:
    """Told of the first wave, calls of that wave end and say why; those of a later one go on."""
    async with listening(ledger, database_url) as (worker, calls):
        uid = await ledger.query(wave=["ada"])
        for model, wave in (("ada", 1), ("bea", 2)):
            await worker.insert(
                [NewTask(query_uid=uid, kind="expert", model=model, wave=wave, run=True, traceparent=None)]
            )
        await ledger.rows("select pg_notify(%s, %s)", CANCEL_CHANNEL, f"{uid} 1")
        await eventually(lambda: calls.entered, within_seconds=WITHIN)

        assert [(one.task.model, one.code) for one in calls.entered] == [("ada", "wave_closed")]
        assert await ledger.rows("select state from task order by model") == [("dead",), ("running",)]


@pytest.mark.parametrize("answered", [True, False])
async def test_a_renewal_ends_calls_of_no_use(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, answered: bool) -> None:
    """A missed notification, or a lease that was taken over, is found out when leases are renewed."""
    monkeypatch.setattr("jisi.ledger.worker.RENEW_EVERY_SECONDS", 0.05)
    calls, slots = Calls(ledger), Slots()
    worker = make_worker(ledger, calls, slots)
    async with running(worker.run_entries()):
        await insert(ledger, worker, 1)
        await eventually(lambda: calls.begun["ada"] == 1, within_seconds=WITHIN)
        await ledger.rows("update query set state = 'answered'" if answered else "update task set fence = fence + 1")
        await worker.renew_next()
        await eventually(lambda: slots.free == 100, within_seconds=WITHIN)
        await eventually(lambda: len(calls.entered) == answered, within_seconds=WITHIN)

    assert await ledger.value("select state from task") == ("dead" if answered else "running")


async def test_an_outage_delays_an_outcome_and_loses_none(ledger: Ledger) -> None:
    """While the database is down a paid outcome is kept, and entered when it is back."""
    calls, slots = Calls(ledger), Slots()
    calls.fail_with = [DatabaseUnavailableError("down"), DatabaseUnavailableError("down")]
    calls.let_go.set()
    worker = make_worker(ledger, calls, slots)
    async with running(worker.run_entries()):
        await insert(ledger, worker, 1)
        await eventually(lambda: calls.entered, within_seconds=WITHIN)

    assert calls.begun["ada"] == 1
    assert await ledger.value("select state from task") == "done"


async def test_an_outcome_that_cannot_be_entered_costs_no_other(ledger: Ledger) -> None:
    """Each of a batch that fails is tried alone; the culprit is entered as failed, without its text."""
    calls, slots = Calls(ledger), Slots()
    worker = make_worker(ledger, calls, slots)
    calls.let_go.set()
    await insert(ledger, worker, 3)
    await eventually(lambda: worker._ended.qsize() == 3, within_seconds=WITHIN)
    calls.fail_with = [ValueError("batch"), ValueError("the first alone")]
    async with running(worker.run_entries()):
        await eventually(lambda: len(calls.entered) == 3, within_seconds=WITHIN)

    assert sorted((one.status, one.code, one.text) for one in calls.entered) == [
        ("failed", "internal_error", ""),
        ("ok", None, "said"),
        ("ok", None, "said"),
    ]


async def test_a_process_that_ends_takes_on_nothing_more(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draining waits for calls that end in time, hands the others over, and claims no further task."""
    monkeypatch.setattr("jisi.ledger.worker.PATIENCE", timedelta(0))
    calls, slots = Calls(ledger), Slots(1)
    worker = make_worker(ledger, calls, slots)
    async with running(claims(worker), worker.run_entries()):
        await insert(ledger, worker, 2)
        await eventually(lambda: slots.demand == {"ada": 1}, within_seconds=WITHIN)
        await worker.drain(0.1)
        slots.free = 5
        worker.wake()
        other_calls, other_slots = Calls(ledger), Slots(5)
        other_calls.let_go.set()
        other = make_worker(ledger, other_calls, other_slots, "other")
        async with running(claims(other), other.run_entries()):
            await eventually(lambda: len(other_calls.entered) == 2, within_seconds=30)

    assert calls.begun["ada"] == 1
    assert calls.entered == []
    assert await ledger.rows("select status, code from llm_call where status <> 'ok'") == [("lost", "process_died")]
