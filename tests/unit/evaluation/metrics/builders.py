"""Measurements without recordings: rows with the figures that a test is about."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.routers.outcome import Quality
from jisi.routing.arrays import Floats
from jisi.support.lines import ItemKey

NAN = float("nan")


def measurement(
    scores: Sequence[float],
    *,
    router: str = "mine",
    datasets: Sequence[str] | None = None,
    quality: Quality = "recorded",
    calls: float | Sequence[float] = 1.0,
    costs: float | Sequence[float] = 0.001,
    **arrays: Any,
) -> Measurement:
    """Give a measurement; rows are of one dataset, `numbers`, unless told otherwise, and nothing is fused."""
    names = ["numbers"] * len(scores) if datasets is None else list(datasets)
    known = tuple(sorted(set(names)))

    def filled(values: Any) -> Floats:
        return np.broadcast_to(np.asarray(values, np.float64), len(scores)).copy()

    defaults = {
        "scored": 1.0,
        "fusion_costs": 0.0,
        "prompt_tokens": 10.0,
        "completion_tokens": 100.0,
        "best_references": NAN,
        "aggregators": NAN,
    }
    columns = {name: filled(arrays.get(name, default)) for name, default in defaults.items()}
    return Measurement(
        router=router,
        quality=quality,
        keys=tuple(ItemKey(name, index, "test") for index, name in enumerate(names)),
        dataset_names=known,
        datasets=np.array([known.index(name) for name in names], np.int32),
        scores=filled(scores),
        calls=filled(calls),
        costs=filled(costs),
        costed_calls=np.where(np.isnan(filled(costs)), 0.0, filled(calls)),
        fused=~np.isnan(columns["best_references"]),
        **columns,
    )


@st.composite
def measurements(draw: st.DrawFn, *, count: int = 1, graded: bool = True) -> list[Measurement]:
    """Several routers on the same rows of up to three datasets."""
    names = draw(st.lists(st.sampled_from(["crux", "gsm", "math"]), min_size=1, max_size=24))
    score = st.floats(0, 1, width=32) if graded else st.sampled_from([0.0, 1.0])
    rows = st.lists(score, min_size=len(names), max_size=len(names))
    return [measurement(draw(rows), router=f"router {place}", datasets=names) for place in range(count)]
