"""The layout of the paper."""

import pytest
from jisi.evaluation.reports.assembling import assemble
from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.paper import BENCHMARKS, benchmark_of, paper_grids, paper_markdown

from tests.unit.evaluation.metrics.builders import measurement
from tests.unit.evaluation.reports.builders import RUN, report


def _row(grid: Grid, name: str) -> dict[str, str]:
    (row,) = (row for row in grid.rows if row[0] == name)
    return dict(zip(grid.header, row, strict=True))


@pytest.mark.parametrize(
    ("dataset", "benchmark"),
    [
        ("aime", "AIME"),
        ("bench/AIME-2025", "AIME"),
        ("arena_hard_v2", "Arena-Hard"),
        ("GPQA diamond", "GPQA"),
        ("hle", "HLE"),
        ("humanitys-last-exam", "HLE"),
        ("LiveCodeBench v6", "LiveCodeBench"),
        ("livemathbench", "LiveMathBench"),
        ("mmlupro-law", "MMLU-Pro"),
        ("openai:simple-qa", "SimpleQA"),
        ("SWE-bench_Verified", "SWE-bench"),
        ("mmlu-law", None),
        ("gsm", None),
        ("athlete", None),
        ("my-aime", None),
    ],
)
def test_names(dataset: str, benchmark: str | None) -> None:
    """A dataset is a benchmark's if its name, or what follows a slash or colon, begins with the benchmark's."""
    assert benchmark_of(dataset) == benchmark


def test_scores() -> None:
    """A benchmark's score is the mean over its datasets; what no bank holds is not recorded; the paper's is beside."""
    names = ["mmlupro-law", "mmlupro-law", "mmlupro-math", "aime24", "gsm"]
    one = assemble([measurement([1, 0, 0, 1, 1], router="jisi", datasets=names)], RUN)
    scores, *_ = paper_grids(one)
    ours, theirs = _row(scores, "jisi"), _row(scores, "JiSi (the paper's)")

    assert (ours["MMLU-Pro"], ours["AIME"], ours["average"]) == ("25.00", "100.00", "62.50")
    assert (ours["HLE"], ours["SWE-bench"]) == ("not recorded", "not recorded")
    assert (theirs["MMLU-Pro"], theirs["average"]) == ("86.78", "72.15")
    assert "MMLU-Pro: mmlupro-law, mmlupro-math" in scores.note
    assert "No benchmark of the paper's: gsm." in scores.note
    assert "over the 2 benchmarks recorded" in scores.note


def test_the_papers_average() -> None:
    """The nine scores of the paper average to what it reports."""
    assert sum(BENCHMARKS.values()) / 9 == pytest.approx(72.15, abs=0.01)


def test_costs() -> None:
    """Cost is compared with the best reference model's where that is known, as the paper does with Gemini-3-Pro's."""
    rows = [
        measurement([1, 0], router="jisi", costs=[0.1, 0.3]),
        measurement([1, 1], router="reference:closed", costs=[0.5, 0.5]),
        measurement([0, 1], router="reference:other", costs=[9.0, 9.0]),
    ]
    costs = paper_grids(assemble(rows, RUN))[1]

    assert tuple(_row(costs, "jisi").values())[1:] == ("0.40", "200.00", "40%")
    assert _row(costs, "JiSi (the paper's)")["USD, all test rows"] == "63.36"
    assert "The best reference model here: reference:closed" in costs.note
    assert _row(paper_grids(report())[1], "jisi")["of the best reference model's"] == ""


def test_ablations_and_scaling() -> None:
    """Studies are laid out as the paper's; what was not run is called so, never recorded."""
    _, _, ablations, scaling = paper_grids(report(with_studies=True))
    _, _, no_ablations, no_scaling = paper_grids(report())

    assert _row(ablations, "jisi")["the paper's"] == "72.15"
    assert _row(ablations, "jisi without $lengths$")["less jisi"] == "-5.00"
    assert _row(ablations, "moa")["macro"] == "not recorded"
    assert no_ablations.rows[0][:2] == ("jisi", "not run")
    assert _row(scaling, "jisi, strongest first")["6"] == "75.00"
    assert _row(scaling, "jisi, by lot")["5"] == "37.50"
    assert _row(scaling, "jisi, by lot")["10"] == "not recorded"
    assert no_scaling.rows[0][0] == "not run"


def test_markdown() -> None:
    """In a terminal it is markdown, a section a table."""
    text = paper_markdown(report(with_studies=True))

    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Scores on the paper's benchmarks",
        "## Cost",
        "## Ablations",
        "## Scaling",
    ]
