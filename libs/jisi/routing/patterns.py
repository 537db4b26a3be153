"""Neighbours whose models agreed as the query's do: which pairs of models say the same tells who is right.

Not of the paper. A pattern holds, for each pair of the models asked, whether both gave the same answer.
"""

from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Flags, Floats, Positions
from jisi.routing.support import weights


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSettings:
    """How pattern neighbours are weighed; checked on construction.

    Raises:
        ValueError: a value is out of bounds; the message names the setting, the value and what is allowed.
    """

    models: int = 5
    """How many models are asked, best by prior."""
    support_size: int = 800
    """k of the neighbours: more than the priors need, for few of them have the query's pattern."""
    sharpness: float = 8.0
    """How fast a neighbour's weight falls with the share of pairs that differ: by e^-`sharpness` where all do."""

    def __post_init__(self) -> None:
        for name in ("models", "support_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
        if not 0 <= self.sharpness < float("inf"):
            raise ValueError(f"sharpness must be at least 0 and finite, not {self.sharpness!r}")


def patterns(groups: Positions) -> Flags:
    """Who agrees with whom: (n, m) groups of answers, negative where there is none, to (n, m (m - 1) / 2) pairs."""
    first, second = np.triu_indices(groups.shape[1], k=1)
    agree: Flags = (groups[:, first] == groups[:, second]) & (groups[:, first] >= 0)
    return agree


def pattern_weights(similarity: Floats, known: Flags, pattern: Flags, sharpness: float) -> Floats:
    """Weights of neighbours, (n,): by similarity as in ALGORITHM.md 1, and by how far their pattern is the query's.

    The second factor is e^(-`sharpness` * share of pairs that differ). `similarity` is (n,), `known` the
    neighbours' patterns, (n, pairs), `pattern` the query's, (pairs,).
    """
    differing = (known != pattern).mean(axis=1) if len(pattern) else np.zeros(len(similarity))
    weighed: Floats = weights(similarity) * np.exp(-sharpness * differing)
    return weighed
