"""The answers topic: one answer a query, which explains and bills itself (public contract, version 1)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["completed", "degraded", "failed"]
Route = Literal["route", "aggregate"]
CallStatus = Literal["ok", "failed", "cancelled", "lost", "running"]

DegradedReason = Literal[
    "fewer_experts",
    "aggregator_replaced",
    "aggregation_failed",
    "deadline",
    "budget",
    "no_evidence",
    "cut_off",
    "references_trimmed",
    "internal_error",
]
"""Why an answer is less than the method would give:

fewer_experts: an expert that was asked gave nothing usable in its stage's time; aggregator_replaced: the first
aggregator failed and another one fused; aggregation_failed: none fused, the best expert's own response answers;
deadline: the time ran out before the method was through; budget: calls or money did; no_evidence: the bank says nothing
about the query; cut_off: the answer ended at its length limit; references_trimmed: the references did not fit the
aggregator's context whole; internal_error: a stage could not be worked, its event is in a dead-letter topic.
"""


class _Contract(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CallV1(_Contract):
    """One call to a model, paid or not, and whether it served the answer."""

    model: str
    kind: Literal["expert", "aggregator"]
    wave: int
    attempt: int
    status: CallStatus
    code: str | None = None
    """Wire name of the error of a failed call."""
    used: bool = False
    """Whether its text is the answer or went into it."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    counted: bool = False
    """Tokens were estimated here, because the endpoint told none."""
    cost_usd: float | None = None
    """None while the call runs."""
    seconds: float | None = None
    first_chunk_seconds: float | None = None


class BillV1(_Contract):
    """All calls with their sums; failed and discarded ones are paid too."""

    calls: tuple[CallV1, ...] = ()
    cost_usd: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    final: bool = True
    """False while a call still runs whose price is not known: see `jisi why` or the progress event `settled`."""


class ModelsV1(_Contract):
    """Which model did what."""

    answer: str | None = None
    """Whose text the answer is."""
    aggregator: str | None = None
    experts: tuple[str, ...] = ()
    """All experts asked, in the order of the calls."""
    references: tuple[str, ...] = ()
    """Whose responses were fused, best first."""


class TimingsV1(_Contract):
    """Milliseconds from the record's timestamp until each step was done; None: not reached."""

    accepted_ms: float | None = None
    first_wave_ms: float | None = None
    candidates_ms: float | None = None
    decided_ms: float | None = None
    answered_ms: float


class AnswerV1(_Contract):
    """The answer to a query."""

    version: Literal[1] = 1
    query_id: str
    status: Status
    text: str | None = None
    """None exactly if failed."""
    degraded: tuple[DegradedReason, ...] = ()
    reason: str | None = None
    """failed: what happened, in a sentence; else why it was routed or aggregated."""
    code: str | None = None
    """failed: the stable name of the reason."""
    route: Route | None = None
    models: ModelsV1 = Field(default_factory=ModelsV1)
    bill: BillV1 = Field(default_factory=BillV1)
    timings: TimingsV1
    trace_id: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
