"""Accuracy by dataset and macro, each with a bootstrap interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.metrics.resampling import DRAWS, bounds, resampled_sums, strata
from jisi.routing.arrays import Floats

LEVEL = 0.95
"""Of all intervals."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a figure."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Scores in [0, 1] with their intervals, which tell the luck of the test rows and nothing else.

    A fitted router's luck with its train rows is not in them. Where all rows score alike, an interval has no width.
    """

    macro: float
    """Mean over the datasets that have rows."""
    interval: Interval
    by_dataset: Mapping[str, float]
    """Mean over the rows of each dataset."""
    intervals: Mapping[str, Interval]


def by_dataset(measurement: Measurement, values: Floats) -> dict[str, float]:
    """Give the mean of `values` (n,) over the known rows of each dataset that has any."""
    means = {}
    for dataset, rows in strata(measurement.datasets):
        known = values[rows][~np.isnan(values[rows])]
        if len(known):
            means[measurement.dataset_names[dataset]] = float(known.mean())
    return means


def macro(measurement: Measurement) -> float:
    """Give the mean over datasets of their mean scores."""
    return float(np.mean(list(by_dataset(measurement, measurement.scores).values())))


def accuracies(
    measurements: Sequence[Measurement], *, seed: int, draws: int = DRAWS, level: float = LEVEL
) -> list[Accuracy]:
    """Measure routers on the same rows: percentile intervals of a bootstrap that keeps each dataset's number of rows.

    Raises:
        ValueError: there are no rows, or the measurements are of different ones.
    """
    if not measurements:
        return []
    first = same_rows(measurements)
    scores = np.stack([measurement.scores for measurement in measurements], axis=1)
    means: dict[str, Floats] = {}
    intervals: dict[str, tuple[Floats, Floats]] = {}
    drawn_macro = np.zeros((draws, len(measurements)))
    sizes = np.bincount(first.datasets)
    for dataset, sums in resampled_sums(scores, first.datasets, draws=draws, seed=seed):
        name = first.dataset_names[dataset]
        means[name] = scores[first.datasets == dataset].mean(axis=0)
        intervals[name] = bounds(sums / sizes[dataset], level)
        drawn_macro += sums / sizes[dataset]
    low, high = bounds(drawn_macro / len(means), level)
    return [
        Accuracy(
            macro=float(np.mean([values[place] for values in means.values()])),
            interval=Interval(float(low[place]), float(high[place])),
            by_dataset={name: float(values[place]) for name, values in means.items()},
            intervals={
                name: Interval(float(lows[place]), float(highs[place])) for name, (lows, highs) in intervals.items()
            },
        )
        for place in range(len(measurements))
    ]


def same_rows(measurements: Sequence[Measurement]) -> Measurement:
    """Give the first of measurements of the same rows.

    Raises:
        ValueError: there are no rows, or they are not the same.
    """
    first = measurements[0]
    if not len(first):
        raise ValueError(f"{first.router} was measured on no row")
    for other in measurements:
        if other.keys != first.keys:
            raise ValueError(f"{other.router} and {first.router} were measured on different rows")
    return first
