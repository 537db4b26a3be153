"""Whether predicted scores can be believed: reliability bins, Brier score, expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Floats

BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Predictions that are nearly alike."""

    low: float
    high: float
    count: int
    predicted: float
    """Mean prediction."""
    realised: float
    """Mean score that came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How predictions and scores agree."""

    bins: Sequence[Bin]
    """Of equal width, those that hold something, in order."""
    count: int
    """Pairs of which both are known."""
    brier: float
    """Mean square of prediction less score (Brier 1950); of graded scores their mean squared error."""
    expected_error: float
    """ECE: mean over pairs of the distance between mean prediction and mean score of their bin (Naeini et al. 2015)."""


def calibrate(predicted: Floats, realised: Floats, *, bins: int = BINS) -> Calibration | None:
    """Compare predictions in [0, 1] with scores, arrays of one shape; pairs with a NaN are left out. None: all are."""
    known = ~(np.isnan(predicted) | np.isnan(realised))
    guesses, scores = predicted[known], realised[known]
    if not len(guesses):
        return None
    places = np.minimum((guesses * bins).astype(np.int64), bins - 1)
    found = [
        Bin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int((places == place).sum()),
            predicted=float(guesses[places == place].mean()),
            realised=float(scores[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    ]
    return Calibration(
        bins=found,
        count=len(guesses),
        brier=float(((guesses - scores) ** 2).mean()),
        expected_error=sum(one.count * abs(one.predicted - one.realised) for one in found) / len(guesses),
    )
