"""The same model for every query."""

from dataclasses import dataclass

import numpy as np

from jisi.errors import InputError
from jisi.evaluation.routers.choice import best_columns
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.strength import macro_scores


@dataclass(frozen=True, slots=True)
class SingleRouter:
    """One model, named."""

    model: str

    @property
    def name(self) -> str:
        """Say which."""
        return f"single:{self.model}"

    def fit(self, evidence: Evidence) -> "Always":
        """Find its column.

        Raises:
            InputError: the model is not in the pool.
        """
        models = evidence.train.models
        if self.model not in models:
            raise InputError(f"{self.name}: the pool has no such model; it has {', '.join(models)}.")
        return Always(evidence.train.column(self.model))


@dataclass(frozen=True, slots=True)
class BestSingleRouter:
    """The model with the highest macro score over the datasets of the train rows: what a careful user would take."""

    name: str = "best-single"

    def fit(self, evidence: Evidence) -> "Always":
        """Find it; of equals the cheapest."""
        return Always(int(best_columns(macro_scores(evidence.train)[np.newaxis], evidence)[0]))


@dataclass(frozen=True, slots=True)
class Always:
    """One column, whatever the query."""

    column: int

    def route(self, rows: Rows) -> Outcome:
        """Let it answer every row."""
        columns = np.full(len(rows.test), self.column, np.int64)
        return Outcome.of_single(columns, len(rows.test.models))
