"""A plan, its refinement and a standing as JSON values, for what is stored between the waves.

Numbers survive exactly (JSON holds a float64's shortest form), NaN is null. What can be computed again is left out:
the weights of S.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from jisi.routing.arrays import Floats
from jisi.routing.mixed import MixedSimilarity
from jisi.routing.plan import Plan
from jisi.routing.prior import Priors
from jisi.routing.refined import Refined
from jisi.routing.standing import Standing
from jisi.routing.support import SupportSet, weights

Document = dict[str, Any]


def plan_document(plan: Plan) -> Document:
    """A plan as JSON values; about 20 bytes for each item of S, twice."""
    return {
        "models": list(plan.models),
        "prices": list(plan.prices),
        "support": None if plan.support is None else _support_document(plan.support),
        "priors": None if plan.priors is None else _priors_document(plan.priors),
        "ranking": list(plan.ranking),
        "aggregator_candidates": list(plan.aggregator_candidates),
        "probes": list(plan.probes),
        "alone": plan.alone,
        "degraded": list(plan.degraded),
    }


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """The plan that `plan_document` wrote; its rows are those of the bank version it was made on."""
    models = tuple(document["models"])
    return Plan(
        models=models,
        prices=tuple(document["prices"]),
        support=None if document["support"] is None else _support_from(document["support"]),
        priors=None if document["priors"] is None else _priors_from(document["priors"], models),
        ranking=tuple(document["ranking"]),
        aggregator_candidates=tuple(document["aggregator_candidates"]),
        probes=tuple(document["probes"]),
        alone=document["alone"],
        degraded=tuple(document["degraded"]),
    )


def refined_document(refined: Refined) -> Document:
    """A refinement as JSON values."""
    mixed = refined.mixed
    return {
        "usable_probes": list(refined.usable_probes),
        "mixed": None
        if mixed is None
        else {"response": _values(mixed.response), "length": _values(mixed.length), "mixed": _values(mixed.mixed)},
        "filtered": None if refined.filtered is None else refined.filtered.tolist(),
        "priors": _priors_document(refined.priors),
        "ranking": list(refined.ranking),
    }


def refined_from_document(document: Mapping[str, Any], models: tuple[str, ...]) -> Refined:
    """The refinement that `refined_document` wrote of a plan over these models."""
    mixed = document["mixed"]
    filtered = document["filtered"]
    return Refined(
        usable_probes=tuple(document["usable_probes"]),
        mixed=mixed and MixedSimilarity(_array(mixed["response"]), _array(mixed["length"]), _array(mixed["mixed"])),
        filtered=None if filtered is None else np.array(filtered, dtype=np.int64),
        priors=_priors_from(document["priors"], models),
        ranking=tuple(document["ranking"]),
    )


def standing_document(standing: Standing) -> Document:
    """A standing as JSON values."""
    return {
        "ranking": list(standing.ranking),
        "scores": list(standing.scores),
        "probes": list(standing.probes),
        "candidates": list(standing.candidates),
        "reserve": list(standing.reserve),
        "group": standing.group,
        "alone": standing.alone,
        "degraded": list(standing.degraded),
    }


def standing_from_document(document: Mapping[str, Any]) -> Standing:
    """The standing that `standing_document` wrote."""
    return Standing(
        ranking=tuple(document["ranking"]),
        scores=tuple(document["scores"]),
        probes=tuple(document["probes"]),
        candidates=tuple(document["candidates"]),
        reserve=tuple(document["reserve"]),
        group=document["group"],
        alone=document["alone"],
        degraded=tuple(document["degraded"]),
    )


def _support_document(support: SupportSet) -> Document:
    return {
        "positions": support.positions.tolist(),
        "item_ids": support.item_ids.tolist(),
        "similarity": support.similarity.tolist(),
        "bar": support.bar,
    }


def _support_from(document: Mapping[str, Any]) -> SupportSet:
    similarity = np.array(document["similarity"], dtype=np.float64)
    return SupportSet(
        positions=np.array(document["positions"], dtype=np.int64),
        item_ids=np.array(document["item_ids"], dtype=np.int64),
        similarity=similarity,
        weight=weights(similarity),
        bar=document["bar"],
    )


def _priors_document(priors: Priors) -> Document:
    return {
        "coverage": _values(priors.coverage),
        "evidence": _values(priors.evidence),
        "score": _values(priors.score),
        "no_evidence": priors.no_evidence.tolist(),
        "mean": None if math.isnan(priors.mean) else priors.mean,
    }


def _priors_from(document: Mapping[str, Any], models: tuple[str, ...]) -> Priors:
    return Priors(
        models=models,
        coverage=_array(document["coverage"]),
        evidence=_array(document["evidence"]),
        score=_array(document["score"]),
        no_evidence=np.array(document["no_evidence"], dtype=np.bool_),
        mean=math.nan if document["mean"] is None else document["mean"],
    )


def _values(array: Floats) -> list[float | None]:
    """Numbers with null for NaN."""
    return [None if math.isnan(value) else value for value in array.tolist()]


def _array(values: Iterable[float | None]) -> Floats:
    """Numbers with NaN for null."""
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
