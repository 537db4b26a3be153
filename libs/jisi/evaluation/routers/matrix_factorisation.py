"""An embedding of each model, matched with the query's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from jisi.evaluation.routers.learning import Objective, Predictor, Targets, minimise, require_positive
from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.arrays import Floats

MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class MatrixFactorisationRouter:
    """Predicts how likely a model is right as the logistic of v_m . (P q + c) + b_m.

    q is the query's embedding, P projects it to few dimensions, v_m is the model's embedding and b_m how good it is
    anyway: RouteLLM's matrix factorisation (arXiv 2406.18665), whose output weights are part of v_m here, for any
    number of models, and learnt from scores as EmbedLLM does (arXiv 2410.02223) instead of from preferences.
    """

    rank: int = 16
    """Dimensions of the models' embeddings."""
    penalty: float = 0.25
    """As `MlpRouter`'s: half of it times the squares of P and all v_m, over the root of the number of rows."""
    name: str = "matrix-factorisation"
    slow_to_fit: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_positive("rank", self.rank)
        require_positive("penalty", self.penalty)

    def fit(self, evidence: Evidence) -> Predictor:
        """Descend from embeddings drawn by the seed."""
        queries = evidence.train.queries.astype(np.float64)
        targets = Targets.of(evidence.train.scores)
        shrinkage = self.penalty / np.sqrt(max(len(queries), 1))
        lots = np.random.default_rng(evidence.seed)
        width, models = queries.shape[1], targets.scores.shape[1]
        start = (
            lots.normal(0.0, width**-0.5, (width, self.rank)),
            np.zeros(self.rank),
            lots.normal(0.0, self.rank**-0.5, (models, self.rank)),
            targets.base_rates(),
        )
        projection, offset, embeddings, biases = minimise(
            penalised_loss(queries, targets, shrinkage), start, most_steps=MOST_STEPS
        )
        return Predictor(evidence, lambda asked: (asked @ projection + offset) @ embeddings.T + biases)


def penalised_loss(queries: Floats, targets: Targets, shrinkage: float) -> Objective:
    """The loss by P, (d, rank), c, (rank,), the models' v, (M, rank), and b, (M,)."""

    def objective(parameters: Sequence[Floats]) -> tuple[float, Sequence[Floats]]:
        projection, offset, embeddings, biases = parameters
        projected = queries @ projection + offset
        loss, gradient = targets.loss(projected @ embeddings.T + biases)
        below = gradient @ embeddings
        penalised = loss + 0.5 * shrinkage * float((projection**2).sum() + (embeddings**2).sum())
        return penalised, (
            queries.T @ below + shrinkage * projection,
            below.sum(axis=0),
            gradient.T @ projected + shrinkage * embeddings,
            gradient.sum(axis=0),
        )

    return objective
