"""A selector that is fitted: gradient boosting on what is known of the responses of the best models."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons
from jisi.evaluation.routers.learning import one_thread, probability
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.selector_features import Responses, describe
from jisi.routing.agreement import ask_in_turn
from jisi.routing.arrays import Flags, Floats
from jisi.routing.prior import TIE_DECIMALS

FOLDS = 5
"""Parts of the train rows; what is known of each is told by the others."""
FEWEST_RESPONSES = 200
"""Responses to learn from; with fewer the best by prior answers."""
UNFAMILIAR = 0.01
"""Share of the train rows that are further from all others than a query may be for the selector to know its domain."""
MANY = 0.05
"""Share of unfamiliar queries from which the log says so: a few there are in any domain."""

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


@dataclass(frozen=True, slots=True)
class SelectorRouter:
    """Asks the best by prior, and lets the response answer that is most likely right by what it was fitted to.

    Fitted to the train rows by cross-fitting: each part of them is described with the others for support set, as new
    queries will be. Partial credit counts as a chance of being right. (scikit-learn's histogram gradient boosting.)
    """

    models: int = 3
    """How many are asked."""
    name: str = "selector"

    def __post_init__(self) -> None:
        if self.models < 1:
            raise ValueError(f"models must be at least 1, not {self.models!r}")

    def fit(self, evidence: Evidence) -> "FittedSelector":
        """Learn from the train rows which responses are right."""
        return FittedSelector(self, evidence)


class FittedSelector:
    """Knows one support set, and the queries it was fitted to."""

    def __init__(self, router: SelectorRouter, evidence: Evidence) -> None:
        self._models = router.models
        self._evidence = evidence
        self._recorded: Flags = (~np.isnan(evidence.train.scores)).sum(axis=0) > 0
        self._log = logging.getLogger(__name__)
        lessons = _lessons(evidence, router.models)
        self._nearest = float(np.quantile(lessons.nearest, UNFAMILIAR)) if len(lessons.nearest) else FURTHEST
        self._boosters = _boosted(lessons, evidence.seed)

    def route(self, rows: Rows) -> Outcome:
        """Choose for each row among the models asked; the log tells of queries unlike those it was fitted to."""
        unknown = int(self.unfamiliar(rows).sum())
        if unknown > MANY * len(rows.test):
            self._log.warning(
                "%d of %d queries are unlike those the selector was fitted to: add recordings of their domain, or use "
                "a router that is not fitted",
                unknown,
                len(rows.test),
            )
        responses = describe(rows, self._evidence.train, self._evidence.experts, self._models)
        view = responses.view
        leader, asked = ask_in_turn(np.ones(view.order.shape), view.groups, self._models, at_once=self._models)
        known = responses.usable & self._recorded[view.order[:, : responses.count]]
        best = np.where(known, self._chances(responses), -np.inf).argmax(axis=1)
        return view.outcome(np.where(known.any(axis=1), best, leader), asked)

    def unfamiliar(self, rows: Rows) -> Flags:
        """(n,) whether a query is further from the train rows than all but a few of them are from one another."""
        unlike: Flags = rows.comparisons.queries().max(axis=1, initial=FURTHEST) < self._nearest
        return unlike

    def _chances(self, responses: Responses) -> Floats:
        """(n, count) how likely each response is right; without a fit, those ranked first."""
        if not self._boosters:
            return -np.broadcast_to(np.arange(responses.count, dtype=np.float64), responses.usable.shape)
        table = responses.features.reshape(-1, responses.features.shape[2])
        with one_thread():
            logits = np.mean([booster.decision_function(table) for booster in self._boosters], axis=0)
        chances: Floats = probability(logits).round(TIE_DECIMALS)
        return chances.reshape(responses.usable.shape)


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
    responses = describe(rows, rest, evidence.experts, models)
    scores = responses.view.at(asked.scores)[:, : responses.count]
    known = responses.usable & ~np.isnan(scores)
    nearest = rows.comparisons.queries().max(axis=1, initial=FURTHEST)
    return _Lessons(responses.features[known], scores[known], nearest)


def _boosted(lessons: _Lessons, seed: int) -> list[Any]:
    """Fit; nothing where there is too little to learn from, or nothing, all being right or all wrong."""
    scores = lessons.scores
    if len(scores) < FEWEST_RESPONSES or scores.min() == scores.max():
        return []
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
    return boosters
