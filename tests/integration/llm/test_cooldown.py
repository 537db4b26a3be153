"""Endpoints are left alone by all replicas, ever longer, until one call succeeds."""

import asyncio
import contextlib
from typing import Any

import pytest
import sqlalchemy as sa
from jisi.database import Notifications, create_engine
from jisi.llm import tables
from jisi.llm.cooldown import LONGEST_SECONDS, LONGEST_TRANSIENT_SECONDS, CoolDowns
from jisi.llm.errors import (
    EndpointError,
    EndpointUnreachable,
    KeyMissing,
    KeyRefused,
    LLMError,
    RateLimited,
    RequestRefused,
)
from jisi.llm.spec import ModelSpec
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.waiting import eventually

SPEC = ModelSpec(name="m", base_url="http://host/v1", model="m", prompt_price=0.0, completion_price=0.0)


def _left(cool_downs: CoolDowns) -> float:
    cooling = cool_downs.cooling("m")
    return 0.0 if cooling is None else cooling.seconds_left


async def _let_it_end(engine: AsyncEngine, *cool_downs: CoolDowns, ago_seconds: float = 0.0) -> None:
    """Put the end of all cool-downs into the past, as if time had gone by."""
    async with engine.begin() as connection:
        ended = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, ago_seconds)
        await connection.execute(sa.update(tables.cool_down).values(until=ended))
    for one in cool_downs:
        one._states.clear()
        await one.load()


@pytest.mark.parametrize(
    ("error", "seconds", "reason"),
    [
        (EndpointUnreachable("x"), 2.0, "endpoint_unreachable"),
        (RateLimited("x"), 1.0, "rate_limited"),
        (RateLimited("x", retry_after_seconds=7.0), 7.0, "rate_limited"),
        (RateLimited("x", retry_after_seconds=90_000.0), LONGEST_SECONDS, "rate_limited"),
        (EndpointError("x", retry_after_seconds=4.0), 4.0, "endpoint_error"),
        (KeyRefused("x"), 60.0, "key_refused"),
    ],
)
async def test_a_failure_cools_all_replicas(engine: AsyncEngine, error: LLMError, seconds: float, reason: str) -> None:
    """What one replica finds out, the others know: for how long, and why."""
    here, there = CoolDowns(engine), CoolDowns(engine)
    await here.failed(SPEC, error)
    await there.load()

    for one in (here, there):
        cooling = one.cooling("m")
        assert cooling is not None
        assert seconds - 1.0 < cooling.seconds_left <= seconds
        assert cooling.reason == reason
        assert one.cooling("other") is None


@pytest.mark.parametrize("error", [RequestRefused("x"), EndpointError("x")])
async def test_what_says_nothing_of_the_next_call(engine: AsyncEngine, error: LLMError) -> None:
    """A request that was refused for itself, or a single error of the server, cools nothing."""
    cool_downs = CoolDowns(engine)
    await cool_downs.failed(SPEC, error)
    await cool_downs.load()

    assert cool_downs.cooling("m") is None


async def test_errors_in_a_row(engine: AsyncEngine) -> None:
    """Errors of the server cool it down when they come in a row; a success between them begins the count anew."""
    cool_downs = CoolDowns(engine)
    for _ in range(2):
        await cool_downs.failed(SPEC, EndpointError("x"))
    await cool_downs.succeeded(SPEC)
    for _ in range(2):
        await cool_downs.failed(SPEC, EndpointError("x"))
    assert cool_downs.cooling("m") is None
    await cool_downs.failed(SPEC, EndpointError("x"))

    assert cool_downs.cooling("m") is not None


async def test_repeated_failures_cool_longer(engine: AsyncEngine) -> None:
    """Each cool-down without a success since the last is twice as long, up to a limit; replicas count together."""
    replicas = CoolDowns(engine), CoolDowns(engine)
    lengths = []
    for round_ in range(8):
        failing = replicas[round_ % 2]
        await failing.failed(SPEC, EndpointUnreachable("x"))
        failing._states.clear()
        await failing.load()
        lengths.append(_left(failing))
        await _let_it_end(engine, *replicas)

    expected = [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert lengths == pytest.approx(expected, abs=0.9)
    assert max(lengths) <= LONGEST_TRANSIENT_SECONDS


async def test_many_calls_that_fail_together_count_once(engine: AsyncEngine) -> None:
    """Calls in flight when an endpoint goes down fail together: that is one failure of the endpoint."""
    cool_downs = CoolDowns(engine)
    for _ in range(20):
        await cool_downs.failed(SPEC, EndpointUnreachable("x"))
    cool_downs._states.clear()
    await cool_downs.load()
    assert 0.5 < _left(cool_downs) <= 2.0
    await _let_it_end(engine, cool_downs)
    await cool_downs.failed(SPEC, EndpointUnreachable("x"))
    cool_downs._states.clear()
    await cool_downs.load()

    assert 2.5 < _left(cool_downs) <= 4.0


async def test_a_success_forgets(engine: AsyncEngine) -> None:
    """Once a cool-down is over, the first success clears it for all, so the next failure starts from the beginning."""
    here, there = CoolDowns(engine), CoolDowns(engine)
    for _ in range(3):
        await here.failed(SPEC, EndpointUnreachable("x"))
        await _let_it_end(engine, here, there)
    assert here.cooling("m") is None
    await there.succeeded(SPEC)
    await here.load()
    await here.failed(SPEC, EndpointUnreachable("x"))

    assert 1.0 < _left(here) <= 2.0


async def test_an_older_call_that_succeeds_changes_nothing(engine: AsyncEngine) -> None:
    """While an endpoint cools down, the success of a call begun before is no news."""
    here = CoolDowns(engine)
    await here.failed(SPEC, RateLimited("x", retry_after_seconds=30.0))
    await here.succeeded(SPEC)
    assert _left(here) > 25.0
    await here.load()

    assert _left(here) > 25.0


async def test_a_success_here_does_not_undo_a_later_failure_there(engine: AsyncEngine) -> None:
    """A replica that has not yet heard of the newest cool-down does not clear it."""
    here, there = CoolDowns(engine), CoolDowns(engine)
    await here.failed(SPEC, EndpointUnreachable("x"))
    await _let_it_end(engine, here, there)
    await there.failed(SPEC, RateLimited("x", retry_after_seconds=30.0))
    await here.succeeded(SPEC)
    await here.load()

    assert _left(here) > 25.0


async def test_old_failures_are_forgotten(engine: AsyncEngine) -> None:
    """A cool-down that ended long ago does not make the next one longer."""
    here = CoolDowns(engine)
    for _ in range(3):
        await here.failed(SPEC, EndpointUnreachable("x"))
        await _let_it_end(engine, here)
    await _let_it_end(engine, here, ago_seconds=3600.0)
    await here.failed(SPEC, EndpointUnreachable("x"))
    here._states.clear()
    await here.load()

    assert 1.0 < _left(here) <= 2.0


async def test_a_missing_key_is_a_matter_of_one_process(engine: AsyncEngine) -> None:
    """Where only one replica lacks the key, the others go on."""
    here, there = CoolDowns(engine), CoolDowns(engine)
    await here.failed(SPEC, KeyMissing("x"))
    for one in (here, there):
        await one.load()

    assert here.cooling("m") is not None
    assert there.cooling("m") is None


async def test_replicas_are_told(engine: AsyncEngine, database_url: str) -> None:
    """A running replica hears of a cool-down, and of its end, within moments."""
    notifications = Notifications(database_url)
    here, there = CoolDowns(engine), CoolDowns(engine, notifications=notifications)
    loops: list[asyncio.Task[Any]] = [asyncio.create_task(notifications.run()), asyncio.create_task(there.run())]
    try:
        await notifications.listening()
        await here.failed(SPEC, RateLimited("x", retry_after_seconds=30.0))
        await eventually(lambda: there.cooling("m") is not None, within_seconds=1.5)
        await _let_it_end(engine, here)
        await here.succeeded(SPEC)
        await eventually(lambda: there.cooling("m") is None, within_seconds=1.5)
    finally:
        for loop in loops:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop


async def test_without_postgres(engine: AsyncEngine) -> None:
    """With Postgres down, a failure cools the endpoint in its own process, nothing raises, and nothing is forgotten."""
    away = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    here = CoolDowns(away)
    await here.failed(SPEC, RateLimited("x", retry_after_seconds=30.0))
    assert _left(here) > 25.0
    here._engine = engine
    await here.load()

    assert _left(here) > 25.0
    await away.dispose()
