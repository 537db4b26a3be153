"""The tables of a report."""

from collections.abc import Callable, Sequence

from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.report import DifferenceReport, EvaluationReport, PairedReport, RouterReport
from jisi.evaluation.reports.study import Study
from jisi.evaluation.reports.writing import (
    NONE,
    UNKNOWN,
    interval,
    number,
    p_value,
    percent,
    points,
    signed_interval,
    signed_points,
    signed_usd_a_thousand,
    usd_a_thousand,
)

_MARK = "*"
"""Beside a score that counts fusions by their first references."""
FIRST_REFERENCE_NOTE = f"{_MARK} A fusion was never recorded: it counts with its first reference's score."


def ranking(report: EvaluationReport) -> Grid:
    """All routers by macro score, with what they cost."""
    rows = [
        (
            router.router,
            _macro(router),
            interval(router.interval),
            _against_best_single(router),
            usd_a_thousand(router.cost) + (_MARK if router.cost_estimated else ""),
            number(router.calls),
            number(router.completion_tokens, 0),
            percent(router.aggregated) if router.aggregated else NONE,
        )
        for router in report.recorded
    ]
    notes = [FIRST_REFERENCE_NOTE] if any(router.quality == "first reference" for router in report.recorded) else []
    if any(router.cost_estimated for router in report.recorded):
        notes.append(f"{_MARK} at a cost: that of fusing is an estimate.")
    return Grid(
        title="Routers",
        header=("router", "macro", "95%", "vs best single", "USD/1k", "calls", "tokens", "fused"),
        rows=rows,
        note=" ".join(notes),
    )


def by_dataset(report: EvaluationReport) -> Grid:
    """Scores in points by dataset."""
    return Grid(
        title="Scores by dataset",
        header=("router", *(f"{name} ({rows})" for name, rows in report.datasets.items()), "macro"),
        rows=[
            (router.router, *(points(router.by_dataset.get(name)) for name in report.datasets), _macro(router))
            for router in report.recorded
        ],
        note="In brackets: tested rows.",
    )


def paired(report: EvaluationReport, against: str) -> Grid | None:
    """Every router against one; None where none was tested against it."""
    rows = [
        (
            router.router,
            *_difference(test.macro, signed_points, signed_interval),
            *_difference(test.calls, lambda value: f"{value:+.2f}", None),
            *_difference(test.cost, signed_usd_a_thousand, None),
        )
        for router in report.recorded
        if router.router != against and (test := _test(router, against)) is not None
    ]
    if not rows:
        return None
    return Grid(
        title=f"Against {against}",
        header=("router", "macro", "95%", "p", "calls", "p", "USD/1k", "p"),
        rows=rows,
        note="Differences on the same rows. p values are not corrected for how many routers are compared.",
    )


def gain_table(report: EvaluationReport) -> Grid:
    """LLMRouterBench's figures, and two at equal cost and equal quality."""
    return Grid(
        title="Gains",
        header=(
            "router",
            "Gain@R",
            "Gain@B",
            "Gap@O",
            "PerfGain",
            "CostSave",
            "ParetoDist",
            "at equal cost",
            "saved at equal score",
            "Pareto front",
        ),
        rows=[
            (
                router.router,
                percent(router.gains.over_random, signed=True),
                percent(router.gains.over_best_single, signed=True),
                percent(router.gains.gap_to_oracle),
                percent(router.gains.performance_gain, signed=True),
                percent(router.gains.cost_save, signed=True),
                NONE if router.gains.pareto_distance is None else number(router.gains.pareto_distance, 3),
                signed_points(router.gains.at_equal_cost),
                percent(router.gains.saved_at_equal_quality, signed=True),
                "on it" if router.on_front else NONE,
            )
            for router in report.recorded
            if router.macro is not None
        ],
        note=(
            "Shares of the baseline's figure: Gain@R over random, Gain@B over the model that is best on train rows, "
            "Gap@O below the oracle (the less the better). PerfGain and CostSave are of the best configuration of a "
            "family against the best single model; ParetoDist is the distance to the front. At equal cost: points "
            "above what asking single models by lot attains for the same money, the lots chosen with hindsight; saved "
            "at equal score: the money saved against it. Empty: not defined there."
        ),
    )


def fusions(report: EvaluationReport) -> Grid | None:
    """What is known of the fusions; None where nobody fuses."""
    rows = [
        (
            router.router,
            percent(router.aggregated),
            points(router.references_hold_right),
            points(router.best_reference),
            points(router.aggregator_right),
            points(router.aggregator_score),
        )
        for router in report.routers
        if router.aggregated
    ]
    if not rows:
        return None
    return Grid(
        title="Fusions",
        header=("router", "fused", "a reference right", "best reference", "aggregator right", "aggregator's score"),
        rows=rows,
        note=(
            "Over the fused rows, in points. A reference right: what an aggregator that always finds the right one "
            "would reach. Aggregator right: what its own response, without references, was worth. Right is a score of "
            "at least 0.5."
        ),
    )


def study_table(study: Study) -> Grid:
    """All points of a study."""
    return Grid(
        title=study.title,
        header=("series", study.x_label or "point", "score", "95%", "USD/1k", "calls", "pairs"),
        rows=[
            (
                series.name,
                point.label,
                points(point.macro),
                NONE if point.low is None or point.high is None else interval((point.low, point.high)),
                NONE if point.cost is None else usd_a_thousand(point.cost),
                NONE if point.calls is None else number(point.calls),
                NONE if point.count is None else f"{point.count:,}",
            )
            for series in study.series
            for point in series.points
        ],
        note=study.note,
    )


def opponents(report: EvaluationReport) -> Sequence[str]:
    """Name the routers that others were tested against, the best single model first."""
    tests = [test for router in report.recorded for test in (router.against_best_single, *router.against) if test]
    names = dict.fromkeys(test.against for test in tests)
    return sorted(names, key=lambda name: (name != "best-single", name))


def _macro(router: RouterReport) -> str:
    mark = _MARK if router.quality == "first reference" else ""
    return UNKNOWN if router.macro is None else points(router.macro) + mark


def _against_best_single(router: RouterReport) -> str:
    test = router.against_best_single
    if test is None or test.macro is None or test.against == router.router:
        return NONE
    return f"{signed_points(test.macro.value)} p {p_value(test.macro.p)}"


def _test(router: RouterReport, against: str) -> PairedReport | None:
    tests = (router.against_best_single, *router.against)
    return next((test for test in tests if test is not None and test.against == against), None)


def _difference(
    difference: DifferenceReport | None,
    written: Callable[[float], str],
    bounds: Callable[[tuple[float, float]], str] | None,
) -> tuple[str, ...]:
    """Write a difference, its interval if that is asked for, and its p."""
    if difference is None:
        return (UNKNOWN, NONE) if bounds is None else (UNKNOWN, NONE, NONE)
    middle = () if bounds is None else (bounds(difference.interval),)
    return (written(difference.value), *middle, p_value(difference.p))
