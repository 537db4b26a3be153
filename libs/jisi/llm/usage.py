"""Tokens of one call, and where the numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens a call used; `counted` when the endpoint did not tell and they are our estimate."""

    prompt_tokens: int
    completion_tokens: int
    """Reasoning included, as endpoints bill it."""
    reasoning_tokens: int | None = None
    """None when the endpoint does not tell it apart."""
    counted: bool = False


NO_USAGE = Usage(prompt_tokens=0, completion_tokens=0)
"""Of a call the endpoint never took."""


def read_usage(given: object) -> Usage | None:
    """Read an endpoint's `usage` object; None when it says nothing to go by.

    Some endpoints (Gemini's, xAI's) leave reasoning out of `completion_tokens` but not of `total_tokens`: what the
    total has above prompt and completion was billed as completion.
    """
    if not isinstance(given, Mapping):
        return None
    prompt, completion = _count(given, "prompt_tokens"), _count(given, "completion_tokens")
    if prompt is None or completion is None or prompt + completion == 0:
        return None
    total = _count(given, "total_tokens")
    details = given.get("completion_tokens_details")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion if total is None else max(completion, total - prompt),
        reasoning_tokens=_count(details, "reasoning_tokens") if isinstance(details, Mapping) else None,
    )


def _count(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**31:  # NaN fails here too
        return None
    return int(value)
