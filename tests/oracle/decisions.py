"""What is decided of a row: by the oracle, and by `jisi eval`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.knn import KnnRouter
from jisi.evaluation.routers.mixed import FittedMixed, MixedRouter
from jisi.evaluation.routers.outcome import NOBODY, Outcome
from jisi.evaluation.routers.protocol import Rows
from jisi.evaluation.running import Evaluation
from jisi.routing.offline import OfflineDecision
from jisi.routing.settings import RoutingSettings

from tests.unit.routing.oracle import expected_of

NUDGE = 1e-9
"""Relative change of an embedding's numbers that is as good as none: a similarity moves by some 1e-11. Both sides sum
in float64, so that their numbers differ by 1e-15 or so, and rank by 12 decimals."""
NUDGES = 20
"""Times a row is nudged, each by lot, before a difference is held to be none of rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The decisions about one row, whoever made them."""

    knn: str
    """Whom nearest neighbours choose."""
    asked: tuple[str, ...]
    """In order."""
    references: tuple[str, ...]
    """Best first; empty where nothing is fused."""
    aggregator: str | None
    """Who fuses."""
    chosen: str | None
    """Whose response answers, or stands for a fusion; None where nothing is usable."""

    def differences(self, other: "Course") -> dict[str, tuple[object, object]]:
        """Give the fields that differ, each with both values."""
        return {
            name: (getattr(self, name), getattr(other, name))
            for name in self.__dataclass_fields__
            if getattr(self, name) != getattr(other, name)
        }


def oracle_course(case: Mapping[str, Any]) -> Course:
    """Read the decisions off what the oracle gives for a case."""
    expected = expected_of(case)
    outcome = expected["outcome"][case["settings"]["second_wave"]]
    fuses = outcome["decision"] == "aggregate"
    first = [case["pool"][0]["name"]]  # section 6: where nothing is known the first of the pool answers alone
    return Course(
        knn=(expected["ranking"] or first)[0],
        asked=(*(expected["probes"] or first), *outcome["asked"]),
        references=tuple(outcome["references"] or ()),
        aggregator=expected["aggregator_candidates"][0] if fuses else None,
        chosen=outcome["references"][0] if fuses else outcome["answer"],
    )


def is_tie(case: Mapping[str, Any], course: Course) -> bool:
    """Whether the oracle itself decides so once the query and its responses are moved by as good as nothing."""
    lots = Random(0)

    def nudged(vector: Sequence[float] | None) -> list[float] | None:
        return None if vector is None else [number * (1 + NUDGE * lots.uniform(-1, 1)) for number in vector]

    for _ in range(NUDGES):
        responses = {
            model: {**response, "embedding": nudged(response["embedding"])}
            for model, response in case["responses"].items()
        }
        if oracle_course({**case, "query": nudged(case["query"]), "responses": responses}) == course:
            return True
    return False


def courses(evaluation: Evaluation, settings: RoutingSettings) -> list[Course]:
    """Route every tested row as `jisi eval` does, with `knn` and `jisi`."""
    found: list[Course] = []
    knn, mixed = KnnRouter(settings=settings), MixedRouter(settings=settings)
    for support in evaluation.supports():
        evidence = support.evidence(evaluation.candidates.experts, evaluation.seed)
        for test, comparisons in support.chunks():
            rows = Rows(test=test, comparisons=comparisons)
            by_knn = knn.fit(evidence).route(rows)
            by_mixed = mixed.fit(evidence).route(rows)
            decisions = FittedMixed(mixed, evidence).decisions(rows)
            found += [_course(test, row, by_knn, by_mixed, decision) for row, decision in enumerate(decisions)]
    return found


def _course(test: Recordings, row: int, by_knn: Outcome, by_mixed: Outcome, decision: OfflineDecision) -> Course:
    aggregator = int(by_mixed.aggregators[row])
    assert {*decision.asked} == {*_named(test, by_mixed.calls[row] > 0)}
    assert {*decision.decision.references} == {*_named(test, by_mixed.references[row])}
    (knn,) = _named(test, by_knn.answers[row] > 0)
    return Course(
        knn=knn,
        asked=decision.asked,
        references=decision.decision.references,
        aggregator=None if aggregator == NOBODY else test.models[aggregator],
        chosen=next(iter(_named(test, by_mixed.answers[row] > 0)), None),
    )


def _named(test: Recordings, flags: Sequence[bool] | np.ndarray[Any, Any]) -> list[str]:
    return [test.models[column] for column in np.flatnonzero(flags)]
