"""Fitting a selector: gradient boosting on what is known of the best models' responses to train rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons
from jisi.evaluation.routers.learning import one_thread
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.selector_features import describe
from jisi.routing.arrays import Flags, Floats
from jisi.routing.trees import Trees

FOLDS = 5
"""Parts of the train rows; what is known of each is told by the others."""
FEWEST_RESPONSES = 200
"""Responses to learn from; with fewer nothing is fitted."""
UNFAMILIAR = 0.01
"""Share of the train rows that are further from all others than a query may be for the selector to know its domain."""
FURTHEST = -1.0
"""Least cosine similarity."""

BOOSTERS = 5
"""Fits whose log-odds are averaged, each with the responses weighed by lot (the Bayesian bootstrap): what one alone
chooses hangs on how the train rows were divided, by up to two points on a few hundred test rows."""
_BOOSTING: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 100,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 40,
    "l2_regularization": 1.0,
    "early_stopping": False,
}
"""Small trees, many responses a leaf: by cross-validation in train rows larger ones gain nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What came of fitting."""

    trees: Trees | None
    """None where there was too little to learn from, or nothing, all responses being right or all wrong."""
    nearest: float
    """Similarity of the most similar train row below which a query is unlike them."""
    responses: int
    """How many were learnt from."""


def learn(evidence: Evidence, models: int) -> Learnt:
    """Fit to the usable, scored responses of the best `models` to each train row, by cross-fitting.

    Each part of the train rows is described with the others for support set, as new queries will be. Partial credit
    counts as a chance of being right. (scikit-learn's histogram gradient boosting.)
    """
    lessons = _lessons(evidence, models)
    return Learnt(
        trees=_boosted(lessons, evidence.seed),
        nearest=float(np.quantile(lessons.nearest, UNFAMILIAR)) if len(lessons.nearest) else FURTHEST,
        responses=len(lessons.scores),
    )


def trees_of(boosters: Sequence[Any]) -> Trees:
    """Read fitted classifiers of scikit-learn, whose log-odds are averaged."""
    grown = [predictor.nodes for booster in boosters for (predictor,) in booster._predictors]  # noqa: SLF001
    baselines = [float(booster._baseline_prediction.item()) for booster in boosters]  # noqa: SLF001
    return Trees.joined(float(np.mean(baselines)), [_tree(nodes, 1.0 / len(boosters)) for nodes in grown])


@dataclass(frozen=True, slots=True, eq=False)
class _Lessons:
    """What is learnt from."""

    features: Floats
    """(responses, features)."""
    scores: Floats
    """(responses,)."""
    nearest: Floats
    """(rows,) similarity of each train row to the most similar one it was described by."""


def _lessons(evidence: Evidence, models: int) -> _Lessons:
    """Describe each part of the train rows by the others."""
    train = evidence.train
    fold = np.random.default_rng(evidence.seed).permutation(np.arange(len(train)) % FOLDS)
    parts = [_lesson(train, fold == held, evidence, models) for held in range(min(FOLDS, len(train)))]
    if not parts:
        return _Lessons(np.empty((0, 0)), np.empty(0), np.empty(0))
    return _Lessons(
        features=np.concatenate([part.features for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        nearest=np.concatenate([part.nearest for part in parts]),
    )


def _lesson(train: Recordings, held: Flags, evidence: Evidence, models: int) -> _Lessons:
    """The usable, scored responses to the rows held out."""
    asked, rest = train.take(np.flatnonzero(held)), train.take(np.flatnonzero(~held))
    rows = Rows(test=asked, comparisons=Comparisons(asked, rest, rest.bank()))
    responses = describe(rows, evidence.experts, models)
    scores = responses.view.at(asked.scores)[:, : responses.count]
    known = responses.usable & ~np.isnan(scores)
    nearest = rows.comparisons.queries().max(axis=1, initial=FURTHEST)
    return _Lessons(responses.features[known], scores[known], nearest)


def _boosted(lessons: _Lessons, seed: int) -> Trees | None:
    scores = lessons.scores
    if len(scores) < FEWEST_RESPONSES or scores.min() == scores.max():
        return None
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to import

    features = np.concatenate([lessons.features, lessons.features])
    right, weights = np.repeat([True, False], len(scores)), np.concatenate([scores, 1.0 - scores])
    used = weights > 0.0
    lots = np.random.default_rng(seed)
    boosters = []
    for _ in range(BOOSTERS):
        drawn = np.tile(lots.exponential(size=len(scores)), 2)
        booster = HistGradientBoostingClassifier(random_state=seed, **_BOOSTING)
        with one_thread():
            boosters.append(booster.fit(features[used], right[used], sample_weight=(weights * drawn)[used]))
    return trees_of(boosters)


def _tree(nodes: Any, share: float) -> Trees:  # noqa: ANN401 - a structured array
    """Read one tree, whose leaves count for a share."""
    own = np.arange(len(nodes), dtype=np.int64)
    leaf = nodes["is_leaf"].astype(np.bool_)
    return Trees(
        baseline=0.0,
        roots=np.zeros(1, np.int64),
        features=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        thresholds=np.where(leaf, 0.0, nodes["num_threshold"]),
        left=np.where(leaf, own, nodes["left"]).astype(np.int64),
        right=np.where(leaf, own, nodes["right"]).astype(np.int64),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        values=np.where(leaf, nodes["value"], 0.0) * share,
    )
