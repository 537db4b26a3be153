"""Waiting for a condition with a deadline, instead of sleeping for a while and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]],
    *,
    within_seconds: float,
    interval_seconds: float = 0.02,
    reason: str = "",
) -> T: ...


@overload
async def eventually(
    condition: Callable[[], T],
    *,
    within_seconds: float,
    interval_seconds: float = 0.02,
    reason: str = "",
) -> T: ...


async def eventually(
    condition: Callable[[], Any],
    *,
    within_seconds: float,
    interval_seconds: float = 0.02,
    reason: str = "",
) -> Any:
    """Call `condition` (a plain or async function) until it gives something true, and give that.

    An exception of the condition counts as "not yet". After the deadline the failure tells what was waited for
    (`reason`, or the condition's own docstring), how often it was asked, and what it gave or raised last.
    """
    deadline = time.monotonic() + within_seconds
    asked = 0
    while True:
        asked += 1
        cause: Exception | None = None
        try:
            given = condition()
            value = await given if inspect.isawaitable(given) else given
        except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
            cause, last = error, f"raised {error!r}"
        else:
            if value:
                return value
            last = f"gave {value!r}"
        if time.monotonic() >= deadline:
            awaited = reason or inspect.getdoc(condition) or repr(condition)
            told = (
                f"Not within {within_seconds} s: {awaited.rstrip('.')}. Asked {asked} times; the last time it {last}."
            )
            raise AssertionError(told) from cause
        await asyncio.sleep(interval_seconds)
