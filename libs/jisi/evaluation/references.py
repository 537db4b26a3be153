"""Models that were recorded to compare with: each answers alone, and none is ever chosen (ALGORITHM.md 0)."""

import numpy as np

from jisi.evaluation.metrics.measurement import Measurement, measure
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.running import Evaluation
from jisi.routing.bank import Expert


def measure_references(evaluation: Evaluation) -> list[Measurement]:
    """Measure each reference model on the tested rows, as `reference:MODEL`."""
    tested = evaluation.tested()
    return [
        measure(f"reference:{model}", Outcome.of_single(np.zeros(len(rows), np.int64), 1), rows, [_unpriced(model)])
        for model in evaluation.candidates.references
        if not np.isnan((rows := tested.for_models([model])).scores).all()
    ]


def _unpriced(model: str) -> Expert:
    """Its prices are of no use: every call of its own was recorded with its cost."""
    return Expert(model, 0.0, 0.0)
