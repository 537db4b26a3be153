"""The report for spreadsheets: a row for each router and dataset, and one for its macro score."""

import csv
import io
from collections.abc import Iterator

from jisi.evaluation.reports.report import EvaluationReport, RouterReport

MACRO = "(macro)"
"""In place of a dataset's name."""
COLUMNS = ("router", "kind", "quality", "dataset", "rows", "score", "low", "high", "cost_usd", "calls")


def csv_text(report: EvaluationReport) -> str:
    """Write it: scores in [0, 1] with their 95% interval, USD and calls a query; empty where it is not recorded."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for router in report.routers:
        lines.writerows(_rows(report, router))
    return text.getvalue()


def _rows(report: EvaluationReport, router: RouterReport) -> Iterator[tuple[object, ...]]:
    names = (router.router, router.kind, router.quality)
    low, high = router.interval or (None, None)
    measured = report.rows if router.live is None else router.live.graded
    datasets = report.datasets if router.live is None else router.live.graded_by_dataset
    yield (*names, MACRO, measured, router.macro, low, high, router.cost, router.calls)
    for dataset, rows in datasets.items():
        low, high = router.intervals.get(dataset, (None, None))
        cost, calls = router.cost_by_dataset.get(dataset), router.calls_by_dataset[dataset]
        yield (*names, dataset, rows, router.by_dataset.get(dataset), low, high, cost, calls)
