"""Accuracy against cost, with the Pareto front."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from jisi.evaluation.reports.plots.drawing import MUTED, SERIES, light_grid, svg
from jisi.evaluation.reports.plots.labels import label_points
from jisi.evaluation.reports.report import EvaluationReport, RouterKind, RouterReport
from jisi.evaluation.reports.writing import number, points, usd_a_thousand

_QUERIES, _POINTS = 1000, 100


@dataclass(frozen=True, slots=True)
class _Look:
    title: str
    marker: str
    colour: str
    size: float


_LOOKS: Mapping[RouterKind, _Look] = {
    "router": _Look("router", "o", SERIES[0], 36),
    "single": _Look("single model", "s", SERIES[4], 26),
    "reference model": _Look("reference model", "D", SERIES[3], 26),
    "upper reference": _Look("upper reference", "^", MUTED, 32),
}


def cost_quality_plot(report: EvaluationReport, *, identity: str) -> str | None:
    """Draw it; None where no router's cost and quality are both known and above 0."""
    drawn = [one for one in report.recorded if one.macro is not None and one.cost]
    if not drawn:
        return None
    return svg(
        lambda: _figure(drawn),
        identity=identity,
        description="Macro score against cost a thousand queries, with the Pareto front.",
        tips={f"point{place}": _tip(router) for place, router in enumerate(drawn)},
    )


def _figure(drawn: Sequence[RouterReport]) -> Figure:
    figure = Figure(figsize=(8.4, 5.2), layout="constrained")
    axes = figure.subplots()
    axes.set_xscale("log")
    for kind, look in _LOOKS.items():
        for place, router in enumerate(drawn):
            if router.kind == kind:
                x, y = _at(router)
                artist = axes.scatter(
                    [x], [y], s=look.size, marker=look.marker, color=look.colour, linewidths=0, zorder=3
                )
                artist.set_gid(f"point{place}")
        if any(router.kind == kind for router in drawn):
            axes.scatter([], [], s=look.size, marker=look.marker, color=look.colour, linewidths=0, label=look.title)
    front = _staircase(sorted(_at(router) for router in drawn if router.on_front))
    if front:
        axes.plot(*zip(*front, strict=True), color=MUTED, linewidth=1.2, label="Pareto front", zorder=2)
    axes.margins(x=0.08, y=0.08)
    axes.set_xlabel("USD a thousand queries (logarithmic)")
    axes.set_ylabel("macro score, points")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="lower right", fontsize=8)
    light_grid(axes)
    figure.draw_without_rendering()
    ordered = sorted(drawn, key=lambda router: (not router.on_front, router.kind != "router", -(router.macro or 0)))
    label_points(axes, [(*_at(router), _short(router)) for router in ordered], lines=front)
    return figure


def _staircase(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give the corners of the front: what lies below it and to the right is dominated."""
    corners = list(places[:1])
    for (_, before), (cost, macro) in pairwise(places):
        corners += [(cost, before), (cost, macro)]
    return corners


def _at(router: RouterReport) -> tuple[float, float]:
    return _QUERIES * (router.cost or 0.0), _POINTS * (router.macro or 0.0)


def _short(router: RouterReport) -> str:
    """Name a model by its name: its mark tells the rest."""
    return router.router.partition(":")[2] if router.kind in ("single", "reference model") else router.router


def _tip(router: RouterReport) -> str:
    return (
        f"{router.router}: {points(router.macro)} points, USD {usd_a_thousand(router.cost)} a thousand queries, "
        f"{number(router.calls)} calls a query"
    )
