"""Nearest neighbours on which the same models agreed as on the query."""

from dataclasses import dataclass, field, replace

import numpy as np

from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.ranked import Ranked, groups_of, ranked
from jisi.routing.agreement import UNREAD, ask_in_turn
from jisi.routing.arrays import Floats
from jisi.routing.patterns import PatternSettings, pattern_weights, patterns
from jisi.routing.prior import TIE_DECIMALS, prior_scores
from jisi.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class PatternKnnRouter:
    """Asks the best by prior; the best of them on neighbours with a like pattern of who agrees with whom answers."""

    name: str = "pattern-knn"
    pattern: PatternSettings = field(default_factory=PatternSettings)
    ranking_support_size: int = RoutingSettings().support_size
    """k of the priors by which the models to be asked are chosen."""

    def fit(self, evidence: Evidence) -> "FittedPatternKnn":
        """Nothing is learnt: the support set is the evidence."""
        return FittedPatternKnn(self, evidence)


class FittedPatternKnn:
    """Pattern neighbours in one support set."""

    def __init__(self, router: PatternKnnRouter, evidence: Evidence) -> None:
        self._pattern = router.pattern
        self._evidence = evidence
        self._settings = replace(RoutingSettings(), support_size=router.ranking_support_size)
        self._known = groups_of(evidence.train)

    def route(self, rows: Rows) -> Outcome:
        """Choose for each row among the models asked."""
        asked_first = self._pattern.models
        view = ranked(rows, self._evidence.experts, self._settings)
        leader, asked = ask_in_turn(np.ones(view.order.shape), view.groups, asked_first, at_once=asked_first)
        wanted = self._scores(rows, view)
        usable = (view.groups >= UNREAD)[:, : wanted.shape[1]]
        found = usable.any(axis=1) & ~np.isnan(wanted).all(axis=1)
        best = np.where(usable & ~np.isnan(wanted), wanted.round(TIE_DECIMALS), -np.inf).argmax(axis=1)
        return view.outcome(np.where(found, best, leader), asked)

    def _scores(self, rows: Rows, view: Ranked) -> Floats:
        """(n, models asked) scores over the neighbours; NaN where nothing is known."""
        asked = view.order[:, : self._pattern.models]
        own = patterns(view.groups[:, : self._pattern.models])
        wanted = np.full(asked.shape, np.nan)
        near = replace(self._settings, support_size=self._pattern.support_size)
        train = self._evidence.train
        for row, support in enumerate(rows.comparisons.supports(near)):
            if support is None:
                continue
            columns = asked[row]
            items = support.positions
            known = patterns(self._known[items][:, columns])
            weight = pattern_weights(support.similarity, known, own[row], self._pattern.sharpness)
            models = [train.models[column] for column in columns]
            found = prior_scores(models, train.scores[items][:, columns], weight)
            wanted[row] = np.where(found.no_evidence, np.nan, found.score)
        return wanted
