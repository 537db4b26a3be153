"""A selector that is fitted: gradient boosting on what is known of the responses of the best models."""

import logging
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.selector_features import Responses, describe
from jisi.evaluation.routers.selector_learning import FURTHEST, learn
from jisi.routing.agreement import ask_in_turn
from jisi.routing.arrays import Flags, Floats
from jisi.routing.prior import TIE_DECIMALS

MANY = 0.05
"""Share of unfamiliar queries from which the log says so: a few there are in any domain."""


@dataclass(frozen=True, slots=True)
class SelectorRouter:
    """Asks the best by prior, and lets the response answer that is most likely right by what it was fitted to.

    Fitted to the train rows (`selector_learning.py`); with too few of them the best by prior answers.
    """

    models: int = 3
    """How many are asked."""
    name: str = "selector"
    slow_to_fit: ClassVar[bool] = True

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
        self._learnt = learn(evidence, router.models)

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
        responses = describe(rows, self._evidence.experts, self._models)
        view = responses.view
        leader, asked = ask_in_turn(np.zeros(view.order.shape), view.groups, self._models, at_once=self._models)
        known = responses.usable & self._recorded[view.order[:, : responses.count]]
        best = np.where(known, self._chances(responses), -np.inf).argmax(axis=1)
        return view.outcome(np.where(known.any(axis=1), best, leader), asked)

    def unfamiliar(self, rows: Rows) -> Flags:
        """(n,) whether a query is further from the train rows than all but a few of them are from one another."""
        unlike: Flags = rows.comparisons.queries().max(axis=1, initial=FURTHEST) < self._learnt.nearest
        return unlike

    def _chances(self, responses: Responses) -> Floats:
        """(n, count) how likely each response is right; without a fit, those ranked first."""
        if self._learnt.trees is None:
            return -np.broadcast_to(np.arange(responses.count, dtype=np.float64), responses.usable.shape)
        table = responses.features.reshape(-1, responses.features.shape[2])
        chances: Floats = self._learnt.trees.chances(table).round(TIE_DECIMALS)
        return chances.reshape(responses.usable.shape)
