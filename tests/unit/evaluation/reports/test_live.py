"""Live routers in the report."""

import csv
import io
from collections import Counter
from dataclasses import replace

import pytest
from jisi.evaluation.live.evaluating import LiveResult
from jisi.evaluation.live.measuring import LiveMeasurement
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.reports.csv_rows import csv_text
from jisi.evaluation.reports.html_page import html_page
from jisi.evaluation.reports.live import with_live
from jisi.evaluation.reports.live_table import live_table
from jisi.evaluation.reports.report import EvaluationReport, RouterReport
from jisi.evaluation.reports.tables import by_dataset, gain_table, paired, ranking

from tests.unit.evaluation.metrics.builders import measurement
from tests.unit.evaluation.reports.builders import report

DATASETS = ("gsm", "gsm", "gsm", "crux")


def _live(measured: Measurement, **changes: object) -> LiveMeasurement:
    whole = LiveMeasurement(measurement=measured, failures=Counter(), not_asked=0, fusions=4, counted_calls=0)
    return replace(whole, **changes)  # type: ignore[arg-type] # figures


def _reported(*routers: LiveMeasurement, **changes: object) -> EvaluationReport:
    best = measurement([1, 0, 0, 0], router="best-single", datasets=DATASETS, quality="live", costs=0.001)
    result = LiveResult(
        routers=routers,
        best_single=_live(best),
        grader_agreement=0.75,
        calls=9,
        kept_calls=7,
        cost=0.05,
        failed_calls={},
        stopped=None,
    )
    return with_live(report(), replace(result, **changes))  # type: ignore[arg-type] # figures


def _moa(**arrays: object) -> Measurement:
    changes = {"calls": 4.0, "costs": 0.004, "best_references": 1.0, **arrays}
    return measurement([1, 1, 0, 1], router="live:moa:3", datasets=DATASETS, quality="live", **changes)  # type: ignore[arg-type]


def _router(reported: EvaluationReport, name: str) -> RouterReport:
    router = reported.router(name)
    assert router is not None
    return router


def test_a_live_router_is_reported() -> None:
    """With its interval, and tested against the best single model on the same rows and by the same grades."""
    moa = _router(_reported(_live(_moa())), "live:moa:3")

    assert moa.quality == "live"
    assert moa.macro == pytest.approx(5 / 6)
    assert moa.by_dataset == {"gsm": 2 / 3, "crux": 1.0}
    assert moa.interval is not None
    assert moa.interval[0] <= 5 / 6 <= moa.interval[1]
    assert moa.cost == pytest.approx(0.004)
    assert (moa.cost_estimated, moa.calls, moa.aggregated) == (0.0, 4.0, 1.0)
    assert moa.live is not None
    assert (moa.live.rows, moa.live.graded) == (4, 4)
    assert moa.live.best_single == pytest.approx(1 / 6)
    test = moa.against_best_single
    assert test is not None
    assert test.macro is not None
    assert test.calls is not None
    assert (test.against, test.calls.value) == ("best-single", 3.0)
    assert test.macro.value == pytest.approx(2 / 3)


def test_quality_is_of_graded_rows() -> None:
    """A row that cannot be graded counts for calls and cost, not for the score."""
    moa = _router(_reported(_live(_moa(scored=[1, 0, 1, 1], calls=[4, 8, 4, 4]))), "live:moa:3")

    assert (moa.by_dataset, moa.calls) == ({"gsm": 0.5, "crux": 1.0}, 5.0)
    assert moa.live is not None
    assert (moa.live.graded, moa.live.graded_by_dataset, moa.live.best_single) == (3, {"gsm": 2, "crux": 1}, 0.25)
    assert "1 of 4 answers are not graded" in moa.note


def test_nothing_graded() -> None:
    """Then there is no score, and still a test on calls and cost."""
    moa = _router(_reported(_live(_moa(scored=0.0)), grader_agreement=None), "live:moa:3")

    assert (moa.macro, moa.interval, moa.by_dataset) == (None, None, {})
    assert moa.against_best_single is not None
    assert moa.against_best_single.macro is None
    assert moa.against_best_single.calls is not None


def test_nothing_made() -> None:
    """A router all of whose rows were lost has no figures, and says why."""
    empty = _live(_moa().take(_live(_moa(scored=0.0)).graded), failures=Counter({"able: key_refused": 3}), not_asked=1)
    reported = _reported(empty, failed_calls={"able: key_refused": 3}, stopped="--max-calls 9 is used up.")
    moa = _router(reported, "live:moa:3")

    assert (moa.macro, moa.cost, moa.against_best_single) == (None, None, None)
    assert moa.live is not None
    assert (moa.live.rows, moa.live.answered, moa.live.failures, moa.live.not_asked) == (
        4,
        0,
        {"able: key_refused": 3},
        1,
    )
    grid = live_table(reported)
    assert grid is not None
    assert "3 calls failed (able: key_refused 3)" in grid.note
    assert "--max-calls 9 is used up." in grid.note


def test_other_tables_are_as_before() -> None:
    """What was measured on some rows is not ranked among what was measured on all."""
    before, after = report(), _reported(_live(_moa()))

    assert [one.router for one in after.routers] == [*(one.router for one in before.routers), "live:moa:3"]
    for table in (ranking, by_dataset, gain_table):
        assert table(after) == table(before)
    assert paired(after, "best-single") == paired(before, "best-single")
    assert live_table(before) is None


def test_the_live_table() -> None:
    """A row for each router, best first, and what the run took."""
    worse = _live(replace(_moa(), router="live:jisi", scores=_moa().scores * 0), failures=Counter({"able: x": 1}))
    grid = live_table(_reported(worse, _live(_moa())))

    assert grid is not None
    assert [(row[0], row[1], row[3][:6], row[-2], row[-1]) for row in grid.rows] == [
        ("live:moa:3", "83.33", "+66.67", "4/4", "4"),
        ("live:jisi", "0.00", "-16.67", "4/5", "4"),
    ]
    assert "9 calls were made for $0.05, 7 answers were kept from earlier runs." in grid.note
    assert "75.0% of the responses recorded" in grid.note


def test_in_every_format() -> None:
    """The page has the table, the spreadsheet the rows that were graded, and JSON all of it."""
    reported = _reported(_live(_moa(scored=[1, 1, 1, 0])))

    assert "Really made (live)" in html_page(reported)
    rows = [row for row in csv.DictReader(io.StringIO(csv_text(reported))) if row["router"] == "live:moa:3"]
    assert [(row["dataset"], row["rows"], row["quality"]) for row in rows] == [
        ("(macro)", "3", "live"),
        ("gsm", "3", "live"),
    ]
    assert EvaluationReport.model_validate_json(reported.model_dump_json()) == reported
