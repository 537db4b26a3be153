"""Prior scores over the support set (ALGORITHM.md 1); the same formula gives the refined scores over S' (3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Flags, Floats

TIE_DECIMALS = 12
"""Numbers equal to so many decimals are tied: the order of a sum must not rank what the method calls equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Priors:
    """What a set of items says of each of M models, in pool order."""

    models: tuple[str, ...]
    coverage: Floats
    """c: (M,) share of the weight that lies on items where the model has a score."""
    evidence: Floats
    """e: (M,) weighted mean score over those items; NaN without any."""
    score: Floats
    """p: (M,) e drawn to the pool mean as far as records are missing; NaN if no model has evidence."""
    no_evidence: Flags
    """(M,) whether nothing is known of the model here."""
    mean: float
    """mu: mean of e over the pool, weighted by c; NaN if no model has evidence."""

    @property
    def any_evidence(self) -> bool:
        """Whether anything is known of any model."""
        return not bool(self.no_evidence.all())

    def score_of(self, model: str) -> float:
        """The score p of one model by its name."""
        return float(self.score[self.models.index(model)])

    def voting(self, models: Sequence[str]) -> list[float]:
        """The scores p that votes of these models are weighed by: 0 where nothing is known of one."""
        known = np.where(self.no_evidence, 0.0, self.score)
        return [float(known[self.models.index(model)]) for model in models]


def prior_scores(models: Sequence[str], scores: Floats, weight: Floats) -> Priors:
    """p_m = c_m e_m + (1 - c_m) mu, which is sum w y / sum w where no record is missing.

    `scores` is y, (n, M) with NaN where not recorded; `weight` is w, (n,), not negative, of positive sum. The sums run
    pairwise along each model's own row, so equal columns give equal scores to the last bit and ties stay ties.
    """
    by_model = np.ascontiguousarray(scores.T)
    recorded = ~np.isnan(by_model)
    covered = np.where(recorded, weight, 0.0).sum(axis=1)
    weighted = (np.where(recorded, by_model, 0.0) * weight).sum(axis=1)
    no_evidence = covered <= 0.0
    coverage = covered / weight.sum()
    with np.errstate(invalid="ignore"):
        evidence = np.where(no_evidence, np.nan, weighted / covered)
    if no_evidence.all():
        mean = float("nan")
        score = np.full(len(models), np.nan)
        coverage = np.zeros(len(models))
    else:
        mean = float((coverage * np.where(no_evidence, 0.0, evidence)).sum() / coverage.sum())
        score = np.where(no_evidence, mean, coverage * evidence + (1.0 - coverage) * mean)
    return Priors(tuple(models), coverage, evidence, score, no_evidence, mean)


def rank(priors: Priors, prices: Sequence[float], then_by: Floats | None = None) -> tuple[str, ...]:
    """Models best first: by p descending, then price, then pool order; those without evidence last. Never by name.

    `then_by`, where the scores are p', is p and comes before the price.
    """
    first = priors.score.round(TIE_DECIMALS)
    second = first if then_by is None else then_by.round(TIE_DECIMALS)

    def key(place: int) -> tuple[bool, float, float, float, int]:
        return (
            bool(priors.no_evidence[place]),
            -float(first[place]),
            -float(second[place]),
            prices[place],
            place,
        )

    return tuple(priors.models[place] for place in sorted(range(len(priors.models)), key=key))
