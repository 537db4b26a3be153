"""Background loops: outages delay them, bugs end the process, and none dies in silence."""

import asyncio

import pytest
from jisi.database import DatabaseUnavailableError
from jisi.runtime.loops import MOST_FAILURES, Loops

from tests.support.waiting import eventually

WITHIN = 10.0


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have the loops' pauses take no time; gives what they were."""
    given: list[float] = []
    sleep = asyncio.sleep

    async def shortened(seconds: float) -> None:
        given.append(seconds)
        await sleep(0)

    monkeypatch.setattr("jisi.runtime.loops.asyncio.sleep", shortened)
    return given


class Step:
    """A step that raises what it is told to, then goes on well."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.rounds = 0

    async def __call__(self) -> None:
        """Come round."""
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)


async def test_an_outage_only_delays_a_loop(pauses: list[float]) -> None:
    """However long it lasts the loop goes on, and tells meanwhile what it waits for."""
    loops, step = Loops(), Step(*[DatabaseUnavailableError("down")] * 100)
    loops.every("sweep", 0.0, step)
    loops.start()
    await eventually(lambda: loops.outages() == {"sweep": "down"}, within_seconds=WITHIN)
    await eventually(lambda: step.rounds > 101, within_seconds=WITHIN)

    assert loops.outages() == {}
    assert max(pauses) <= 5.0
    await loops.stop()


async def test_a_rare_loop_is_tried_again_soon(pauses: list[float]) -> None:
    """After an outage a loop that comes round once an hour does not wait for an hour, told as down all the while."""
    loops, step = Loops(), Step(DatabaseUnavailableError("down"))
    loops.every("pruning", 3600.0, step)
    loops.start()
    await eventually(lambda: step.rounds > 1, within_seconds=WITHIN)
    await loops.stop()

    assert loops.outages() == {}
    assert pauses.index(5.0) < pauses.index(3600.0)


async def test_a_bug_is_borne_for_a_while_and_then_ends_the_process(pauses: list[float]) -> None:
    """A loop that fails again and again is given up, and `failed` says why."""
    loops, step = Loops(), Step(*[ZeroDivisionError("bug")] * MOST_FAILURES)
    loops.every("sweep", 0.0, step)
    loops.every("other", 0.0, Step())
    loops.start()
    error = await asyncio.wait_for(loops.failed(), WITHIN)

    assert isinstance(error, ZeroDivisionError)
    assert step.rounds == MOST_FAILURES
    assert pauses
    await loops.stop()


async def test_a_few_failures_are_forgotten(pauses: list[float]) -> None:
    """Only failures in a row count."""
    loops = Loops()
    step = Step(*[ZeroDivisionError("bug")] * (MOST_FAILURES - 1))
    loops.every("sweep", 0.0, step)
    loops.start()
    await eventually(lambda: step.rounds > MOST_FAILURES, within_seconds=WITHIN)
    step.errors = [ZeroDivisionError("bug")] * (MOST_FAILURES - 1)
    await eventually(lambda: not step.errors, within_seconds=WITHIN)

    assert loops.outages() == {} or pauses
    assert not asyncio.create_task(loops.failed()).done()
    await loops.stop()


async def test_what_lasts_must_not_end() -> None:
    """A lasting part that returns is dead, and ends the process unless it comes back."""
    loops = Loops()

    async def returns() -> None:
        return

    loops.lasting("notifications", returns)
    loops.start()
    error = await asyncio.wait_for(loops.failed(), WITHIN)

    assert "notifications" in str(error)
    await loops.stop()


async def test_ages_show_a_loop_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that does not come round is stuck after a while; one that lasts never is."""
    now = 1000.0
    monkeypatch.setattr("jisi.runtime.loops.time.monotonic", lambda: now)
    loops = Loops()

    async def hang() -> None:
        await asyncio.get_running_loop().create_future()

    loops.every("hangs", 0.0, hang)
    loops.lasting("lasts", hang)
    loops.start()
    await asyncio.sleep(0)
    assert loops.stuck() == []
    now += 61.0

    assert loops.stuck() == ["hangs"]
    assert loops.ages() == {"hangs": 61.0, "lasts": 0.0}
    await loops.stop()


async def test_stopping_waits_for_what_cleans_up() -> None:
    """Stopped is stopped: each loop has ended, and its end is no failure."""
    loops, cleaned = Loops(), asyncio.Event()

    async def lasting() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.set()

    loops.lasting("lasting", lasting)
    loops.start()
    await asyncio.sleep(0)
    await loops.stop()

    assert cleaned.is_set()
