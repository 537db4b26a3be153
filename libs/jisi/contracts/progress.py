"""The progress topic: what happens to a query, for people and consoles (public contract, version 1, best effort)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal[
    "accepted", "response", "second_wave", "candidates", "decided", "aggregating", "retrying", "answered", "settled"
]


class ProgressV1(BaseModel):
    """One step of one query."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    query_id: str
    tenant: str = ""
    stage: Stage
    at_ms: int
    """Milliseconds since the epoch."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """accepted: probes, deadline_ms; response: model, usable, code, seconds, cost_usd; second_wave: models;
    candidates: models; decided: route, models, reason; aggregating: model; retrying: model, code, seconds;
    answered: status, cost_usd; settled: the final bill."""
