"""What was really answered, row by row, in the form that all routers are measured in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from jisi.evaluation.metrics.measurement import Measurement
from jisi.support.lines import ItemKey

_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """One question that was answered."""

    score: float
    calls: int
    cost: float
    """USD."""
    prompt_tokens: int
    completion_tokens: int
    fused: bool
    seconds: float
    """Until the answer was there."""
    best_reference: float = _NAN
    """Score of the best response that was fused; NaN where it is not known or nothing is fused."""
    aggregator: float = _NAN
    """Score of the fusing model's own response; NaN likewise."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Live:
    """A method on all questions."""

    measurement: Measurement
    seconds: float
    """Median of an answer."""


def live(name: str, rows: Mapping[ItemKey, LiveRow], like: Measurement) -> Live:
    """Put rows in the order of another method's, so that both can be compared."""
    ordered = [rows[key] for key in like.keys]

    def column(field: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([getattr(row, field) for row in ordered], np.float64)

    calls = column("calls")
    measurement = replace(
        like,
        router=name,
        quality="live",
        scores=column("score"),
        scored=np.ones(len(ordered)),
        calls=calls,
        costs=column("cost"),
        costed_calls=calls,
        fusion_costs=np.zeros(len(ordered)),
        prompt_tokens=column("prompt_tokens"),
        completion_tokens=column("completion_tokens"),
        fused=np.array([row.fused for row in ordered], np.bool_),
        best_references=column("best_reference"),
        aggregators=column("aggregator"),
    )
    return Live(measurement=measurement, seconds=median(row.seconds for row in ordered))
