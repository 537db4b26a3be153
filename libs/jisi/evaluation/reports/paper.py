"""A run laid out as the tables of the JiSi paper (Tang et al. 2026, arXiv 2601.01330), its own figures beside.

The paper's figures are those of ALGORITHM.md, "What the paper reports"; they are called the paper's where they stand.

Datasets are matched with the nine benchmarks by name: letters and digits alone count, in lower case, and the name, or
what follows a slash or colon in it, must begin with the benchmark's. So `aime24`, `bench/AIME-2025`, `mmlupro-law` and
`SWE-bench_Verified` are matched. A benchmark's score is the mean over the datasets matched with it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from jisi.evaluation.reports.grid import Grid, markdown
from jisi.evaluation.reports.report import EvaluationReport, RouterReport
from jisi.evaluation.reports.study import StudyPoint
from jisi.evaluation.reports.tables import FIRST_REFERENCE_NOTE
from jisi.evaluation.reports.writing import NONE, UNKNOWN, number, points, signed_points, usd_a_thousand

BENCHMARKS: Mapping[str, float] = {
    "AIME": 94.44,
    "Arena-Hard": 88.44,
    "GPQA": 86.67,
    "HLE": 27.62,
    "LiveCodeBench": 89.27,
    "LiveMathBench": 81.08,
    "MMLU-Pro": 86.78,
    "SimpleQA": 53.70,
    "SWE-bench": 41.33,
}
"""The paper's nine, with its JiSi's scores in points."""
_ALIASES: Mapping[str, str] = {"humanityslastexam": "HLE"}
_THE_PAPERS = "the paper's"
_AVERAGES: Mapping[str, str] = {
    "DeepSeek-V3.2-Speciale, best open model": "65.59",
    "Gemini-3-Pro": "71.00",
    "JiSi without the switch": "71.09",
    "JiSi": "72.15",
}
_COSTS: Mapping[str, tuple[str, str]] = {"Gemini-3-Pro": ("135.46", "100%"), "JiSi": ("63.36", "47%")}
"""USD of the paper's test rows, and as a share of Gemini-3-Pro's."""
_ABLATIONS: Mapping[str, str] = {"jisi": "72.15", "jisi without switch: always aggregate": "71.09"}
"""The paper's averages of what `jisi eval` calls so."""
_SIZES = range(5, 11)
_NOT_RUN = "not run"


def paper_grids(report: EvaluationReport) -> list[Grid]:
    """Lay a report out as the paper's tables: scores, cost, ablations, scaling."""
    return [_scores(report), _costs(report), _ablations(report), _scaling(report)]


def paper_markdown(report: EvaluationReport) -> str:
    """Write the same for a terminal or a file."""
    return "\n\n".join(markdown(grid) for grid in paper_grids(report)) + "\n"


def benchmark_of(dataset: str) -> str | None:
    """Give the benchmark a dataset is matched with."""
    names = {**{_plain(name): name for name in BENCHMARKS}, **_ALIASES}
    for part in (dataset, *re.split("[/:]", dataset)):
        for beginning, benchmark in names.items():
            if _plain(part).startswith(beginning):
                return benchmark
    return None


def _scores(report: EvaluationReport) -> Grid:
    matched = _matched(report.datasets)
    rows = [(router.router, *_of_benchmarks(router, matched)) for router in report.recorded]
    rows += [
        (
            f"{name} ({_THE_PAPERS})",
            *(f"{score:.2f}" if name == "JiSi" else NONE for score in BENCHMARKS.values()),
            average,
        )
        for name, average in _AVERAGES.items()
    ]
    told = [f"{name}: {', '.join(datasets)}" for name, datasets in matched.items() if datasets]
    left = [name for name in report.datasets if benchmark_of(name) is None]
    notes = [
        f"Matched by name: {'; '.join(told) or 'none'}.",
        f"No benchmark of the paper's: {', '.join(left)}." if left else "",
        f"The average is over the {len(told)} benchmarks recorded, the paper's over all nine.",
        FIRST_REFERENCE_NOTE if any(router.quality == "first reference" for router in report.recorded) else "",
    ]
    return Grid(
        title="Scores on the paper's benchmarks",
        header=("model or router", *BENCHMARKS, "average"),
        rows=rows,
        note=" ".join(note for note in notes if note),
    )


def _costs(report: EvaluationReport) -> Grid:
    references = [one for one in report.recorded if one.kind == "reference model" and one.macro is not None]
    best = references[0] if references else None
    rows = [
        (
            router.router,
            number(router.cost_total),
            usd_a_thousand(router.cost),
            f"{router.cost / best.cost:.0%}" if best and best.cost and router.cost is not None else NONE,
        )
        for router in report.recorded
    ]
    rows += [(f"{name} ({_THE_PAPERS})", total, NONE, share) for name, (total, share) in _COSTS.items()]
    name = "no reference model is recorded" if best is None else best.router
    return Grid(
        title="Cost",
        header=("model or router", "USD, all test rows", "USD/1k", "of the best reference model's"),
        rows=rows,
        note=f"The best reference model here: {name}; the paper's: Gemini-3-Pro. Costs of fusing are estimates.",
    )


def _ablations(report: EvaluationReport) -> Grid:
    found = [
        point
        for study in report.studies
        if study.kind == "ablation"
        for series in study.series
        for point in series.points
    ]
    whole = next((point for point in found if point.label == "jisi"), None)
    rows = [
        (
            point.label,
            points(point.macro),
            NONE if point is whole else signed_points(_less(point, whole)),
            number(point.calls),
            _ABLATIONS.get(point.label, NONE),
        )
        for point in found
    ]
    missing = [name for name in _ABLATIONS if name not in {point.label for point in found}]
    rows += [(name, _NOT_RUN, NONE, NONE, _ABLATIONS[name]) for name in missing]
    return Grid(
        title="Ablations",
        header=("variant", "macro", "less jisi", "calls", _THE_PAPERS),
        rows=rows,
        note=(
            "The paper's gains: aggregator selection +1.41 over routing alone, the switch +1.06. Recorded data hold no "
            "fusions, so neither gain can show here: a fusion counts with its first reference's score."
        ),
    )


def _scaling(report: EvaluationReport) -> Grid:
    rows = [
        (series.name, *(_at_size(series.points, size) for size in _SIZES))
        for study in report.studies
        if study.kind == "scaling"
        for series in study.series
    ]
    return Grid(
        title="Scaling",
        header=("models in the pool", *(str(size) for size in _SIZES)),
        rows=rows or [(_NOT_RUN, *(UNKNOWN for _ in _SIZES))],
        note="The paper's accuracy grows steadily from 5 to 10 models. Several pools of one size: their mean.",
    )


def _matched(datasets: Iterable[str]) -> dict[str, list[str]]:
    matched: dict[str, list[str]] = {name: [] for name in BENCHMARKS}
    for dataset in datasets:
        benchmark = benchmark_of(dataset)
        if benchmark is not None:
            matched[benchmark].append(dataset)
    return matched


def _of_benchmarks(router: RouterReport, matched: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Write a router's scores on the nine and their average."""
    scores = [
        fmean(router.by_dataset[name] for name in datasets) if datasets and router.by_dataset else None
        for datasets in matched.values()
    ]
    known = [score for score in scores if score is not None]
    return (*map(points, scores), points(fmean(known) if known else None))


def _less(point: StudyPoint, whole: StudyPoint | None) -> float | None:
    return None if point.macro is None or whole is None or whole.macro is None else point.macro - whole.macro


def _at_size(found: Sequence[StudyPoint], size: int) -> str:
    scores = [point.macro for point in found if point.x == size and point.macro is not None]
    return points(fmean(scores) if scores else None)


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
