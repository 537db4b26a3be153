"""Whether two routers differ, measured on the same rows.

The difference comes with two things, each the usual choice for its purpose: a 95% interval by paired bootstrap (rows
drawn again within each dataset, both routers on the same draw), and a p value by paired randomisation test
(`resampling.flip_p_values`), which is exact in principle, needs no distribution, holds for graded scores, and is
McNemar's exact test for scores of 0 and 1. Neither corrects for how many routers are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.metrics.accuracy import LEVEL, same_rows
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.metrics.resampling import DRAWS, FLIPS, bounds, flip_p_values, resampled_sums
from jisi.evaluation.recordings.recordings import Numbers
from jisi.routing.arrays import Floats
from jisi.routing.prior import TIE_DECIMALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first router's figure less the second's."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTest:
    """One router against another."""

    router: str
    against: str
    macro: Difference | None
    """Of the macro scores; None where the quality of either is not recorded."""
    calls: Difference | None
    """Of the mean calls a query."""
    cost: Difference | None
    """Of the mean cost a query in USD, over the rows where both are known; None: there are none."""


def paired_tests(
    measurements: Sequence[Measurement], against: Measurement, *, seed: int, draws: int = DRAWS, flips: int = FLIPS
) -> list[PairedTest]:
    """Test each of these routers against one.

    Raises:
        ValueError: there are no rows, or the measurements are of different ones.
    """
    same_rows([against, *measurements])
    if not measurements:
        return []
    alike = np.full(len(against), 1 / len(against))
    kinds = [
        ([one.scores for one in measurements], against.scores, _macro_weights(against.datasets)),
        ([one.calls for one in measurements], against.calls, alike),
        ([one.costs for one in measurements], against.costs, alike),
    ]
    columns = [((theirs - own).round(TIE_DECIMALS), weights) for many, own, weights in kinds for theirs in many]
    tested = _differences(
        np.stack([difference for difference, _ in columns], axis=1),
        np.stack([weights for _, weights in columns], axis=1),
        against.datasets,
        seed=seed,
        draws=draws,
        flips=flips,
    )
    count = len(measurements)
    return [
        PairedTest(
            router=one.router,
            against=against.router,
            macro=None if "not recorded" in (one.quality, against.quality) else macro,
            calls=calls,
            cost=cost,
        )
        for one, macro, calls, cost in zip(
            measurements, tested[:count], tested[count : 2 * count], tested[2 * count :], strict=True
        )
    ]


def _differences(
    columns: Floats, weights: Floats, datasets: Numbers, *, seed: int, draws: int, flips: int
) -> list[Difference | None]:
    """Test weighted means of columns (n, C) of differences; NaN leaves a row out of its column, None: all are."""
    shares = weights * ~np.isnan(columns)
    parts = weights * np.nan_to_num(columns)
    sums = np.zeros((draws, 2 * columns.shape[1]))
    for _, drawn in resampled_sums(np.concatenate([parts, shares], axis=1), datasets, draws=draws, seed=seed):
        sums += drawn
    drawn_parts, drawn_shares = np.split(sums, 2, axis=1)
    p_values = flip_p_values(parts, flips=flips, seed=seed)
    found: list[Difference | None] = []
    for place, share in enumerate(shares.sum(axis=0)):
        if share == 0:
            found.append(None)
            continue
        some = drawn_shares[:, place] > 0
        low, high = bounds(drawn_parts[some, place] / drawn_shares[some, place], LEVEL)
        value = float(parts[:, place].sum() / share)
        found.append(Difference(value=value, low=float(low), high=float(high), p=float(p_values[place])))
    return found


def _macro_weights(datasets: Numbers) -> Floats:
    """(n,) with which a sum over rows is the mean over datasets of their means."""
    sizes = np.bincount(datasets)
    weights: Floats = 1.0 / sizes[datasets] / np.count_nonzero(sizes)
    return weights
