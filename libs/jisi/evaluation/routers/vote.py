"""Majority vote over final answers."""

from dataclasses import dataclass, field

import numpy as np

from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.ranked import ranked
from jisi.routing.agreement import ask_in_turn
from jisi.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class VoteRouter:
    """The answer that most of the n best by prior give (self-consistency across models); ties: the best model's.

    All n are asked at once; the response is that of the best model that gave the answer. Where no answer can be read
    the best model's response answers.
    """

    voters: int = 5
    name: str = "vote"
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    """Of these, `support_size` and `support_threshold` matter."""

    def __post_init__(self) -> None:
        if self.voters < 1:
            raise ValueError(f"voters must be at least 1, not {self.voters!r}")

    def fit(self, evidence: Evidence) -> "FittedVote":
        """Nothing is learnt: the support set is the evidence."""
        return FittedVote(self, evidence)


class FittedVote:
    """Votes over one support set."""

    def __init__(self, router: VoteRouter, evidence: Evidence) -> None:
        self._router = router
        self._experts = evidence.experts

    def route(self, rows: Rows) -> Outcome:
        """Count one vote for each model."""
        voters = self._router.voters
        view = ranked(rows, self._experts, self._router.settings)
        return view.outcome(*ask_in_turn(np.ones(view.order.shape), view.groups, voters, at_once=voters))
