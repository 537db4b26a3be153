"""How near a decision was to being another: the distance to each threshold and rank it hung on.

The services take response similarities from pgvector, whose sums are float32, so their numbers differ from the
offline ones by about 1e-7. A decision that differs although its smallest margin is above 1e-6 is a defect; below, it
is a numerical tie.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from jisi.routing.arrays import Embeddings, Floats
from jisi.routing.bank import Bank
from jisi.routing.offline import OfflineDecision
from jisi.routing.prior import Priors
from jisi.routing.settings import RoutingSettings
from jisi.routing.standing import Standing
from jisi.routing.support import NEGLIGIBLE_WEIGHT, similarities
from jisi.routing.switch import THRESHOLD_SLACK, relative_scores

NUMERICAL_TIE = 1e-6
"""A decision with a smaller margin may differ by rounding alone."""


@dataclass(frozen=True, slots=True, order=True)
class Margin:
    """One thing a decision hung on."""

    distance: float
    """How much the number may move before the decision can change; 0 for an exact tie."""
    name: str
    """What it is, for people: `prior rank: a before b`."""


def margins(query: Embeddings, bank: Bank, decided: OfflineDecision, settings: RoutingSettings) -> list[Margin]:
    """All that the decision of a query hung on, nearest first."""
    found = (
        *_support_margins(query, bank, decided, settings),
        *_rank_margins(bank, decided, settings),
        *_mixed_margins(decided),
        *_switch_margins(decided, settings),
        *_vote_margins(decided, settings),
        *_selector_margins(decided),
    )
    return sorted(set(found))


def smallest_margin(query: Embeddings, bank: Bank, decided: OfflineDecision, settings: RoutingSettings) -> Margin:
    """What the decision hung on most narrowly; infinite if on nothing numerical."""
    found = margins(query, bank, decided, settings)
    return found[0] if found else Margin(float("inf"), "nothing numerical")


def _support_margins(
    query: Embeddings, bank: Bank, decided: OfflineDecision, settings: RoutingSettings
) -> Iterator[Margin]:
    """Distance of any item of the bank to the bar of S; where the nearest stands alone, to the second nearest."""
    support = decided.plan.support
    if support is None:
        return
    every = similarities(bank.embeddings, np.asarray(query, dtype=np.float64))
    distances = np.sort(np.abs(every - support.bar))
    if settings.support_threshold == 1:  # the item that sets the bar lies on it, whatever the rounding
        distances = distances[1:]
    yield Margin(float(distances.min(initial=np.inf)), "similarity at the bar of the support set")
    if len(support) == 1 and support.similarity[0] <= support.bar and len(bank) > 1:
        second, first = np.sort(every)[-2:]
        yield Margin(float(first - second), "nearest item")
    yield from _weight_margin(support.similarity, "weights of the support set")


def _weight_margin(similarity: Floats, name: str) -> Iterator[Margin]:
    """Distance of the weights to, or from, counting for nothing, where all are taken as 1."""
    total = np.maximum(similarity, 0.0).sum()
    nothing = total < NEGLIGIBLE_WEIGHT
    yield Margin(float(NEGLIGIBLE_WEIGHT - similarity.max() if nothing else total - NEGLIGIBLE_WEIGHT), name)


def _rank_margins(bank: Bank, decided: OfflineDecision, settings: RoutingSettings) -> Iterator[Margin]:
    """Each place of a ranking where another order would make another decision.

    By p: who is a probe. By whichever ranking the candidates are from: they among themselves, against the next, and
    down to the model that answers. Where there is something to aggregate, the aggregator's ranking likewise.
    """
    plan, refined, stands, decision = decided.plan, decided.refined, decided.standing, decided.decision
    if plan.priors is None or plan.support is None:
        return
    by_prior = _Ranking(
        "prior", plan.ranking, [_Scores(plan.priors, bank.scores_at(plan.support.positions, plan.models))]
    )
    by_refined = by_prior
    if refined.filtered is not None:
        on_filtered = bank.scores_at(plan.support.positions[refined.filtered], plan.models)
        by_refined = _Ranking("refined", refined.ranking, [_Scores(refined.priors, on_filtered), *by_prior.keys])
    yield from by_prior.margins([len(plan.probes)])
    if plan.alone:
        return
    used = {*stands.candidates, decision.answer}
    last = max((place for place, model in enumerate(stands.ranking, start=1) if model in used), default=0)
    by_expert = by_prior if settings.expert_source == "query" else by_refined
    yield from by_expert.margins(range(1, last + 1))
    if decision.kind == "aggregate":
        by_aggregator = by_prior if settings.aggregator_source == "query" else by_refined
        yield from by_aggregator.margins(range(1, settings.aggregator_candidates + 1))


def _mixed_margins(decided: OfflineDecision) -> Iterator[Margin]:
    """The cut between S' and the rest, and the weights of S'."""
    mixed, filtered = decided.refined.mixed, decided.refined.filtered
    if mixed is None or filtered is None:
        return
    rest = np.delete(mixed.mixed, filtered)
    if len(rest):
        yield Margin(float(mixed.mixed[filtered].min() - rest.max()), "mixed similarity at the cut of the filtered set")
    yield from _weight_margin(mixed.mixed[filtered], "weights of the filtered set")


def _switch_margins(decided: OfflineDecision, settings: RoutingSettings) -> Iterator[Margin]:
    """Distance of each v to the threshold, for who was asked in the second wave and for who is a reference."""
    stands, decision = decided.standing, decided.decision
    if stands.alone or not stands.scores or decided.ballot is not None or decided.judgement is not None:
        return
    groups: list[tuple[str, Sequence[str]]] = [("second wave", _open_candidates(stands, decided))]
    if decision.relative_scores is not None:
        groups.append(("switch", [model for model, _ in decision.relative_scores]))
    for name, group in groups:
        scores = [stands.score_of(model) for model in group]
        relative = relative_scores(scores) if scores else None
        if relative is None:
            continue
        yield Margin(max(scores), f"{name}: largest score above 0")
        for model, share in zip(group, relative, strict=True):
            distance = abs(share - (settings.switch_threshold - THRESHOLD_SLACK))
            yield Margin(distance, f"{name}: {model} at the threshold")


def _vote_margins(decided: OfflineDecision, settings: RoutingSettings) -> Iterator[Margin]:
    """How far the answer that won is from each other one."""
    if decided.ballot is not None:
        for distance in decided.ballot.margins(settings.agreement):
            yield Margin(distance, "vote: the answer that leads, and another")


def _selector_margins(decided: OfflineDecision) -> Iterator[Margin]:
    """How far what is told of a response is from a threshold of the trees, and each chance from the next."""
    if decided.judgement is None:
        return
    yield Margin(decided.judgement.margin, "selector: what is told of a response, at a threshold of its trees")
    for (first, chance), (second, less) in pairwise(decided.judgement.verdict.chances):
        yield Margin(chance - less, f"selector: {first} before {second}")


def _open_candidates(stands: Standing, decided: OfflineDecision) -> list[str]:
    """Candidates that were not known to have failed when the second wave was chosen."""
    usable = decided.refined.usable_probes
    return [model for model in stands.candidates if model not in stands.probes or model in usable]


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Scores that models are ranked by, and the records they rest on, (items, M)."""

    priors: Priors
    records: Floats

    def distance(self, ahead: str, behind: str) -> float:
        """How far two models are apart; infinite where no rounding can part or join them.

        That is where one has evidence and the other has not, and where both have the very same records.
        """
        one, other = self.priors.models.index(ahead), self.priors.models.index(behind)
        if self.priors.no_evidence[one] != self.priors.no_evidence[other]:
            return float("inf")
        if np.array_equal(self.records[:, one], self.records[:, other], equal_nan=True):
            return float("inf")
        return abs(float(self.priors.score[one] - self.priors.score[other]))


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """A ranking and what it is by: the first scores that can tell two models apart do."""

    name: str
    models: tuple[str, ...]
    keys: list[_Scores]

    def margins(self, places: Iterable[int]) -> Iterator[Margin]:
        """The distance between the models on both sides of each place (1: between the first and the second)."""
        for place in places:
            if not 0 < place < len(self.models):
                continue
            ahead, behind = self.models[place - 1], self.models[place]
            distances = [scores.distance(ahead, behind) for scores in self.keys]
            finite = [distance for distance in distances if distance < float("inf")]
            yield Margin(finite[0] if finite else float("inf"), f"{self.name} rank: {ahead} before {behind}")
