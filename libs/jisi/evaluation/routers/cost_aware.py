"""Nearest neighbours with a price of money."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.choice import best_columns
from jisi.evaluation.routers.knn import plans
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.routing.arrays import Floats
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import SupportSet

QUERIES_PRICED = 1000
"""Costs are counted for so many queries together: one query costs too little to think of."""

PRICES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Presets of lambda, from quality at nearly any price to thrift: a curve of cost and quality."""


@dataclass(frozen=True, slots=True)
class CostAwareKnnRouter:
    """The model with the largest p - lambda * expected cost; both are weighted means over the query's support set."""

    name: str = "knn-cost"
    price: float = 0.1
    """Lambda: how much score a US dollar on 1,000 queries is worth. At 0.1, 10 points of accuracy are worth a dollar
    more for 1,000 queries; at 0 it is `knn`."""
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    """Of these, `support_size` and `support_threshold` matter."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.price < np.inf:
            raise ValueError(f"price must be a finite number of at least 0, not {self.price!r}")

    def fit(self, evidence: Evidence) -> "FittedCostAwareKnn":
        """Complete the costs of the train rows."""
        return FittedCostAwareKnn(self, evidence)


class FittedCostAwareKnn:
    """Prior scores and expected costs over one support set."""

    def __init__(self, router: CostAwareKnnRouter, evidence: Evidence) -> None:
        self._router = router
        self._evidence = evidence
        self._costs = QUERIES_PRICED * known_costs(evidence.train, evidence.experts)
        self._usual = _usual_costs(self._costs)

    def route(self, rows: Rows) -> Outcome:
        """Weigh score against cost for each row."""
        evidence, settings = self._evidence, self._router.settings
        expected = np.full(rows.test.scores.shape, np.nan)
        for row, plan in enumerate(plans(rows, evidence.experts, settings)):
            if plan.support is not None and plan.priors is not None:
                score = np.where(plan.priors.no_evidence, np.nan, plan.priors.score)
                expected[row] = score - self._router.price * self._expected_costs(plan.support)
        return Outcome.of_single(best_columns(expected, evidence), len(rows.test.models))

    def _expected_costs(self, support: SupportSet) -> Floats:
        """(M,) weighted mean cost over the items of S, the usual cost of a model where no cost is known."""
        costs = self._costs[support.positions]
        unknown = np.isnan(costs)
        weight = np.where(unknown, 0.0, support.weight[:, np.newaxis])
        covered = weight.sum(axis=0)
        total = (weight * np.where(unknown, 0.0, costs)).sum(axis=0)
        expected: Floats = np.where(covered > 0.0, total / np.where(covered > 0.0, covered, 1.0), self._usual)
        return expected


def known_costs(recordings: Recordings, experts: Sequence[Expert]) -> Floats:
    """(n, M) USD: the recorded cost, else tokens times prices; NaN where neither is known."""
    prompt = np.array([expert.prompt_price for expert in experts])
    completion = np.array([expert.completion_price for expert in experts])
    by_tokens = (recordings.prompt_tokens * prompt + recordings.completion_tokens * completion) / 1e6
    return np.where(np.isnan(recordings.costs), by_tokens, recordings.costs)


def _usual_costs(costs: Floats) -> Floats:
    """(M,) mean cost of each model, of the whole pool for a model without any; 0 if no cost is known at all."""
    known = ~np.isnan(costs)
    counts = known.sum(axis=0)
    overall = costs[known].mean() if known.any() else 0.0
    usual: Floats = np.where(counts > 0, np.where(known, costs, 0.0).sum(axis=0) / np.maximum(counts, 1), overall)
    return usual
