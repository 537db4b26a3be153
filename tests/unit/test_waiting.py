"""Waiting with a deadline, which every other test relies on."""

import pytest

from tests.support.waiting import eventually


async def test_the_first_true_value_is_given() -> None:
    """What the condition gives at last is given, however often it was not there before."""
    values = iter(["", None, "there"])

    assert await eventually(lambda: next(values), within_seconds=5, interval_seconds=0) == "there"


async def test_an_async_condition_is_awaited() -> None:
    """A coroutine's result counts, not the coroutine."""
    values = iter([False, True])

    async def condition() -> bool:
        return next(values)

    assert await eventually(condition, within_seconds=5, interval_seconds=0)


async def test_an_exception_is_not_yet() -> None:
    """A condition may fail until it holds."""
    values = iter([0, 1])

    assert await eventually(lambda: 1 // next(values), within_seconds=5, interval_seconds=0) == 1


async def test_the_failure_tells_all() -> None:
    """After the deadline: what was waited for, how often it was asked, what it gave last, and from what it failed."""

    async def answers() -> int:
        """All queries are answered."""
        return 0

    with pytest.raises(AssertionError, match=r"Not within 0 s: All queries are answered\. Asked 1 times.*gave 0"):
        await eventually(answers, within_seconds=0)
    with pytest.raises(AssertionError, match=r"raised ZeroDivisionError") as raised:
        await eventually(lambda: 1 // 0, within_seconds=0, reason="the impossible")
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
