"""What our maths says of a case, in the shape and words of the file's `expected`."""

import math
from collections.abc import Mapping
from typing import Any, get_args

from jisi.routing.arrays import Floats
from jisi.routing.offline import OfflineDecision
from jisi.routing.prior import Priors
from jisi.routing.settings import Mode, SecondWave

from tests.golden.cases import Case, read_case


def actual_of(document: Mapping[str, Any], *, mode: Mode = "auto") -> dict[str, Any]:
    """Decide a case under either value of `second_wave`; a stage that the method does not get to is None."""
    decided = {}
    for second_wave in get_args(SecondWave):
        decided[second_wave] = read_case(document, second_wave=second_wave).decide(mode=mode)
    return {
        **_stages(decided["needed"], read_case(document, second_wave="needed")),
        "outcome": {second_wave: _outcome(decision) for second_wave, decision in decided.items()},
    }


def _stages(decided: OfflineDecision, case: Case) -> dict[str, Any]:
    plan, refined = decided.plan, decided.refined
    support, mixed, filtered = plan.support, refined.mixed, refined.filtered
    stages: dict[str, Any] = {
        "support": support
        and {
            "ids": case.ids_at(support.positions),
            "similarity": support.similarity.tolist(),
            "weight": support.weight.tolist(),
        },
        "prior": plan.priors and _scores(plan.priors),
        "prior_mean": plan.priors and plan.priors.mean,
        "ranking": plan.priors and list(plan.ranking),
    }
    if plan.alone:
        later = ("aggregator_candidates", "probes", "mixed", "filtered", "refined", "refined_mean", "refined_ranking")
        return {**stages, **dict.fromkeys((*later, "candidates"))}
    return {
        **stages,
        "aggregator_candidates": list(decided.aggregator_candidates),
        "probes": list(plan.probes),
        "mixed": mixed
        and {
            "response": mixed.response.tolist(),
            "length": _lengths(mixed.length),
            "mixed": mixed.mixed.tolist(),
        },
        "filtered": None if filtered is None or support is None else case.ids_at(support.positions[filtered]),
        "refined": _scores(refined.priors),
        "refined_mean": refined.priors.mean,
        "refined_ranking": list(refined.ranking),
        "candidates": list(decided.standing.candidates),
    }


def _scores(priors: Priors) -> dict[str, Any]:
    """Model -> its scores."""
    return {
        model: {
            "coverage": float(priors.coverage[place]),
            "evidence": None if priors.no_evidence[place] else float(priors.evidence[place]),
            "no_evidence": bool(priors.no_evidence[place]),
            "score": float(priors.score[place]),
        }
        for place, model in enumerate(priors.models)
    }


def _lengths(length: Floats) -> list[float | None] | None:
    """Length similarities, None where left out; None altogether where every one is."""
    values = [None if math.isnan(value) else float(value) for value in length]
    return values if any(value is not None for value in values) else None


def _outcome(decided: OfflineDecision) -> dict[str, Any]:
    decision = decided.decision
    alone = decided.plan.alone
    return {
        "asked": [model for wave in decided.waves for model in wave],
        "dropped": [] if alone else list(decision.dropped),
        "v": None if decision.relative_scores is None else dict(decision.relative_scores),
        "n": decision.n,
        "decision": decision.kind,
        "answer": decision.answer,
        "references": list(decision.references) or None,
        "degraded": list(decision.degraded),
    }
