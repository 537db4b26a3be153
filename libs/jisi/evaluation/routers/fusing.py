"""Baselines that fuse every query: their calls are known exactly, their quality only a live pool can tell.

Recorded data hold no fusion of these references and no second sample of a model; the outcome says `not recorded`.
"""

from dataclasses import dataclass, field

import numpy as np

from jisi.evaluation.routers.knn import plans
from jisi.evaluation.routers.outcome import Fusion, Outcome, one_hot
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.routing.arrays import Positions
from jisi.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class MixtureOfAgentsRouter:
    """Mixture-of-Agents (Wang et al., arXiv 2406.04692) with one layer: n models propose, the best of them fuses.

    Proposers are the best by prior score; their calls and costs are exact, the aggregator's cost is not recorded.
    """

    proposers: int = 3
    name: str = "moa"
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    """Of these, `support_size` and `support_threshold` matter."""

    def __post_init__(self) -> None:
        _require_one("proposers", self.proposers)

    def fit(self, evidence: Evidence) -> "Fusing":
        """Nothing is learnt: the support set is the evidence."""
        return Fusing(evidence, self.settings, experts=self.proposers, samples=1)


@dataclass(frozen=True, slots=True)
class SelfFusionRouter:
    """The best model by prior score is sampled n times and fuses its own responses (Self-MoA, arXiv 2502.00674).

    Calls are exact; each sample is taken to cost what the one recorded response did.
    """

    samples: int = 3
    name: str = "self-fusion"
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    """Of these, `support_size` and `support_threshold` matter."""

    def __post_init__(self) -> None:
        _require_one("samples", self.samples)

    def fit(self, evidence: Evidence) -> "Fusing":
        """Nothing is learnt: the support set is the evidence."""
        return Fusing(evidence, self.settings, experts=1, samples=self.samples)


class Fusing:
    """So many experts, best by prior score, are sampled so many times each; the best one fuses."""

    def __init__(self, evidence: Evidence, settings: RoutingSettings, *, experts: int, samples: int) -> None:
        self._pool = evidence.experts
        self._settings = settings
        self._experts = min(experts, len(self._pool))
        self._samples = samples

    def route(self, rows: Rows) -> Outcome:
        """Fuse every row."""
        test = rows.test
        column_of = {model: column for column, model in enumerate(test.models)}
        asked: Positions = np.array(
            [
                [column_of[model] for model in plan.ranking[: self._experts]]
                for plan in plans(rows, self._pool, self._settings)
            ],
            np.int64,
        ).reshape(len(test), self._experts)
        calls = np.zeros(test.scores.shape)
        np.put_along_axis(calls, asked, float(self._samples), axis=1)
        return Outcome(
            answers=one_hot(asked[:, 0], len(test.models)),
            calls=calls,
            aggregators=asked[:, 0],
            references=calls > 0,
            quality="not recorded",
        )

    def fusions(self, rows: Rows) -> list[Fusion | None]:
        """Say who is to be asked and who fuses, row by row."""
        ranked = [plan.ranking[: self._experts] for plan in plans(rows, self._pool, self._settings)]
        return [
            Fusion(asked=dict.fromkeys(experts, self._samples), references=experts, aggregator=experts[0])
            for experts in ranked
        ]


def _require_one(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value!r}")
