"""A logistic regression for each model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from jisi.evaluation.routers.learning import Objective, Predictor, Targets, minimise, require_positive
from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.arrays import Floats

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class LogisticRouter:
    """Predicts from the query's embedding how likely each model is right, one linear model for each.

    Partial credit is learnt as the chance it is: the cross-entropy takes any target in [0, 1].
    """

    penalty: float = 1.0
    """Half of it times the squared weights is added to the summed cross-entropy of the rows: 1 / C of scikit-learn,
    whose default it is."""
    name: str = "logistic"
    slow_to_fit: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_positive("penalty", self.penalty)

    def fit(self, evidence: Evidence) -> Predictor:
        """Fit all models at once: they share the queries and nothing else."""
        queries = evidence.train.queries.astype(np.float64)
        targets = Targets.of(evidence.train.scores)
        shrinkage = self.penalty / max(len(queries), 1)
        start = (np.zeros((queries.shape[1], targets.scores.shape[1])), targets.base_rates())
        weights, biases = minimise(penalised_loss(queries, targets, shrinkage), start, most_steps=MOST_STEPS)
        return Predictor(evidence, lambda asked: asked @ weights + biases)


def penalised_loss(queries: Floats, targets: Targets, shrinkage: float) -> Objective:
    """The loss by weights, (d, M), and biases, (M,)."""

    def objective(parameters: Sequence[Floats]) -> tuple[float, Sequence[Floats]]:
        weights, biases = parameters
        loss, gradient = targets.loss(queries @ weights + biases)
        penalised = loss + 0.5 * shrinkage * float((weights**2).sum())
        return penalised, (queries.T @ gradient + shrinkage * weights, gradient.sum(axis=0))

    return objective
