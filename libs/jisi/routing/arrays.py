"""Names for the array types of the maths, so that signatures say what a number is."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Scores, similarities, weights, token counts; NaN marks what is not recorded."""

Embeddings = NDArray[np.float32] | NDArray[np.float64]
"""Vectors of unit norm, a row each; float32 in the services, float64 in the golden cases."""

Positions = NDArray[np.int64]
"""Row numbers of items in the bank, or item ids."""

Flags = NDArray[np.bool_]
"""A yes or no for each row or model."""
