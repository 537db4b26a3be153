"""How accuracy and cost grow with the pool: its strongest models first, and drawn by lot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.protocol import Router
from jisi.evaluation.running import Done, Evaluation, Group
from jisi.routing.bank import Expert

SMALLEST = 2
"""Models that there is a choice between."""
DRAWS = 3
"""Pools of each size drawn by lot."""


@dataclass(frozen=True, slots=True, eq=False)
class PoolSize:
    """Routers over a pool of some size."""

    order: str
    """`strongest first` or `by lot`."""
    models: tuple[str, ...]
    measurements: Sequence[Measurement]


def scale(evaluation: Evaluation, routers: Sequence[Router], *, done: Done) -> list[PoolSize]:
    """Measure routers over pools of 2, 3, ... models; strength is the macro score on the first fold's train rows."""
    first = next(evaluation.supports()).train
    strongest = by_strength(first, evaluation.candidates.experts)
    pools = [("strongest first", strongest[:size]) for size in range(SMALLEST, len(strongest) + 1)]
    lots = np.random.default_rng(evaluation.seed)
    for size in range(SMALLEST, len(strongest)):
        for _ in range(DRAWS):
            drawn = set(lots.permutation(len(strongest))[:size].tolist())
            members = [expert for place, expert in enumerate(evaluation.candidates.experts) if place in drawn]
            pools.append(("by lot", members))
    measured = evaluation.run_groups([Group(experts, routers) for _, experts in pools], done=done)
    return [
        PoolSize(order, tuple(expert.name for expert in experts), measurements)
        for (order, experts), measurements in zip(pools, measured, strict=True)
    ]


def by_strength(train: Recordings, experts: Sequence[Expert]) -> list[Expert]:
    """Order models by the mean over datasets of their mean train score; those without any come last."""
    means = np.full((len(train.dataset_names), len(experts)), np.nan)
    for dataset in range(len(train.dataset_names)):
        scores = train.scores[train.datasets == dataset]
        recorded = (~np.isnan(scores)).sum(axis=0)
        means[dataset] = np.where(recorded > 0, np.nansum(scores, axis=0) / np.maximum(recorded, 1), np.nan)
    known = (~np.isnan(means)).sum(axis=0)
    macro = np.where(known > 0, np.nansum(means, axis=0) / np.maximum(known, 1), -1.0)
    return [experts[place] for place in np.argsort(-macro, kind="stable")]
