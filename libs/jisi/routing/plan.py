"""What is decided of a query before any response is there (ALGORITHM.md 1, 2, 6 and the probes of 3).

A plan is stored between the waves: it holds plain arrays, tuples and numbers, and `jisi.routing.documents` writes it
as JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from jisi.routing.arrays import Embeddings
from jisi.routing.bank import Bank, Expert
from jisi.routing.description import Outlook, outlooks
from jisi.routing.prior import Priors, prior_scores, rank
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import SupportSet, support_set
from jisi.routing.turns import ballot

FEWEST_MODELS_TO_PROBE = 3
"""A smaller pool is probed with its best model alone (section 3)."""

Degradation = Literal["no_evidence", "budget"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan:
    """The routing decision as far as the query alone allows it."""

    models: tuple[str, ...]
    """The eligible models, in pool order; `priors` and `prices` are aligned with them."""
    prices: tuple[float, ...]
    """Prompt and completion price together, USD a million tokens: settles ties."""
    support: SupportSet | None
    """S; None with an empty bank."""
    priors: Priors | None
    """c, e and p over S; None where there is nothing to go by."""
    ranking: tuple[str, ...]
    """All models, best by p first; where there is nothing to go by, the default model and then the pool's order."""
    aggregator_candidates: tuple[str, ...]
    """Models to try as aggregator, best by p first; empty if `alone`."""
    probes: tuple[str, ...]
    """Models asked in the first wave, best first."""
    alone: bool
    """Whether one model is to answer by itself, without probes and switch (section 6)."""
    degraded: tuple[Degradation, ...]
    """Why the method is not followed in full; empty normally."""
    outlook: Outlook | None = None
    """What a selector is told of the probes that needs the query's embedding; None without a selector."""


def plan_query(
    query: Embeddings,
    bank: Bank,
    experts: Sequence[Expert],
    settings: RoutingSettings,
    *,
    default_model: str | None = None,
    max_calls: int | None = None,
) -> Plan:
    """Plan for one query embedding of shape (d,) over the eligible experts, in pool order.

    `default_model` answers where there is nothing to go by (None or no longer eligible: the first of the pool);
    `max_calls` is how many calls the query may cost, aggregation included (None: no limit).

    Raises:
        ValueError: no expert, one named twice, or no call allowed at all.
    """
    support = support_set(query, bank, settings)
    return plan_from_support(support, bank, experts, settings, default_model=default_model, max_calls=max_calls)


def plan_from_support(
    support: SupportSet | None,
    bank: Bank,
    experts: Sequence[Expert],
    settings: RoutingSettings,
    *,
    default_model: str | None = None,
    max_calls: int | None = None,
) -> Plan:
    """Plan over a support set that was selected before, as `support_sets` does for many; else as `plan_query`."""
    models = tuple(expert.name for expert in experts)
    prices = tuple(expert.price for expert in experts)
    if not models or len(set(models)) != len(models):
        raise ValueError(f"a query needs at least one eligible model, each named once, not {list(models)}")
    if max_calls is not None and max_calls < 1:
        raise ValueError(f"max_calls must be at least 1, not {max_calls}")
    priors = _priors(support, bank, models)
    ranking = _without_evidence(models, default_model) if priors is None else rank(priors, prices)
    probes = () if priors is None else _probes(ranking, priors, settings)
    degraded: tuple[Degradation, ...] = ()
    if priors is None:
        degraded = ("no_evidence",)
    elif max_calls is not None and max_calls < len(probes):
        degraded = ("budget",)
    return Plan(
        models=models,
        prices=prices,
        support=support,
        priors=priors,
        ranking=ranking,
        aggregator_candidates=() if degraded else ranking[: settings.aggregator_candidates],
        probes=ranking[:1] if degraded else probes,
        alone=bool(degraded),
        degraded=degraded,
    )


def with_outlooks(plans: Sequence[Plan], queries: Embeddings, bank: Bank, settings: RoutingSettings) -> list[Plan]:
    """Add what a selector will be told of the probes; `queries` are the embeddings, (B, d), of the queries planned."""
    if not plans:
        return []
    found = outlooks(queries, bank, [plan.probes for plan in plans], settings.support_threshold)
    return [plan if plan.alone else replace(plan, outlook=outlook) for plan, outlook in zip(plans, found, strict=True)]


def probe_count(pool: int, settings: RoutingSettings) -> int:
    """min(`probe_experts`, pool); 1 in a pool of fewer than 3 models."""
    return min(settings.probe_experts, pool) if pool >= FEWEST_MODELS_TO_PROBE else 1


def _probes(ranking: tuple[str, ...], priors: Priors, settings: RoutingSettings) -> tuple[str, ...]:
    """Who is asked in the first wave: the probes; whom a vote asks whatever they say; or whoever may be selected."""
    if settings.method == "jisi":
        return ranking[: probe_count(len(ranking), settings)]
    if settings.method == "selector":
        return ranking[: settings.agreement_models]
    return ballot(ranking, priors.voting(ranking), {}, set()).next_voters(settings.agreement)


def _priors(support: SupportSet | None, bank: Bank, models: tuple[str, ...]) -> Priors | None:
    """Prior scores over S, or None where no model has evidence."""
    if support is None:
        return None
    priors = prior_scores(models, bank.scores_at(support.positions, models), support.weight)
    return priors if priors.any_evidence else None


def _without_evidence(models: tuple[str, ...], default_model: str | None) -> tuple[str, ...]:
    """The order to ask in where nothing is known of any model."""
    first = default_model if default_model in models else models[0]
    return (first, *(model for model in models if model != first))
