"""Prior and refined scores beside what came true: how far p and p' are to be believed."""

from dataclasses import dataclass

import numpy as np

from jisi.evaluation.routers.mixed import FittedMixed, MixedRouter
from jisi.evaluation.routers.protocol import Rows
from jisi.evaluation.running import Evaluation
from jisi.routing.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Predictions:
    """Each tested row's scores, (n, M), models in pool order; NaN where nothing is known."""

    prior: Floats
    """p."""
    refined: Floats
    """p'; equal to p where no probe was usable."""
    recorded: Floats
    """y."""


def predict(evaluation: Evaluation, router: MixedRouter) -> Predictions:
    """Give p and p' of every model on every tested row, with the settings of this router."""
    parts: list[tuple[Floats, Floats, Floats]] = []
    for support in evaluation.supports():
        fitted = FittedMixed(router, support.evidence(evaluation.candidates.experts, evaluation.seed))
        for test, comparisons in support.chunks():
            decisions = fitted.decisions(Rows(test=test, comparisons=comparisons))
            unknown = np.full(len(test.models), np.nan)
            known = [unknown if one.plan.priors is None else one.plan.priors.score for one in decisions]
            then = [one.refined.priors.score for one in decisions]
            parts.append((np.stack(known), np.stack(then), test.scores))
    prior, refined, recorded = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Predictions(prior=prior, refined=refined, recorded=recorded)
