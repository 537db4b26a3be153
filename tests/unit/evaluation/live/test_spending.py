"""Bounds that no call passes."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.evaluation.live.spending import Spending
from jisi.llm.budget import BudgetEndedError


async def test_without_bounds_all_is_counted() -> None:
    """Calls and what they did cost."""
    spending = Spending()
    for _ in range(3):
        await spending.reserve(9.0)
        spending.settle(9.0, 0.5)

    assert (spending.calls, spending.cost, spending.ended) == (3, 1.5, None)


async def test_calls_are_bounded() -> None:
    """The call beyond the bound is not made, nor any after it."""
    spending = Spending(max_calls=2)
    await spending.reserve(0.0)
    await spending.reserve(0.0)

    for _ in range(2):
        with pytest.raises(BudgetEndedError, match="--max-calls 2"):
            await spending.reserve(0.0)
    assert spending.calls == 2


async def test_a_call_waits_for_what_others_leave() -> None:
    """What was set aside for a call under way and not spent serves the next one."""
    spending = Spending(max_cost=1.0)
    await spending.reserve(0.8)
    waiting = asyncio.create_task(spending.reserve(0.5))
    await asyncio.sleep(0)
    assert not waiting.done()

    spending.settle(0.8, 0.1)
    await waiting

    assert spending.calls == 2


async def test_money_is_bounded() -> None:
    """Where nothing is under way any more, a call that could pass the bound ends the run and says how dear it is."""
    spending = Spending(max_cost=1.0)
    await spending.reserve(0.8)
    spending.settle(0.8, 0.7)

    with pytest.raises(BudgetEndedError, match=r"--max-cost 1 .*\$0\.7 are spent.*up to \$0\.4"):
        await spending.reserve(0.4)


@given(
    calls=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20),
    bound=st.floats(0, 5),
)
def test_the_bound_holds_whatever_is_under_way(calls: Sequence[tuple[float, float]], bound: float) -> None:
    """However many calls want to be made at once and whatever part of the most they cost."""

    async def call(spending: Spending, most: float, share: float) -> None:
        await spending.reserve(most)
        await asyncio.sleep(0)
        spending.settle(most, most * share)

    async def run() -> float:
        spending = Spending(max_cost=bound)
        await asyncio.gather(*(call(spending, *one) for one in calls), return_exceptions=True)
        return spending.cost

    assert asyncio.run(run()) <= bound + 1e-9


def test_rows_are_begun_together_while_there_is_room() -> None:
    """By what they may need: whole rows within --max-calls, and twice the mean cost within --max-cost."""
    free, calls, money = Spending(), Spending(max_calls=10), Spending(max_cost=10.0)
    assert free.has_room_beside(99, calls=99)
    assert [calls.has_room_beside(rows, calls=4) for rows in (1, 2)] == [True, False]

    assert not money.has_room_beside(1, calls=4)  # not before it is known what a row costs
    money.cost = 2.0
    money.row_ended()
    assert [money.has_room_beside(rows, calls=4) for rows in (1, 2)] == [True, False]
