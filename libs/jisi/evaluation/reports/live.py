"""What was really made and asked (`jisi eval --live`), as part of the report."""

from dataclasses import replace

import numpy as np

from jisi.evaluation.live.evaluating import LiveResult
from jisi.evaluation.live.measuring import LiveMeasurement
from jisi.evaluation.metrics.accuracy import Accuracy, accuracies, by_dataset
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.metrics.paired import paired_tests
from jisi.evaluation.reports.assembling import paired_report
from jisi.evaluation.reports.figures import mean_known, share, sum_known
from jisi.evaluation.reports.notes import note_of
from jisi.evaluation.reports.report import (
    EvaluationReport,
    GainReport,
    LiveFigures,
    LiveReport,
    PairedReport,
    RouterReport,
)
from jisi.routing.arrays import Positions

_NO_GAINS = GainReport(
    over_random=None,
    over_best_single=None,
    gap_to_oracle=None,
    performance_gain=None,
    cost_save=None,
    pareto_distance=None,
    at_equal_cost=None,
    saved_at_equal_quality=None,
)
"""They compare with routers on all tested rows, which these are not measured on."""


def with_live(report: EvaluationReport, result: LiveResult) -> EvaluationReport:
    """Add the routers whose fusions were really made, best first, behind the others: their rows are not the same."""
    routers = [_router(one, result.best_single, seed=report.seed) for one in result.routers]
    routers.sort(key=lambda one: -1.0 if one.macro is None else one.macro, reverse=True)
    live = LiveReport(
        rows=len(result.best_single.measurement),
        not_graded=len(result.best_single.measurement) - len(result.best_single.graded),
        calls=result.calls,
        kept_calls=result.kept_calls,
        cost=result.cost,
        failed_calls=dict(result.failed_calls),
        stopped=result.stopped,
        grader_agreement=result.grader_agreement,
    )
    return report.model_copy(update={"routers": [*report.routers, *routers], "live": live})


def _router(live: LiveMeasurement, best_single: LiveMeasurement, *, seed: int) -> RouterReport:
    made = live.measurement
    graded = made.take(live.graded)
    accuracy = accuracies([graded], seed=seed)[0] if len(graded) else None
    rival = _on_rows_of(graded, best_single.measurement)
    total, calls = sum_known(made.costs), float(made.calls.sum())
    there = len(made) > 0
    return RouterReport(
        router=made.router,
        kind="router",
        family=made.router,
        quality="live",
        note=_note(live),
        macro=None if accuracy is None else accuracy.macro,
        interval=None if accuracy is None else (accuracy.interval.low, accuracy.interval.high),
        by_dataset={} if accuracy is None else dict(accuracy.by_dataset),
        intervals={} if accuracy is None else {name: (one.low, one.high) for name, one in accuracy.intervals.items()},
        scored=float(made.scored.mean()) if there else None,
        cost=mean_known(made.costs),
        cost_total=total,
        cost_by_dataset=by_dataset(made, made.costs),
        cost_estimated=None if total is None else 0.0,
        cost_recorded=share(float(made.costed_calls.sum()), calls),
        calls=calls / len(made) if there else 0.0,
        calls_total=calls,
        calls_by_dataset=by_dataset(made, made.calls),
        prompt_tokens=mean_known(made.prompt_tokens),
        completion_tokens=mean_known(made.completion_tokens),
        routed=1 - float(made.fused.mean()) if there else 0.0,
        aggregated=float(made.fused.mean()) if there else 0.0,
        references_hold_right=mean_known(made.references_hit),
        best_reference=mean_known(made.best_references),
        aggregator_right=mean_known(made.aggregators_right),
        aggregator_score=mean_known(made.aggregators),
        against_best_single=_against(made, best_single.measurement, graded=live.graded, seed=seed),
        against=[],
        gains=_NO_GAINS,
        on_front=False,
        live=LiveFigures(
            rows=live.rows,
            answered=len(made),
            graded=len(graded),
            graded_by_dataset=_sizes(graded),
            fusions=live.fusions,
            failures=dict(live.failures),
            not_asked=live.not_asked,
            counted_calls=live.counted_calls,
            best_single=_macro(rival, seed=seed),
        ),
    )


def _against(made: Measurement, best_single: Measurement, *, graded: Positions, seed: int) -> PairedReport | None:
    """Test against the best single model on the rows that were graded; where none was, on calls and cost alone."""
    if not len(made):
        return None
    own = made.take(graded) if len(graded) else replace(made, quality="not recorded")
    (test,) = paired_tests([own], _on_rows_of(own, best_single), seed=seed)
    return paired_report(test)


def _on_rows_of(measurement: Measurement, other: Measurement) -> Measurement:
    places = {key: place for place, key in enumerate(other.keys)}
    return other.take(np.array([places[key] for key in measurement.keys], np.int64))


def _macro(measurement: Measurement, *, seed: int) -> float | None:
    measured: list[Accuracy] = accuracies([measurement], seed=seed) if len(measurement) else []
    return measured[0].macro if measured else None


def _sizes(measurement: Measurement) -> dict[str, int]:
    counts = np.bincount(measurement.datasets, minlength=len(measurement.dataset_names)).tolist()
    return {name: count for name, count in zip(measurement.dataset_names, counts, strict=True) if count}


def _note(live: LiveMeasurement) -> str:
    if not len(live.measurement):
        return "Nothing could be made."
    said = [note_of(live.measurement, "router")]
    if len(live.graded):
        said.append("An answer is right where the final answer that can be read in it is that of the bank's `gt`.")
    ungraded = len(live.measurement) - len(live.graded)
    if ungraded:
        said.append(
            f"{ungraded} of {len(live.measurement)} answers are not graded: the bank has no final answer to compare."
        )
    if not live.measurement.fused.all():
        said.append(
            "Where one model's response is the answer nobody was asked: what was recorded of it is graded alike."
        )
    if live.failures:
        said.append(f"{live.failures.total()} rows are left out, for a call failed; they are not counted as wrong.")
    if live.not_asked:
        said.append(f"{live.not_asked} rows are left out, for a bound was reached before they were answered.")
    if live.counted_calls:
        said.append(f"Tokens of {live.counted_calls} calls are our own count: their endpoints tell none.")
    return " ".join(said)
