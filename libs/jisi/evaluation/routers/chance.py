"""A model by lot."""

from dataclasses import dataclass

import numpy as np

from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows


@dataclass(frozen=True, slots=True)
class RandomRouter:
    """Asks any model of the pool with equal chance; measured exactly, by equal shares, hence without a seed."""

    name: str = "random"

    def fit(self, evidence: Evidence) -> "RandomRouter":
        """Nothing is learnt."""
        del evidence
        return self

    def route(self, rows: Rows) -> Outcome:
        """Give every model the same share of every row."""
        shares = np.full(rows.test.scores.shape, 1.0 / len(rows.test.models))
        return Outcome.routed(shares, shares)
