"""What routers decide of the rows that are asked anew: whose responses to fuse, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from jisi.errors import InputError
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.routers.outcome import Fusion, Outcome
from jisi.evaluation.routers.protocol import Evidence, Fitted, Router, Rows
from jisi.evaluation.running import Evaluation
from jisi.evaluation.splits import Fold
from jisi.routing.arrays import Positions


@runtime_checkable
class Fuses(Protocol):
    """A fitted router whose fusions can really be made."""

    def fusions(self, rows: Rows) -> Sequence[Fusion | None]:
        """Say who is to be asked and who fuses, row by row; None where one recorded response is the answer."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decided:
    """A router's decisions on the rows that are asked anew."""

    recorded: Measurement
    """What recorded data tell of them."""
    fusions: Sequence[Fusion | None]
    answers: Sequence[str | None]
    """Whose recorded response is the answer, of a row that is not fused; None: nobody's."""


def decided(evaluation: Evaluation, routers: Sequence[Router], rows: Positions) -> list[Decided]:
    """Let routers decide some of the tested rows, each on the evidence of its fold; in the order of the folds.

    Raises:
        InputError: a router fuses, but does not say how.
    """
    chosen = set(rows.tolist())
    folds = [
        Fold(fold.train, np.array(test, np.int64))
        for fold in evaluation.folds
        if (test := [row for row in fold.test.tolist() if row in chosen])
    ]
    watched = [_Watched(router) for router in routers]
    measured = replace(evaluation, folds=folds).run(watched, done=lambda _router, _rows: None)
    return [
        Decided(recorded=recorded, fusions=one.fusions, answers=one.answers)
        for recorded, one in zip(measured, watched, strict=True)
    ]


class _Watched:
    """A router, and all that it decides beside what is measured."""

    def __init__(self, router: Router) -> None:
        self.name = router.name
        self.fusions: list[Fusion | None] = []
        self.answers: list[str | None] = []
        self._router = router
        self._fitted: Fitted | None = None

    def fit(self, evidence: Evidence) -> "_Watched":
        """Fit the router."""
        self._fitted = self._router.fit(evidence)
        return self

    def route(self, rows: Rows) -> Outcome:
        """Let it route, and take note."""
        fitted = self._fitted
        assert fitted is not None, "a router is fitted before it routes"
        outcome = fitted.route(rows)
        if not outcome.fused.any():
            self.fusions += [None] * len(rows.test)
        elif isinstance(fitted, Fuses):
            self.fusions += fitted.fusions(rows)
        else:
            raise InputError(
                f"{self.name} fuses, but has no method `fusions` that says whose responses and by whom, so that its "
                "fusions cannot really be made; jisi/evaluation/routers/fusing.py shows one."
            )
        models = rows.test.models
        self.answers += [models[int(row.argmax())] if row.any() else None for row in outcome.answers]
        return outcome
