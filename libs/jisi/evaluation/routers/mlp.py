"""A small neural network for all models together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from jisi.evaluation.routers.learning import Objective, Predictor, Targets, minimise, require_positive
from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.arrays import Floats

MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class MlpRouter:
    """Predicts from the query's embedding how likely each model is right: one hidden layer, an output for each."""

    hidden: int = 32
    """Units of the hidden layer, which all models share."""
    penalty: float = 0.25
    """Half of it times the squared weights of both layers is added to the mean cross-entropy, divided by the root of
    the number of rows: on two layers it acts on the size of their product, not on its square. The default predicts best
    in cross-validation on train rows."""
    name: str = "mlp"
    slow_to_fit: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_positive("hidden", self.hidden)
        require_positive("penalty", self.penalty)

    def fit(self, evidence: Evidence) -> Predictor:
        """Descend from weights drawn by the seed."""
        queries = evidence.train.queries.astype(np.float64)
        targets = Targets.of(evidence.train.scores)
        shrinkage = self.penalty / np.sqrt(max(len(queries), 1))
        lots = np.random.default_rng(evidence.seed)
        width, models = queries.shape[1], targets.scores.shape[1]
        start = (
            lots.normal(0.0, width**-0.5, (width, self.hidden)),
            np.zeros(self.hidden),
            lots.normal(0.0, self.hidden**-0.5, (self.hidden, models)),
            targets.base_rates(),
        )
        inner, thresholds, outer, biases = minimise(
            penalised_loss(queries, targets, shrinkage), start, most_steps=MOST_STEPS
        )
        return Predictor(evidence, lambda asked: np.maximum(asked @ inner + thresholds, 0.0) @ outer + biases)


def penalised_loss(queries: Floats, targets: Targets, shrinkage: float) -> Objective:
    """The loss by weights (d, hidden) and thresholds (hidden,) of the hidden layer, and those of the outputs."""

    def objective(parameters: Sequence[Floats]) -> tuple[float, Sequence[Floats]]:
        inner, thresholds, outer, biases = parameters
        units = np.maximum(queries @ inner + thresholds, 0.0)
        loss, gradient = targets.loss(units @ outer + biases)
        below = (gradient @ outer.T) * (units > 0.0)
        penalised = loss + 0.5 * shrinkage * float((inner**2).sum() + (outer**2).sum())
        return penalised, (
            queries.T @ below + shrinkage * inner,
            below.sum(axis=0),
            units.T @ gradient + shrinkage * outer,
            gradient.sum(axis=0),
        )

    return objective
