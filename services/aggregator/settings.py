"""Settings of the aggregator, from `JISI_...` variables."""

from typing import Literal

from jisi.runtime.calling import CallingSettings
from pydantic import Field


class AggregatorSettings(CallingSettings):
    """How the aggregator is set up (ALGORITHM.md 5)."""

    max_attempts: int = Field(default=1, ge=1, le=10)
    """Of one aggregator: when its call fails, the next of the ranking is tried rather than the same again."""
    aggregation_style: Literal["normal", "with_score"] = "normal"
    """with_score also gives each response's prior score as a confidence."""
    aggregation_temperature: float = Field(default=0.7, ge=0, le=2)
    """Of the fusing call, instead of the model's own."""
    aggregation_max_tokens: int = Field(default=32_768, ge=1)
    """Longest fusion, unless the model's own limit is lower."""
    aggregator_input_tokens: int = Field(default=90_000, ge=1)
    """Longest prompt; references are trimmed to fit, and to fit the model's context less its output."""
