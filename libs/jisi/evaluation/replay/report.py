"""The figures of a replay."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from jisi.contracts.answer import AnswerV1
from jisi.evaluation.replay.against_maths import Replayed
from jisi.evaluation.replay.comparison import Difference
from jisi.evaluation.replay.family import Row
from jisi.routing.switch import Decision


class DatasetScore(BaseModel):
    """One dataset of the family."""

    model_config = ConfigDict(frozen=True)

    rows: int
    score: float
    offline_score: float


class DifferenceReport(BaseModel):
    """A query decided otherwise than offline."""

    model_config = ConfigDict(frozen=True)

    query_id: str
    fields: dict[str, tuple[Any, Any]]
    """By field: online, offline."""
    margin: float
    hung_on: str


class Latencies(BaseModel):
    """From publishing a query to receiving its answer, with so many under way."""

    model_config = ConfigDict(frozen=True)

    p50_ms: float
    p95_ms: float


class ReplayReport(BaseModel):
    """What `jisi replay --report` writes. Scores are in [0, 1]; macro is the mean over datasets."""

    model_config = ConfigDict(frozen=True)

    family: str
    rows: int
    answered: int
    failed: int
    """Answered, but with status failed; scored 0."""
    degraded: dict[str, int]
    """Answers that are less than the method would give, by reason; one may have several."""
    repeats: int
    """Answers published more than once."""
    macro: float
    offline_macro: float
    by_dataset: dict[str, DatasetScore]
    cost: float
    """USD of all calls, failed and discarded ones too."""
    calls: int
    routed: float
    """Share of the answers."""
    aggregated: float
    disagreements: list[DifferenceReport]
    """Decisions that differ by more than rounding explains: none is expected."""
    ties: list[DifferenceReport]
    """Decisions that differ, but hung on less than 1e-6 offline."""
    latencies: Latencies
    throughput: float
    """Queries a second."""
    seconds: float
    in_flight: int


@dataclass(frozen=True, slots=True)
class _Scored:
    row: Row
    online: float
    offline: float


def online_score(row: Row, answer: AnswerV1 | None) -> float:
    """Give the recorded score of what was answered.

    A fusion was never recorded; the replay pool replays its first reference, whose score it gets.
    """
    if answer is None or answer.status == "failed":
        return 0.0
    return _score(row, answer.models.references[0] if answer.route == "aggregate" else answer.models.answer)


def offline_score(row: Row, decision: Decision) -> float:
    """Give the same of an offline decision."""
    return _score(row, decision.references[0] if decision.kind == "aggregate" else decision.answer)


def build_report(replayed: Replayed, *, in_flight: int) -> ReplayReport:
    """Draw the figures."""
    run = replayed.run
    answers = {asked.row.query_id: asked.answer for asked in run.asked}
    scored = [
        _Scored(
            row=result.row,
            online=online_score(result.row, answers.get(result.row.query_id)),
            offline=offline_score(result.row, result.decided.decision),
        )
        for result in replayed.offline
    ]
    by_dataset = {name: _dataset(group) for name, group in _grouped(scored).items()}
    calls = [call for context in replayed.contexts.values() for call in context.calls]
    routes = [answer.route for answer in answers.values()]
    waited = [asked.seconds * 1000 for asked in run.asked]
    return ReplayReport(
        family=replayed.family,
        rows=len(replayed.rows),
        answered=len(answers),
        failed=sum(answer.status == "failed" for answer in answers.values()),
        degraded=dict(Counter(reason for answer in answers.values() for reason in answer.degraded)),
        repeats=run.repeats,
        macro=_mean(dataset.score for dataset in by_dataset.values()),
        offline_macro=_mean(dataset.offline_score for dataset in by_dataset.values()),
        by_dataset=by_dataset,
        cost=sum(call.cost_usd or 0.0 for call in calls),
        calls=len(calls),
        routed=_mean(float(route == "route") for route in routes),
        aggregated=_mean(float(route == "aggregate") for route in routes),
        disagreements=[_difference(one) for one in replayed.differences if not one.is_tie],
        ties=[_difference(one) for one in replayed.differences if one.is_tie],
        latencies=Latencies(p50_ms=_quantile(waited, 0.50), p95_ms=_quantile(waited, 0.95)),
        throughput=len(answers) / run.seconds,
        seconds=run.seconds,
        in_flight=in_flight,
    )


def _score(row: Row, model: str | None) -> float:
    return 0.0 if model is None else row.recorded(model).score or 0.0


def _grouped(scored: Iterable[_Scored]) -> dict[str, list[_Scored]]:
    groups: dict[str, list[_Scored]] = {}
    for one in scored:
        groups.setdefault(one.row.dataset, []).append(one)
    return dict(sorted(groups.items()))


def _dataset(group: Sequence[_Scored]) -> DatasetScore:
    return DatasetScore(
        rows=len(group),
        score=_mean(one.online for one in group),
        offline_score=_mean(one.offline for one in group),
    )


def _difference(difference: Difference) -> DifferenceReport:
    return DifferenceReport(
        query_id=difference.query_id,
        fields=difference.fields,
        margin=difference.margin,
        hung_on=difference.hung_on,
    )


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return fmean(listed) if listed else 0.0


def _quantile(values: Sequence[float], share: float) -> float:
    return round(float(np.quantile(values, share)), 3) if values else 0.0
