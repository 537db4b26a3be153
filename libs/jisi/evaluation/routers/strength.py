"""How good each model is over groups of items, without regard to the query."""

import numpy as np

from jisi.evaluation.recordings.recordings import Numbers, Recordings
from jisi.routing.arrays import Flags, Floats, Positions


def group_scores(scores: Floats, groups: Positions | Numbers, count: int) -> Floats:
    """Each model's mean over each of `count` groups of the items of `scores`, (count, M); NaN where it has no record.

    `groups`, (n,), gives each item's. Missing records draw a mean to that of the pool, as they do the prior score
    (ALGORITHM.md 1, all items of equal weight).
    """
    drawn, known = _drawn(scores, groups, count)
    return np.where(known, drawn, np.nan)


def mean_scores(scores: Floats) -> Floats:
    """The same over all items: (M,)."""
    means: Floats = group_scores(scores, np.zeros(len(scores), np.int64), 1)[0]
    return means


def dataset_scores(train: Recordings) -> Floats:
    """The same over each dataset, (D, M), in the order of `dataset_names`."""
    return group_scores(train.scores, train.datasets, len(train.dataset_names))


def macro_scores(train: Recordings) -> Floats:
    """Each model's mean over the datasets, (M,); NaN for a model without any record.

    In a dataset where it has none it counts as the mean of the pool there.
    """
    drawn, known = _drawn(train.scores, train.datasets, len(train.dataset_names))
    drawn = drawn[known.any(axis=1)]
    return np.where(known.any(axis=0), drawn.mean(axis=0) if len(drawn) else np.nan, np.nan)


def _drawn(scores: Floats, groups: Positions | Numbers, count: int) -> tuple[Floats, Flags]:
    """(count, M) means drawn to the pool's as far as records are missing, and where there are any at all.

    A group without any record at all has 0 everywhere.
    """
    member = np.zeros((count, len(scores)))
    member[groups, np.arange(len(scores))] = 1.0
    recorded = ~np.isnan(scores)
    covered = member @ recorded
    known: Flags = covered > 0
    evidence = (member @ np.where(recorded, scores, 0.0)) / np.where(known, covered, 1.0)
    coverage = covered / np.maximum(member.sum(axis=1, keepdims=True), 1.0)
    total = coverage.sum(axis=1, keepdims=True)
    mean = (coverage * evidence).sum(axis=1, keepdims=True) / np.where(total > 0.0, total, 1.0)
    return coverage * evidence + (1.0 - coverage) * mean, known
