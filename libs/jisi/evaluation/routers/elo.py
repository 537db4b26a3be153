"""Ratings from wins of one model over another, of all train rows or of those like the query."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from jisi.evaluation.routers.choice import best_columns
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.single import Always
from jisi.routing.arrays import Floats, Positions

DRAWN_IN_ADVANCE = 0.1
"""Games each pair is taken to have drawn: keeps the rating of a model that always won, or never met another, finite."""

MOST_STEPS = 500
"""Steps of the fixed point; pools of ten that played all games needed fewer than 200."""

CLOSE_ENOUGH = 1e-13
"""Relative change of a strength at which the fixed point is taken as reached."""


@dataclass(frozen=True, slots=True)
class EloRouter:
    """The model with the highest Elo rating on the train rows: one for all queries.

    On each item every pair of models plays a game: the higher score wins, equal ones draw. Ratings are the most
    likely ones (Bradley-Terry), not dependent on the order of the games.
    """

    name: str = "elo"
    slow_to_fit: ClassVar[bool] = True

    def fit(self, evidence: Evidence) -> Always:
        """Rate the models, once for all."""
        evenly = np.ones((1, len(evidence.train)))
        return Always(int(_best_rated(evidence, evenly)[0]))


@dataclass(frozen=True, slots=True)
class LocalEloRouter:
    """The model with the highest Elo rating where games on items like the query weigh more.

    RouteLLM's similarity-weighted ranking (arXiv 2406.18665), for any number of models: an item's weight is
    `base` to the power of its similarity, as a share of the largest similarity.
    """

    base: float = 10.0
    """How much more the nearest item weighs than one that is not alike; RouteLLM takes 10."""
    name: str = "elo-local"

    def __post_init__(self) -> None:
        if not 1.0 <= self.base < np.inf:
            raise ValueError(f"base must be a finite number of at least 1, not {self.base!r}")

    def fit(self, evidence: Evidence) -> "FittedLocalElo":
        """Nothing is rated before the query is there."""
        return FittedLocalElo(evidence, self.base)


@dataclass(frozen=True, slots=True, eq=False)
class FittedLocalElo:
    """Rates the models anew for each query."""

    evidence: Evidence
    base: float

    def route(self, rows: Rows) -> Outcome:
        """Let the best rated model answer each row."""
        columns = _best_rated(self.evidence, self._weights(rows.comparisons.queries()))
        return Outcome.of_single(columns, len(rows.test.models))

    def _weights(self, similarity: Floats) -> Floats:
        """(n, N) weight of each train row's games for each test row, 1 on average."""
        largest = similarity.max(axis=1, keepdims=True, initial=0.0)
        share = np.where(largest > 0.0, similarity / np.where(largest > 0.0, largest, 1.0), 0.0)
        weight = self.base**share
        scaled: Floats = weight * (weight.shape[1] / weight.sum(axis=1, keepdims=True))
        return scaled


def _best_rated(evidence: Evidence, weight: Floats) -> Positions:
    """(n,) the column with the highest rating by each row's weights of the train rows, (n, N)."""
    scores = evidence.train.scores
    rated = ratings(wins(scores, weight))
    rated[:, np.isnan(scores).all(axis=0)] = np.nan
    return best_columns(rated, evidence)


def wins(scores: Floats, weight: Floats) -> Floats:
    """(n, M, M) weighted number of games that a model (second axis) won over another (third axis); half for a draw.

    `scores` is (N, M) with NaN where not recorded: no game. `weight` is (n, N).
    """
    models = scores.shape[1]
    won = np.empty((len(weight), models, models))
    for model in range(models):
        own = scores[:, model, np.newaxis]
        game = (own > scores) + 0.5 * (own == scores)
        game[:, model] = 0.0
        won[:, model] = weight @ game
    return won


def ratings(won: Floats) -> Floats:
    """(n, M) most likely strengths, as logarithms; 400 / ln 10 times these are Elo points.

    The fixed point of Bradley-Terry (Hunter, Annals of Statistics 32, 2004): games won, over the sum of games with
    each rival by the strengths of both.
    """
    models = won.shape[1]
    if models == 1:
        return np.zeros((len(won), 1))
    won = won + 0.5 * DRAWN_IN_ADVANCE * (1.0 - np.eye(models))
    games = won + won.swapaxes(1, 2)
    total = won.sum(axis=2)
    strength = np.ones(total.shape)
    for _ in range(MOST_STEPS):
        met = (games / (strength[:, :, np.newaxis] + strength[:, np.newaxis, :])).sum(axis=2)
        better = total / met
        better /= np.exp(np.log(better).mean(axis=1, keepdims=True))
        change = np.abs(better / strength - 1.0).max(initial=0.0)
        strength = better
        if change < CLOSE_ENOUGH:
            break
    logarithm: Floats = np.log(strength)
    return logarithm
