"""Drawing rows again, and turning differences round: how far a figure may be off by the luck of the rows.

Both work on many columns at once (a column a router), with the same draws for all, so that adding a router changes no
other's figures. Draws are made in blocks of bounded size.
"""

from collections.abc import Iterator

import numpy as np

from jisi.evaluation.recordings.recordings import Numbers
from jisi.routing.arrays import Floats, Positions

DRAWS = 2_000
"""Bootstrap draws: enough that a 95% bound moves by about a tenth of its distance from one seed to the next."""
FLIPS = 10_000
"""Random turns of the paired test: the smallest p is 1 in 10,001."""
_NUMBERS_AT_ONCE = 4_000_000
_ROUNDING = 1e-12
"""Sums that differ by less, relative to the sum of all sizes, differ by rounding alone."""


def strata(datasets: Numbers) -> Iterator[tuple[int, Positions]]:
    """Give each dataset that has rows, with those."""
    for dataset in np.unique(datasets):
        yield int(dataset), np.flatnonzero(datasets == dataset)


def resampled_sums(values: Floats, datasets: Numbers, *, draws: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """Draw rows with replacement within each dataset (stratified bootstrap; Efron and Tibshirani 1993, ch. 8).

    Args:
        values: (n, C), finite.
        datasets: (n,) the stratum of each row.
        draws: how many resamples.
        seed: of the draws, which depend on it and `datasets` alone.

    Yields:
        Each dataset that has rows, with the (draws, C) sums over its resampled rows.
    """
    lots = np.random.default_rng(seed)
    for dataset, rows in strata(datasets):
        here, count = values[rows], len(rows)
        sums = np.empty((draws, values.shape[1]))
        block = max(1, _NUMBERS_AT_ONCE // count)
        for start in range(0, draws, block):
            many = min(block, draws - start)
            drawn = lots.integers(0, count, (many, count)) + count * np.arange(many)[:, None]
            times = np.bincount(drawn.ravel(), minlength=many * count).reshape(many, count)
            sums[start : start + many] = times @ here
        yield dataset, sums


def flip_p_values(differences: Floats, *, flips: int, seed: int) -> Floats:
    """Test whether sums of paired differences are zero: paired randomisation test, two-sided.

    If two routers were alike, either's figure on a row could as well have been the other's: the sign of every
    difference is turned at random, and p is the share of turns whose sum is at least as far from zero, the observed
    one among them (Fisher; Good 2005, Permutation, Parametric and Bootstrap Tests). For scores of 0 and 1 in one
    dataset this is McNemar's exact test up to the number of turns; it holds as well for graded scores and for sums
    that weigh datasets alike.

    Args:
        differences: (n, C) each row's share in the sum.
        flips: how many turns.
        seed: of the turns.

    Returns:
        (C,) p values in (0, 1]; 1 where all differences are 0.
    """
    lots = np.random.default_rng(seed)
    rows, columns = differences.shape
    sizes = np.abs(differences).sum(axis=0)
    observed = np.abs(differences.sum(axis=0)) - _ROUNDING * sizes
    as_far = np.ones(columns)
    block = max(1, _NUMBERS_AT_ONCE // max(1, rows))
    for start in range(0, flips, block):
        signs = lots.integers(0, 2, (min(block, flips - start), rows), dtype=np.int8) * 2.0 - 1.0
        as_far += (np.abs(signs @ differences) >= observed).sum(axis=0)
    return as_far / (flips + 1)


def bounds(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Give the percentile interval of draws (B, ...): low and high, each of shape (...)."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
