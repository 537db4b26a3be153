"""What calls cost, in USD, and what can be afforded (DESIGN.md 3, money and calls)."""

import math

from jisi.llm.spec import ModelSpec
from jisi.llm.usage import Usage

_TOKENS_A_PRICE = 1_000_000
UNBOUNDED_TOKENS = 2**31 - 1
"""What any amount of money buys of a model whose completions cost nothing."""


def cost_usd(spec: ModelSpec, usage: Usage) -> float:
    """Return the price of a call's usage; completion tokens include reasoning, as endpoints bill it."""
    return worst_cost(spec, usage.prompt_tokens, usage.completion_tokens)


def worst_cost(spec: ModelSpec, prompt_tokens: int, max_tokens: int) -> float:
    """Return the price of a call that uses all of its completion tokens: what is reserved before it."""
    return (prompt_tokens * spec.prompt_price + max_tokens * spec.completion_price) / _TOKENS_A_PRICE


def affordable_tokens(spec: ModelSpec, prompt_tokens: int, money: float) -> int:
    """Return how many completion tokens the money (USD) buys after the prompt; 0 when not even that is paid.

    `worst_cost` of the result never exceeds the money, whatever the rounding.
    """
    if money < worst_cost(spec, prompt_tokens, 0):
        return 0
    if spec.completion_price <= 0:
        return UNBOUNDED_TOKENS
    left = money * _TOKENS_A_PRICE - prompt_tokens * spec.prompt_price
    tokens = math.floor(min(max(0.0, left) / spec.completion_price, UNBOUNDED_TOKENS))
    while tokens > 0 and worst_cost(spec, prompt_tokens, tokens) > money:
        tokens -= 1
    return tokens
