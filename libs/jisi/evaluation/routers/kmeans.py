"""The best model of the query's cluster."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.choice import best_columns
from jisi.evaluation.routers.learning import one_thread
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.strength import group_scores, mean_scores
from jisi.routing.arrays import Floats, Positions

NUMBERS_TRIED = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of clusters to choose from."""

FEWEST_ROWS = 10
"""Rows a cluster must have on average for its number to be tried: fewer rank no models."""

FOLDS = 5

STARTS = 2
"""Times k-means is started anew; the tightest clusters are taken."""


@dataclass(frozen=True, slots=True)
class KMeansRouter:
    """Clusters the train queries and asks the model that is the best on the cluster nearest to the query.

    The cluster router of Avengers-Pro (arXiv 2508.12631) without its price term.
    """

    clusters: int | None = None
    """How many; None: chosen by cross-validation on the train rows, of equals the fewest."""
    name: str = "kmeans"
    slow_to_fit: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.clusters is not None and self.clusters < 1:
            raise ValueError(f"clusters must be at least 1, not {self.clusters!r}")

    def fit(self, evidence: Evidence) -> "FittedKMeans":
        """Cluster, and find the best model of each cluster."""
        train = evidence.train
        most = max(1, len(train) // FEWEST_ROWS)
        tried = [number for number in NUMBERS_TRIED if number <= most] if self.clusters is None else [self.clusters]
        found = [_cluster(train, number, evidence.seed) for number in tried]
        if len(found) > 1:
            found.sort(key=lambda clustering: -_held_out_score(clustering, evidence))
        centres, members = found[0]
        return FittedKMeans(centres, _best_of_clusters(train.scores, members, len(centres), evidence))


@dataclass(frozen=True, slots=True, eq=False)
class FittedKMeans:
    """Centres with the best model of each."""

    centres: NDArray[np.float32]
    """(k, d)."""
    columns: Positions
    """(k,)."""

    def route(self, rows: Rows) -> Outcome:
        """Let the best model of its cluster answer each row."""
        test = rows.test
        distances = (self.centres**2).sum(axis=1) - 2.0 * (test.queries @ self.centres.T)
        return Outcome.of_single(self.columns[distances.argmin(axis=1)], len(test.models))


Clustering = tuple[NDArray[np.float32], Positions]
"""Centres, (k, d), and the cluster of each train row, (N,)."""


def _cluster(train: Recordings, number: int, seed: int) -> Clustering:
    """Cluster the train queries; no more clusters than there are rows."""
    wanted = min(number, len(train))
    if wanted < 2:  # noqa: PLR2004 - one cluster is found without a search
        return np.zeros((1, train.queries.shape[1]), np.float32), np.zeros(len(train), np.int64)
    from sklearn.cluster import KMeans  # noqa: PLC0415 - slow to import
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct queries than clusters: some stay empty
        found = KMeans(wanted, n_init=STARTS, random_state=seed).fit(train.queries)
    return found.cluster_centers_, found.labels_.astype(np.int64)


def _best_of_clusters(scores: Floats, members: Positions, number: int, evidence: Evidence) -> Positions:
    """(k,) the best column of each cluster; where nothing is recorded in one, the best of all rows."""
    expected = group_scores(scores, members, number)
    unknown = np.isnan(expected).all(axis=1)
    expected[unknown] = mean_scores(scores)
    return best_columns(expected, evidence)


def _held_out_score(clustering: Clustering, evidence: Evidence) -> float:
    """Macro score of the rows of each fold, routed by the scores of the others.

    The clusters are those of all rows: they depend on the queries alone.
    """
    centres, members = clustering
    train = evidence.train
    fold = np.random.default_rng(evidence.seed).permutation(np.arange(len(train)) % FOLDS)
    columns = np.zeros(len(train), np.int64)
    for held in range(FOLDS):
        rest = fold != held
        best = _best_of_clusters(train.scores[rest], members[rest], len(centres), evidence)
        columns[~rest] = best[members[~rest]]
    return _macro_of(columns, train)


def _macro_of(columns: Positions, train: Recordings) -> float:
    """Mean over datasets of the recorded scores of the model chosen for each row; 0 without any."""
    scores = train.scores[np.arange(len(train)), columns]
    recorded = ~np.isnan(scores)
    counts = np.bincount(train.datasets[recorded], minlength=len(train.dataset_names))
    sums = np.bincount(train.datasets[recorded], scores[recorded], minlength=len(train.dataset_names))
    means = sums[counts > 0] / counts[counts > 0]
    return float(means.mean()) if len(means) else 0.0
