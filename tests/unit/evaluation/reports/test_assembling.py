"""From measurements to the report."""

import json

import pytest
from jisi.evaluation.reports.assembling import assemble, kind_of
from jisi.evaluation.reports.report import EvaluationReport, RouterReport

from tests.unit.evaluation.metrics.builders import NAN, measurement
from tests.unit.evaluation.reports.builders import DATASETS, RUN, measured, report


def _router(name: str) -> RouterReport:
    found = report().router(name)
    assert found is not None
    return found


def test_json_is_the_report() -> None:
    """What is written as JSON reads back as the same, and no figure in it is NaN."""
    one = report(with_studies=True)
    written = one.model_dump_json()
    content = json.loads(written, parse_constant=pytest.fail)

    assert EvaluationReport.model_validate_json(written) == one
    assert {"router", "macro", "by_dataset", "cost", "calls"} <= set(content["routers"][0])
    assert (content["rows"], content["seed"], content["version"]) == (6, 7, "1.2.3")
    assert content["datasets"] == {"crux": 2, "gsm": 4}


def test_routers_are_sorted() -> None:
    """The best is first; what has no score is last, and equals keep the order in which they were measured."""
    names = [one.router for one in report().routers]

    assert names[:2] == ["reference:closed", "oracle"]
    assert names[-1] == "moa:3"
    assert names.index("single:able") < names.index("best-single") < names.index("knn-cost:price=0.1")


def test_single_figures() -> None:
    """Macro is the mean over datasets; cost, calls and tokens are a query's."""
    knn = _router("knn")

    assert knn.by_dataset == {"crux": 0.5, "gsm": 0.75}
    assert knn.macro == 0.625
    assert knn.interval is not None
    assert knn.interval[0] < 0.625 < knn.interval[1]
    assert [knn.cost, knn.cost_total] == pytest.approx([0.0016, 0.0096])
    assert (knn.calls, knn.calls_total, knn.routed, knn.aggregated) == (1, 6, 1, 0)
    assert (knn.prompt_tokens, knn.completion_tokens) == (10, 100)
    assert knn.cost_by_dataset == pytest.approx({"crux": 0.0016, "gsm": 0.0016})
    assert (knn.references_hold_right, knn.aggregator_right) == (None, None)


def test_fusions() -> None:
    """Of fusions is told how good their references and aggregators were, and how much of the cost is estimated."""
    jisi = _router("jisi")

    assert (jisi.routed, jisi.aggregated) == (0.5, 0.5)
    assert jisi.references_hold_right == pytest.approx(2 / 3)
    assert jisi.aggregator_right == pytest.approx(1 / 3)
    assert jisi.aggregator_score == pytest.approx(1.25 / 3)
    assert jisi.calls == 3.5
    assert jisi.cost == pytest.approx(0.0072)
    assert jisi.cost_total == pytest.approx(0.036)
    assert jisi.cost_estimated == pytest.approx(1 / 3)
    assert jisi.cost_recorded == pytest.approx(18 / 21)
    assert "50.0% of the answers are fusions" in jisi.note
    assert "Cost is recorded on 85.7% of the calls" in jisi.note


def test_quality_that_is_not_recorded() -> None:
    """Where no answer was recorded there is no score, but there are calls."""
    moa = _router("moa:3")

    assert (moa.macro, moa.interval, moa.by_dataset, moa.intervals, moa.scored) == (None, None, {}, {}, None)
    assert moa.calls == 4
    assert moa.against_best_single is not None
    assert moa.against_best_single.macro is None
    assert moa.against_best_single.calls is not None
    assert moa.against_best_single.calls.value == pytest.approx(3)
    assert (moa.gains.over_random, moa.gains.pareto_distance, moa.on_front) == (None, None, False)
    assert "only a live pool can tell" in moa.note


def test_costs_that_are_not_recorded() -> None:
    """A cost of which nothing is known is null, and nothing is compared by it."""
    closed = _router("reference:closed")

    assert (closed.cost, closed.cost_total, closed.cost_recorded, closed.cost_estimated) == (None, None, 0, None)
    assert closed.cost_by_dataset == {}
    assert closed.gains.at_equal_cost is None


def test_paired_tests() -> None:
    """Everybody is tested against the best single model, and against knn and jisi but for themselves."""
    knn = _router("knn")

    assert knn.against_best_single is not None
    assert knn.against_best_single.macro is not None
    assert knn.against_best_single.macro.value == pytest.approx(0.125)
    assert [test.against for test in knn.against] == ["jisi"]
    assert knn.against[0].calls is not None
    assert knn.against[0].calls.value == pytest.approx(-2.5)
    assert [test.against for test in _router("oracle").against] == ["knn", "jisi"]


def test_gains() -> None:
    """Relative to random, best single and oracle; families are configurations of one method; singles are mixed."""
    knn, thrifty = _router("knn"), _router("knn-cost:price=0.3")

    assert knn.gains.over_random == pytest.approx(0.625 / 0.3125 - 1)
    assert knn.gains.over_best_single == pytest.approx(0.25)
    assert knn.gains.gap_to_oracle == pytest.approx(1 - 0.625 / 0.875)
    assert knn.gains.at_equal_cost == pytest.approx(0.625 - (0.125 + 0.6 * 0.375))
    assert thrifty.family == "knn-cost"
    assert thrifty.gains.performance_gain == pytest.approx(0)
    assert thrifty.gains.cost_save == pytest.approx(0.5)
    assert [knn.gains.performance_gain, knn.gains.cost_save] == pytest.approx([0.25, 0.2])


def test_front() -> None:
    """The front is of what can be had: no oracle, no reference model, and no model that a router beats on both."""
    on_front = {one.router for one in report().routers if one.on_front}

    assert on_front == {"knn", "knn-cost:price=0.1", "knn-cost:price=0.3"}
    assert _router("knn").gains.pareto_distance == 0
    assert _router("oracle").gains.pareto_distance is None
    distance = _router("single:baker").gains.pareto_distance
    assert distance is not None
    assert distance > 0


def test_without_baselines() -> None:
    """Whatever is not measured is compared with by nobody."""
    one = assemble([measurement([1, 0], router="mine")], RUN).routers[0]

    assert one.against_best_single is None
    assert one.against == []
    assert set(one.gains.model_dump(exclude={"pareto_distance"}).values()) == {None}


@pytest.mark.parametrize(
    ("router", "kind"),
    [
        ("single:able", "single"),
        ("reference:closed", "reference model"),
        ("oracle", "upper reference"),
        ("best-per-dataset", "upper reference"),
        ("best-single", "router"),
        ("jisi:switch_threshold=0.9", "router"),
    ],
)
def test_kinds(router: str, kind: str) -> None:
    """A router's name tells its kind."""
    assert kind_of(router) == kind


def test_wrong_measurements() -> None:
    """A report is of routers on the same rows, and of one at least."""
    with pytest.raises(ValueError, match="different rows"):
        assemble([*measured(), measurement([1.0], router="other")], RUN)
    with pytest.raises(ValueError, match="at least one"):
        assemble([], RUN)


def test_notes() -> None:
    """A note says what counts 0, and never rounds away what is missing."""
    scored = [1.0] * 5 + [0.999]
    few = assemble([measurement([1] * 6, router="mine", datasets=DATASETS, scored=scored)], RUN).routers[0]
    none = assemble([measurement([1], router="mine", costs=NAN, scored=0)], RUN).routers[0]

    assert few.note.endswith("less than 0.1% of the answers have no recorded score and count 0.")
    assert "100.0% of the answers have no recorded score" in none.note
    assert "Cost is recorded on 0.0% of the calls" in none.note
    assert "fusing is counted as free" in _router("moa:3").note
    assert "free" not in _router("jisi").note
    assert "a bound, not a router" in _router("oracle").note
    assert _router("knn").note == "Every answer is a recorded response: quality and cost are those measured."
