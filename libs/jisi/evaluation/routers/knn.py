"""The query side of the method alone: the best model by prior score."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.routing.bank import Expert
from jisi.routing.plan import Plan, plan_from_support
from jisi.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class KnnRouter:
    """The best by p of ALGORITHM.md 1, one call: weighted nearest neighbours of the query in the support set."""

    name: str = "knn"
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    """Of these, `support_size` and `support_threshold` matter."""

    def fit(self, evidence: Evidence) -> "FittedKnn":
        """Nothing is learnt: the support set is the evidence."""
        return FittedKnn(self.settings, evidence.experts)


class FittedKnn:
    """Prior scores over one support set."""

    def __init__(self, settings: RoutingSettings, experts: Sequence[Expert]) -> None:
        self._settings = settings
        self._experts = experts

    def route(self, rows: Rows) -> Outcome:
        """Let the first of each row's ranking answer."""
        best = [rows.test.column(plan.ranking[0]) for plan in plans(rows, self._experts, self._settings)]
        return Outcome.of_single(np.array(best, np.int64), len(rows.test.models))


def plans(rows: Rows, experts: Sequence[Expert], settings: RoutingSettings) -> list[Plan]:
    """What the method decides of each row before a response is there: support set, prior scores, ranking."""
    bank = rows.comparisons.bank
    return [plan_from_support(support, bank, experts, settings) for support in rows.comparisons.supports(settings)]
