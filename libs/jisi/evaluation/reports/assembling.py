"""From measurements to the report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.metrics.accuracy import Accuracy, Interval, accuracies, by_dataset, same_rows
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.metrics.paired import Difference, PairedTest, paired_tests
from jisi.evaluation.reports.figures import mean_known, share, sum_known
from jisi.evaluation.reports.gains import Standing, gains
from jisi.evaluation.reports.notes import note_of
from jisi.evaluation.reports.report import (
    BankFile,
    DifferenceReport,
    EvaluationReport,
    PairedReport,
    RouterKind,
    RouterReport,
)
from jisi.evaluation.reports.study import Study

BEST_SINGLE = "best-single"
AGAINST = ("knn", "jisi")
"""Every router is tested against these too, where they were measured."""
_KINDS: Mapping[str, RouterKind] = {"oracle": "upper reference", "best-per-dataset": "upper reference"}
_KINDS_BY_PREFIX: Mapping[str, RouterKind] = {"single:": "single", "reference:": "reference model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was evaluated, and how."""

    version: str
    banks: Sequence[BankFile]
    embedder: str
    split: str
    seed: int


def assemble(
    measurements: Sequence[Measurement],
    run: Run,
    *,
    against: Sequence[str] = AGAINST,
    studies: Iterable[Study] = (),
) -> EvaluationReport:
    """Make the report of routers measured on the same rows; each of `against` that was measured is tested against.

    A router's kind follows from its name: `single:MODEL` and `reference:MODEL` are models, `oracle` and
    `best-per-dataset` upper references. A router's family is its name up to its parameters (`knn-cost:price=0.1`).

    Raises:
        ValueError: there is no measurement, or they are of different rows.
    """
    if not measurements:
        raise ValueError("a report needs at least one measurement")
    first = same_rows(measurements)
    measured = accuracies(measurements, seed=run.seed)
    standings = [_standing(one, accuracy) for one, accuracy in zip(measurements, measured, strict=True)]
    tests = {
        name: dict(zip(_names(measurements), paired_tests(measurements, other, seed=run.seed), strict=True))
        for name in (BEST_SINGLE, *against)
        if (other := next((one for one in measurements if one.router == name), None)) is not None
    }
    routers = [
        _router(one, accuracy, standing, standings, {name: tests[name][one.router] for name in tests})
        for one, accuracy, standing in zip(measurements, measured, standings, strict=True)
    ]
    sizes = np.bincount(first.datasets, minlength=len(first.dataset_names))
    return EvaluationReport(
        version=run.version,
        banks=list(run.banks),
        embedder=run.embedder,
        split=run.split,
        seed=run.seed,
        rows=len(first),
        datasets={name: int(size) for name, size in zip(first.dataset_names, sizes, strict=True) if size},
        routers=sorted(routers, key=lambda one: -1.0 if one.macro is None else one.macro, reverse=True),
        studies=list(studies),
    )


def kind_of(router: str) -> RouterKind:
    """Give the kind of a router by its name."""
    for prefix, kind in _KINDS_BY_PREFIX.items():
        if router.startswith(prefix):
            return kind
    return _KINDS.get(router, "router")


def _names(measurements: Sequence[Measurement]) -> list[str]:
    return [one.router for one in measurements]


def _standing(measurement: Measurement, accuracy: Accuracy) -> Standing:
    kind = kind_of(measurement.router)
    return Standing(
        router=measurement.router,
        family=measurement.router.partition(":")[0] if kind == "router" else measurement.router,
        kind=kind,
        macro=None if measurement.quality == "not recorded" else accuracy.macro,
        cost=mean_known(measurement.costs),
    )


def _router(
    measurement: Measurement,
    accuracy: Accuracy,
    standing: Standing,
    standings: Sequence[Standing],
    tests: Mapping[str, PairedTest],
) -> RouterReport:
    known = measurement.quality != "not recorded"
    total = sum_known(measurement.costs)
    estimated = float(measurement.fusion_costs[~np.isnan(measurement.costs)].sum())
    calls = float(measurement.calls.sum())
    gain, on_front = gains(standing, standings)
    return RouterReport(
        router=standing.router,
        kind=standing.kind,
        family=standing.family,
        quality=measurement.quality,
        note=note_of(measurement, standing.kind),
        macro=standing.macro,
        interval=_interval(accuracy.interval) if known else None,
        by_dataset=dict(accuracy.by_dataset) if known else {},
        intervals={name: _interval(one) for name, one in accuracy.intervals.items()} if known else {},
        scored=float(measurement.scored.mean()) if known else None,
        cost=standing.cost,
        cost_total=total,
        cost_by_dataset=by_dataset(measurement, measurement.costs),
        cost_estimated=None if total is None else share(estimated, total),
        cost_recorded=share(float(measurement.costed_calls.sum()), calls),
        calls=calls / len(measurement),
        calls_total=calls,
        calls_by_dataset=by_dataset(measurement, measurement.calls),
        prompt_tokens=mean_known(measurement.prompt_tokens),
        completion_tokens=mean_known(measurement.completion_tokens),
        routed=1 - float(measurement.fused.mean()),
        aggregated=float(measurement.fused.mean()),
        references_hold_right=mean_known(measurement.references_hit),
        best_reference=mean_known(measurement.best_references),
        aggregator_right=mean_known(measurement.aggregators_right),
        aggregator_score=mean_known(measurement.aggregators),
        against_best_single=paired_report(tests[BEST_SINGLE]) if BEST_SINGLE in tests else None,
        against=[paired_report(test) for name, test in tests.items() if name not in (BEST_SINGLE, standing.router)],
        gains=gain,
        on_front=on_front,
    )


def _interval(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def paired_report(test: PairedTest) -> PairedReport:
    """Write down a paired test."""
    return PairedReport(
        against=test.against,
        macro=_difference(test.macro),
        calls=_difference(test.calls),
        cost=_difference(test.cost),
    )


def _difference(difference: Difference | None) -> DifferenceReport | None:
    if difference is None:
        return None
    return DifferenceReport(value=difference.value, interval=(difference.low, difference.high), p=difference.p)
