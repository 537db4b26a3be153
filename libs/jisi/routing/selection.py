"""A fitted selector: of the responses to a query the one that is most likely right, by what it was fitted to.

Not of the paper. What it is told of each response is in `description.py`; where a query is unlike all that it was
fitted to, it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from jisi.routing.agreement import Agreement
from jisi.routing.arrays import Flags, Floats
from jisi.routing.bank import Bank
from jisi.routing.description import Known, feature_count, features, mean_lengths
from jisi.routing.plan import Plan
from jisi.routing.prior import TIE_DECIMALS
from jisi.routing.settings import Mode, RoutingSettings
from jisi.routing.standing import Verdict
from jisi.routing.switch import Reply, answering
from jisi.routing.trees import Trees
from jisi.routing.turns import ballot


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a selector was fitted to."""

    embedder: str
    """Identity of the embedder: priors and similarities of another one mean something else."""
    datasets: tuple[str, ...]
    models: tuple[str, ...]
    """The pool, in its order."""
    rows: int
    responses: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Selector:
    """Boosted trees, and all that they go by.

    Raises:
        ValueError: the trees ask for what no response is told by, or no model is asked.
    """

    trees: Trees
    nearest: float
    """Similarity of the nearest item of the bank below which a query is unlike those it was fitted to."""
    models: int = 3
    """How many models are asked, best by prior."""
    support_size: int = Agreement().support_size
    """k of the priors that models are ranked by."""
    support_threshold: float = RoutingSettings().support_threshold
    bonus: float = Agreement().bonus
    """As in `agreement.py`: of the weights told."""
    training: Training

    def __post_init__(self) -> None:
        if self.models < 1:
            raise ValueError(f"it asks {self.models} models")
        if self.trees.wanted > feature_count(self.models):
            raise ValueError(f"its trees ask for {self.trees.wanted} numbers, not {feature_count(self.models)}")
        if not np.isfinite(self.nearest):
            raise ValueError(f"it knows queries by a similarity of {self.nearest}")
        self.settings(RoutingSettings())  # checks the rest

    def settings(self, routing: RoutingSettings) -> RoutingSettings:
        """Give routing settings with those that it was fitted by in place of their own."""
        return replace(
            routing,
            agreement_models=self.models,
            agreement_support_size=self.support_size,
            agreement_bonus=self.bonus,
            support_threshold=self.support_threshold,
        )

    def chances(self, described: Floats) -> Floats:
        """(...,) how likely each response is right, by what is told of it, (..., features)."""
        chances: Floats = self.trees.chances(described.reshape(-1, described.shape[-1])).round(TIE_DECIMALS)
        return chances.reshape(described.shape[:-1])

    def unlike(self, nearest: Floats) -> Flags:
        """Whether queries are unlike those it was fitted to, by the similarity of each to the nearest item."""
        unlike: Flags = nearest < self.nearest
        return unlike


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict, and how near it was to being another."""

    verdict: Verdict
    margin: float
    """How much a number told of a response must move for any chance to change."""


def judge(
    selector: Selector | None,
    plan: Plan,
    bank: Bank,
    settings: RoutingSettings,
    *,
    mode: Mode,
    replies: Mapping[str, Reply],
    tokens: Floats,
) -> Judgement | None:
    """Judge the responses of a plan's first wave; `tokens` are theirs, (probes,), NaN where unknown.

    `bank` is the one that the plan was made on. None where the selector has nothing to say: it was not asked for, or
    is not at hand, or the plan was made for another one or for none; and where one model answers alone anyway.
    """
    if selector is None or settings.method != "selector" or not settings.votes(mode) or plan.alone:
        return None
    if plan.support is None or plan.outlook is None or settings != selector.settings(settings):
        return None
    described = describe_one(selector, plan, bank, replies=replies, tokens=tokens)
    there = answering(replies)
    known = [place for place, model in enumerate(plan.probes) if model in there and bank.knows(model)]
    chances = selector.chances(described[known])
    order = np.argsort(-chances, kind="stable")
    return Judgement(
        verdict=Verdict(
            chances=tuple((plan.probes[known[place]], float(chances[place])) for place in order),
            unlike=bool(selector.unlike(plan.support.similarity.max())),
        ),
        margin=float(selector.trees.margins(described[known]).min(initial=np.inf)),
    )


def describe_one(selector: Selector, plan: Plan, bank: Bank, *, replies: Mapping[str, Reply], tokens: Floats) -> Floats:
    """(probes, features) what is told of the responses to one query, arguments as of `judge`."""
    assert plan.support is not None, "there is an outlook"
    assert plan.priors is not None, "the probes are not to answer alone"
    assert plan.outlook is not None, "checked before"
    answers = {model: replies[model].answer for model in answering(replies)}
    priors = plan.priors.voting(plan.probes)
    votes = ballot(plan.probes, priors, answers, set(plan.probes))
    right, wrong = mean_lengths(plan.support, bank, plan.probes)
    known = Known(
        near=plan.outlook.near[np.newaxis],
        far=plan.outlook.far[np.newaxis],
        priors=np.array([priors]),
        groups=np.array([votes.groups], dtype=np.int64),
        tokens=tokens[np.newaxis],
        right=right[np.newaxis],
        wrong=wrong[np.newaxis],
    )
    described: Floats = features(known, models=selector.models, bonus=selector.bonus)[0]
    return described
