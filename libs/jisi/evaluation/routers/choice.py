"""One model for each row, from what is expected of every model."""

import numpy as np

from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.arrays import Floats, Positions
from jisi.routing.prior import TIE_DECIMALS


def best_columns(expected: Floats, evidence: Evidence) -> Positions:
    """Choose the column with the highest number in each row of `expected`, (n, M); NaN: nothing is known of it.

    Ties as in ALGORITHM.md 1: by price, then by order in the pool. Where nothing is known of any model, the first of
    the pool answers (6).
    """
    unknown = np.isnan(expected)
    cheapest_first = np.argsort(evidence.prices, kind="stable")
    ranked = np.where(unknown, -np.inf, expected.round(TIE_DECIMALS))[:, cheapest_first]
    best: Positions = cheapest_first[ranked.argmax(axis=1)]
    best[unknown.all(axis=1)] = 0
    return best
