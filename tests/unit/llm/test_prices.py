"""What calls cost and what can be afforded."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jisi.llm.prices import UNBOUNDED_TOKENS, affordable_tokens, cost_usd, worst_cost
from jisi.llm.spec import ModelSpec
from jisi.llm.usage import Usage


def _spec(prompt: float, completion: float) -> ModelSpec:
    return ModelSpec(name="m", base_url="http://host/v1", model="m", prompt_price=prompt, completion_price=completion)


def test_cost() -> None:
    """Prices are USD a million tokens, of prompt and completion apart."""
    usage = Usage(prompt_tokens=1_000, completion_tokens=200, reasoning_tokens=150)

    assert cost_usd(_spec(3, 15), usage) == pytest.approx(0.003 + 0.003)


def test_affordable() -> None:
    """Money is spent on the prompt first, then on as many tokens as it buys."""
    assert affordable_tokens(_spec(1, 2), 1_000_000, 3.0) == 1_000_000
    assert affordable_tokens(_spec(1, 2), 1_000_000, 0.99) == 0
    assert affordable_tokens(_spec(1, 0), 10, 1.0) == UNBOUNDED_TOKENS
    assert affordable_tokens(_spec(0, 0), 10, 0.0) == UNBOUNDED_TOKENS


_prices = st.floats(0, 1000, allow_subnormal=False)


@example(prompt=0.0, completion=12.43527683903022, tokens=751, money=0.05590900466827986)  # rounds up by itself
@given(_prices, _prices, st.integers(0, 10**7), st.floats(0, 1e6))
def test_what_is_afforded_is_never_exceeded(prompt: float, completion: float, tokens: int, money: float) -> None:
    """Whatever the rounding, the worst case of an affordable call costs no more than the money, and one more would."""
    spec = _spec(prompt, completion)
    affordable = affordable_tokens(spec, tokens, money)

    assert affordable >= 0
    if affordable:
        assert worst_cost(spec, tokens, affordable) <= money
    if affordable < UNBOUNDED_TOKENS:
        assert worst_cost(spec, tokens, affordable + 2) > money * (1 - 1e-9)
