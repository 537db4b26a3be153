"""Means over what is known: None instead of NaN, which JSON cannot say."""

import numpy as np

from jisi.routing.arrays import Floats


def mean_known(values: Floats) -> float | None:
    """Give the mean of the known values; None where there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def sum_known(values: Floats) -> float | None:
    """Give the sum of the known values; None where there are none."""
    known = values[~np.isnan(values)]
    return float(known.sum()) if len(known) else None


def share(part: float, whole: float) -> float | None:
    """Give a part of a whole; None of nothing."""
    return part / whole if whole > 0 else None
