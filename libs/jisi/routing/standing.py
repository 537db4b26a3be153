"""How the candidate experts stand once the first wave is in (ALGORITHM.md 3), and the aggregator's ranking (2).

A `Standing` is small, names and a score each: it is all of the routing side that the switch goes by, and what is
stored for it.
"""

from dataclasses import dataclass

from jisi.routing.plan import Plan
from jisi.routing.prior import Priors
from jisi.routing.refined import Refined
from jisi.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the fitted selector makes of the first wave's responses (`selection.py`)."""

    chances: tuple[tuple[str, float], ...]
    """How likely each usable response is right, best first; of a model without any evidence it says nothing."""
    unlike: bool
    """Whether the query is unlike those that it was fitted to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who may answer and how they stand, once the first wave is in."""

    ranking: tuple[str, ...]
    """All eligible models, best first: by p', or by p with `expert_source = query`; with a verdict, by that first."""
    scores: tuple[float, ...]
    """p' (or p) of each, aligned with `ranking`; with a verdict the chances, 0 for all others; empty where nothing is
    known."""
    probes: tuple[str, ...]
    """Who was asked in the first wave."""
    candidates: tuple[str, ...]
    """The candidate experts, best first."""
    reserve: tuple[str, ...]
    """Who is asked after them, best by p first, only as long as nothing is usable."""
    group: int
    """How many of those are asked at a time."""
    alone: bool
    """As in the plan: one model is to answer by itself."""
    degraded: tuple[str, ...]
    """As in the plan."""
    verdict: Verdict | None = None
    """With method `selector`, unless it has nothing to say."""

    def score_of(self, model: str) -> float:
        """The score p' (or p) of one model by its name."""
        return self.scores[self.ranking.index(model)]


def standing(plan: Plan, refined: Refined, settings: RoutingSettings, verdict: Verdict | None = None) -> Standing:
    """The candidate experts: the top `candidates` by p'; with `expert_source = query` the probes, by p.

    If no probe was usable: the next `candidates` models by p after the probes. With method `agree`: who may vote, by p;
    so with method `selector`, but for a `verdict`: then the probes, by their chances.
    """
    if verdict is not None:
        return _judged(plan, verdict)
    by_query = settings.method != "jisi" or settings.expert_source == "query"
    ranking = plan.ranking if by_query else refined.ranking
    priors = plan.priors if by_query else refined.priors
    scores = () if plan.priors is None or priors is None else _scores(priors, ranking, settings)
    others = tuple(model for model in plan.ranking if model not in plan.probes)
    group = settings.candidates
    if plan.alone:
        candidates, reserve, group = plan.probes, others, 1
    elif settings.method != "jisi":
        voters = settings.agreement_models
        candidates, reserve, group = ranking[:voters], ranking[voters:], 1
    elif not refined.usable_probes:
        candidates, reserve = others[:group], others[group:]
    else:
        candidates, reserve = plan.probes if by_query else ranking[:group], ()
    return Standing(
        ranking=ranking,
        scores=scores,
        probes=plan.probes,
        candidates=candidates,
        reserve=reserve,
        group=group,
        alone=plan.alone,
        degraded=plan.degraded,
    )


def _judged(plan: Plan, verdict: Verdict) -> Standing:
    chances = dict(verdict.chances)
    others = tuple(model for model in plan.ranking if model not in plan.probes)
    candidates = (*chances, *(model for model in plan.probes if model not in chances))
    return Standing(
        ranking=(*candidates, *others),
        scores=tuple(chances.get(model, 0.0) for model in (*candidates, *others)),
        probes=plan.probes,
        candidates=candidates,
        reserve=others,
        group=1,
        alone=plan.alone,
        degraded=plan.degraded,
        verdict=verdict,
    )


def _scores(priors: Priors, ranking: tuple[str, ...], settings: RoutingSettings) -> tuple[float, ...]:
    if settings.method != "jisi":
        return tuple(priors.voting(ranking))
    return tuple(priors.score_of(model) for model in ranking)


def aggregator_ranking(plan: Plan, refined: Refined, settings: RoutingSettings) -> tuple[str, ...]:
    """Models to try as aggregator, best first: by p, or by p' with `aggregator_source = response` (section 2)."""
    if plan.alone or settings.method != "jisi" or settings.aggregator_source == "query":
        return plan.aggregator_candidates
    return refined.ranking[: settings.aggregator_candidates]
