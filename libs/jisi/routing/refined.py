"""Refined scores (ALGORITHM.md 3): the prior's formula again, on the items that the responses resemble too."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Floats, Positions
from jisi.routing.bank import Bank
from jisi.routing.mixed import MixedSimilarity, filtered_set, mixed_similarity
from jisi.routing.plan import Plan
from jisi.routing.prior import Priors, prior_scores, rank
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import weights


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Refined:
    """What the probes' responses make of the plan."""

    usable_probes: tuple[str, ...]
    """Probes whose response was usable, best first: what the numbers below rest on."""
    mixed: MixedSimilarity | None
    """None where no response was there, or none is needed."""
    filtered: Positions | None
    """S' as places in S, ascending; None as `mixed`."""
    priors: Priors
    """c, e and p' over S'; those over S where there is no S', or no evidence on it."""
    ranking: tuple[str, ...]
    """All models, best by p' first."""


def refine(
    plan: Plan,
    bank: Bank,
    settings: RoutingSettings,
    *,
    usable_probes: Collection[str],
    response_similarities: Floats,
    response_tokens: Floats,
) -> Refined:
    """The scores p' and their ranking from the responses of the plan's usable probes.

    `response_similarities` is (|S|, probes) and `response_tokens` (probes,), with a column for each of `plan.probes`
    in that order, NaN where unknown; the columns of probes that are not usable are not looked at. `bank` is the one
    the plan was made on. With no usable probe, or where no ranking depends on responses, p' = p.
    """
    support = plan.support
    columns = [column for column, model in enumerate(plan.probes) if model in usable_probes]
    usable = tuple(plan.probes[column] for column in columns)
    if support is None or plan.priors is None or not usable or not settings.uses_responses:
        return unrefined(plan, usable)
    mixed = mixed_similarity(
        support.similarity,
        response_similarities[:, columns],
        bank.tokens_at(support.positions, usable),
        response_tokens[columns],
        settings,
    )
    filtered = filtered_set(mixed.mixed, settings)
    scores = bank.scores_at(support.positions[filtered], plan.models)
    refined = prior_scores(plan.models, scores, weights(mixed.mixed[filtered]))
    if not refined.any_evidence:
        return Refined(usable_probes=usable, mixed=mixed, filtered=filtered, priors=plan.priors, ranking=plan.ranking)
    ranking = rank(refined, plan.prices, then_by=plan.priors.score)
    return Refined(usable_probes=usable, mixed=mixed, filtered=filtered, priors=refined, ranking=ranking)


def unrefined(plan: Plan, usable_probes: Collection[str] = ()) -> Refined:
    """The refined scores where p' = p: no probe gave a usable response, or nothing depends on responses.

    Where there is nothing to go by at all, the scores are those of an empty set: no evidence for any model.
    """
    return Refined(
        usable_probes=tuple(model for model in plan.probes if model in usable_probes),
        mixed=None,
        filtered=None,
        priors=plan.priors or _nothing_known(plan),
        ranking=plan.ranking,
    )


def _nothing_known(plan: Plan) -> Priors:
    pool = len(plan.models)
    unknown = np.full(pool, np.nan)
    return Priors(plan.models, np.zeros(pool), unknown, unknown, np.ones(pool, dtype=np.bool_), float("nan"))
