"""What the fitted routers have in common: a model predicts each LLM's chance of being right from the query alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.routers.choice import best_columns
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.routing.arrays import Floats

Objective = Callable[[Sequence[Floats]], tuple[float, Sequence[Floats]]]
"""Gives a loss and its gradient at some parameters."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Scores in [0, 1] to be predicted as chances of being right; partial credit is a chance between 0 and 1."""

    scores: Floats
    """(n, M), 0 where there is none."""
    known: Floats
    """(n, M) 1 where a score was recorded, else 0."""

    @classmethod
    def of(cls, scores: Floats) -> "Targets":
        """Take recorded scores, NaN where there is none."""
        known = ~np.isnan(scores)
        return cls(np.where(known, scores, 0.0), known.astype(np.float64))

    def loss(self, logits: Floats) -> tuple[float, Floats]:
        """Cross-entropy of logistic predictions, a mean over the rows, summed over the models; with its gradient."""
        rows = max(len(self.scores), 1)
        losses = np.logaddexp(0.0, logits) - self.scores * logits
        gradient: Floats = self.known * (probability(logits) - self.scores) / rows
        return float((self.known * losses).sum() / rows), gradient

    def base_rates(self) -> Floats:
        """(M,) logits that predict each model's mean score, half a success and half a failure added."""
        right, asked = self.scores.sum(axis=0) + 0.5, self.known.sum(axis=0) + 1.0
        rates: Floats = np.log(right / (asked - right))
        return rates


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """Asks the model whose predicted chance of being right is the highest."""

    evidence: Evidence
    logits: Callable[[Floats], Floats]
    """From query embeddings, (n, d), to (n, M)."""

    def route(self, rows: Rows) -> Outcome:
        """Predict every row; a model of which no score was recorded is asked only if there is no other."""
        with one_thread():
            chances = probability(self.logits(rows.test.queries.astype(np.float64)))
        chances[:, np.isnan(self.evidence.train.scores).all(axis=0)] = np.nan
        return Outcome.of_single(best_columns(chances, self.evidence), len(rows.test.models))


def probability(logits: Floats) -> Floats:
    """The logistic function."""
    chances: Floats = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return chances


def minimise(objective: Objective, start: Sequence[Floats], *, most_steps: int) -> list[Floats]:
    """Descend from `start` by L-BFGS (SciPy's), which needs no step size and draws no lots."""
    from scipy.optimize import minimize  # type: ignore[import-untyped] # noqa: PLC0415 - no stubs; slow to import

    shapes = [part.shape for part in start]
    ends = np.cumsum([part.size for part in start])[:-1]

    def parts(flat: Floats) -> list[Floats]:
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]

    def flattened(flat: Floats) -> tuple[float, Floats]:
        loss, gradients = objective(parts(flat))
        return loss, np.concatenate([gradient.ravel() for gradient in gradients])

    with one_thread():
        found = minimize(
            flattened,
            np.concatenate([part.ravel() for part in start]),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": most_steps},
        )
    return parts(found.x)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy and scikit-learn use one thread: two that wait for each other on a busy machine are far slower."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # noqa: PLC0415 - as above

    with threadpool_limits(1):
        yield


def require_positive(name: str, value: float) -> None:
    """Refuse a setting that is not a finite number above 0.

    Raises:
        ValueError: it is not; names the setting and the value.
    """
    if not 0.0 < value < np.inf:
        raise ValueError(f"{name} must be a finite number above 0, not {value!r}")
