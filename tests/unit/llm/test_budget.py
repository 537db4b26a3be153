"""Bounds on calls and money."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.llm.budget import Budget, BudgetEndedError

EIGHTHS = st.integers(0, 40).map(lambda eighths: eighths / 8)


@given(
    calls=st.lists(st.tuples(EIGHTHS, st.floats(0, 1)), max_size=12),
    max_cost=st.none() | EIGHTHS,
    max_calls=st.none() | st.integers(0, 8),
    spent=EIGHTHS,
)
def test_no_bound_is_ever_passed(
    calls: list[tuple[float, float]], max_cost: float | None, max_calls: int | None, spent: float
) -> None:
    """However calls overlap, those made and what was spent before stay within the bounds; what has no room is told."""
    made: list[float] = []
    refused: list[float] = []
    budget = Budget(max_cost=max_cost, max_calls=max_calls, cost=spent, calls=1)

    async def call(most: float, share: float) -> None:
        try:
            await budget.reserve(most)
        except BudgetEndedError:
            refused.append(most)
            return
        await asyncio.sleep(0)
        made.append(most * share)
        budget.settle(most, most * share)

    async def all_at_once() -> None:
        async with asyncio.timeout(10):
            await asyncio.gather(*(call(most, share) for most, share in calls))

    asyncio.run(all_at_once())

    assert len(made) + len(refused) == len(calls)
    assert max_cost is None or not made or spent + sum(made) <= max_cost + 1e-9
    assert max_calls is None or 1 + len(made) <= max(1, max_calls)
    assert budget.cost == pytest.approx(spent + sum(made))
    assert (budget.ended is None) == (not refused)


async def test_a_call_waits_for_those_under_way() -> None:
    """One that fits only if a running call turns out cheaper waits for its end."""
    budget = Budget(max_cost=1.0)
    await budget.reserve(0.75)
    waiting = asyncio.create_task(budget.reserve(0.5))
    await asyncio.sleep(0)

    assert not waiting.done()
    budget.settle(0.75, 0.5)
    await asyncio.wait_for(waiting, 5)
    with pytest.raises(BudgetEndedError, match=r"--max-cost 1 could be passed"):
        await budget.reserve(0.75)
