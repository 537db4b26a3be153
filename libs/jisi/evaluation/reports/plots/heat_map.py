"""Routers by datasets: the score in each cell, its distance to the best single model as shade."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from jisi.evaluation.reports.plots.drawing import GAIN, INK, LOSS, literal, svg
from jisi.evaluation.reports.report import EvaluationReport, RouterReport

_FULL = 0.15
"""Difference of scores at which a cell has its full shade."""
_DARKEST = 0.55
_POINTS = 100
MOST = 40
"""Routers that a page has room for."""


def heat_map(report: EvaluationReport, *, identity: str) -> str | None:
    """Draw it, the best routers first; None where no quality is recorded."""
    routers = [one for one in report.recorded if one.by_dataset][:MOST]
    if not routers:
        return None
    baseline = report.router("best-single")
    return svg(
        lambda: _figure(routers, list(report.datasets), baseline),
        identity=identity,
        description="Score of each router on each dataset, shaded by its distance to the best single model.",
    )


def _figure(routers: Sequence[RouterReport], datasets: Sequence[str], baseline: RouterReport | None) -> Figure:
    figure = Figure(figsize=(3.2 + 0.55 * len(datasets), 1.6 + 0.24 * len(routers)), layout="constrained")
    axes = figure.subplots()
    for row, router in enumerate(routers):
        for column, dataset in enumerate(datasets):
            score = router.by_dataset[dataset]
            distance = 0.0 if baseline is None else score - baseline.by_dataset.get(dataset, score)
            shade = _DARKEST * min(1.0, abs(distance) / _FULL)
            axes.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5), 1, 1, facecolor=GAIN if distance > 0 else LOSS, alpha=shade, linewidth=0
                )
            )
            axes.text(column, row, f"{_POINTS * score:.0f}", ha="center", va="center", fontsize=8, color=INK)
    axes.set_xlim(-0.5, len(datasets) - 0.5)
    axes.set_ylim(len(routers) - 0.5, -0.5)
    axes.set_xticks(range(len(datasets)), [literal(name) for name in datasets], rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(routers)), [literal(router.router) for router in routers], fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
