"""A plan, its refinement and a standing as they are stored between the waves.

A document holds JSON values; of a plan and a refinement it also holds arrays of one number an item of S, which are
stored as they are in memory: written out as text they cost more time than the decision. Numbers survive exactly, in
JSON as well (it holds a float64's shortest form); there NaN is null. What can be computed again is left out: the
weights of S.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from jisi.routing.arrays import Floats, Positions
from jisi.routing.description import Outlook
from jisi.routing.mixed import MixedSimilarity
from jisi.routing.plan import Plan
from jisi.routing.prior import Priors
from jisi.routing.refined import Refined
from jisi.routing.standing import Standing, Verdict
from jisi.routing.support import SupportSet, weights

Document = dict[str, Any]

_LENGTH_BYTES = 4
_ARRAY = "array"


def plan_document(plan: Plan) -> Document:
    """A plan as a document to be packed; 24 bytes for each item of S."""
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
        **({} if plan.outlook is None else {"outlook": _outlook_document(plan.outlook)}),
    }


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """The plan that `plan_document` made; its rows are those of the bank version it was made on."""
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
        outlook=_outlook_from(document["outlook"]) if "outlook" in document else None,
    )


def refined_document(refined: Refined) -> Document:
    """A refinement as a document to be packed."""
    mixed = refined.mixed
    return {
        "usable_probes": list(refined.usable_probes),
        "mixed": None if mixed is None else {"response": mixed.response, "length": mixed.length, "mixed": mixed.mixed},
        "filtered": refined.filtered,
        "priors": _priors_document(refined.priors),
        "ranking": list(refined.ranking),
    }


def refined_from_document(document: Mapping[str, Any], models: tuple[str, ...]) -> Refined:
    """The refinement that `refined_document` made of a plan over these models."""
    mixed = document["mixed"]
    return Refined(
        usable_probes=tuple(document["usable_probes"]),
        mixed=mixed and MixedSimilarity(mixed["response"], mixed["length"], mixed["mixed"]),
        filtered=document["filtered"],
        priors=_priors_from(document["priors"], models),
        ranking=tuple(document["ranking"]),
    )


def pack(document: Document) -> bytes:
    """Write a document: the length of its JSON, the JSON, and the numbers of its arrays, little-endian.

    Whole numbers take as few bytes as the largest of them needs.
    """
    numbers: list[bytes] = []
    size = 0

    def place(array: Floats | Positions) -> Document:
        nonlocal size
        kind = array.dtype if array.dtype.kind == "f" or not len(array) else _narrowest(array)
        stored = array.astype(kind.newbyteorder("<"))
        entry = {_ARRAY: [stored.dtype.str, size, len(stored)]}
        numbers.append(stored.tobytes())
        size += stored.nbytes
        return entry

    text = json.dumps(document, default=place, separators=(",", ":"), allow_nan=False).encode()
    return b"".join((len(text).to_bytes(_LENGTH_BYTES, "little"), text, *numbers))


def unpack(stored: bytes) -> Document:
    """The document that `pack` wrote; its arrays cannot be written to."""
    start = _LENGTH_BYTES + int.from_bytes(stored[:_LENGTH_BYTES], "little")

    def find(value: Document) -> Any:  # noqa: ANN401 - an array, or the value as it is
        if value.keys() != {_ARRAY}:
            return value
        kind, offset, count = value[_ARRAY]
        numbers = np.frombuffer(stored, kind, count, start + offset)
        return numbers.astype(np.float64 if numbers.dtype.kind == "f" else np.int64, copy=False)

    document: Document = json.loads(stored[_LENGTH_BYTES:start], object_hook=find)
    return document


def _narrowest(array: Floats | Positions) -> np.dtype[Any]:
    return np.result_type(np.min_scalar_type(array.min()), np.min_scalar_type(array.max()))


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
        **({} if standing.verdict is None else {"verdict": asdict(standing.verdict)}),
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
        verdict=_verdict_from(document["verdict"]) if "verdict" in document else None,
    )


def _verdict_from(document: Mapping[str, Any]) -> Verdict:
    chances = tuple((model, chance) for model, chance in document["chances"])
    return Verdict(chances=chances, unlike=document["unlike"])


def _outlook_document(outlook: Outlook) -> Document:
    return {"models": list(outlook.models), "near": _values(outlook.near), "far": _values(outlook.far)}


def _outlook_from(document: Mapping[str, Any]) -> Outlook:
    return Outlook(models=tuple(document["models"]), near=_array(document["near"]), far=_array(document["far"]))


def _support_document(support: SupportSet) -> Document:
    return {
        "positions": support.positions,
        "item_ids": support.item_ids,
        "similarity": support.similarity,
        "bar": support.bar,
    }


def _support_from(document: Mapping[str, Any]) -> SupportSet:
    return SupportSet(
        positions=document["positions"],
        item_ids=document["item_ids"],
        similarity=document["similarity"],
        weight=weights(document["similarity"]),
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
