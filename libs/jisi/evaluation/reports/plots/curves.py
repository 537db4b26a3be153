"""Studies as curves: scaling, sensitivity, ablation, calibration."""

from collections.abc import Iterable, Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jisi.evaluation.reports.plots.drawing import INK, MUTED, light_grid, literal, series_colour, svg
from jisi.evaluation.reports.study import Study, StudyPoint, StudySeries

_POINTS = 100
_PANELS_A_ROW = 3
_MARKER = 4


def scaling_plot(study: Study, *, identity: str) -> str | None:
    """Draw score over the number of models; several pools of one size are dots, with a line through their means."""
    series = _with_scores(study)
    if not series:
        return None
    return svg(lambda: _scaling(study, series), identity=identity, description=study.title)


def sensitivity_plot(studies: Sequence[Study], *, identity: str) -> str | None:
    """Draw a panel for each setting; the default is marked."""
    drawn = [study for study in studies if _with_scores(study)]
    if not drawn:
        return None
    return svg(lambda: _sensitivity(drawn), identity=identity, description="Macro score over values of each setting.")


def ablation_plot(study: Study, *, identity: str) -> str | None:
    """Draw named points with their intervals, the first one as the line to compare with."""
    series = _with_scores(study)
    if not series:
        return None
    return svg(lambda: _ablation(series), identity=identity, description=study.title)


def calibration_plot(study: Study, *, identity: str) -> str | None:
    """Draw mean score over mean prediction, the larger a point the more pairs behind it."""
    series = _with_scores(study)
    if not series:
        return None
    return svg(lambda: _calibration(study, series), identity=identity, description=study.title)


def _scaling(study: Study, series: Sequence[StudySeries]) -> Figure:
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    for place, one in enumerate(series):
        colour = series_colour(place)
        placed = _placed(one)
        sizes = sorted({x for x, _ in placed})
        means = [_mean(point.macro for x, point in placed if x == size) for size in sizes]
        several = len(sizes) < len(placed)
        axes.plot(
            sizes, means, color=colour, linestyle="--" if several else "-", marker="" if several else "o",
            markersize=_MARKER, label=literal(one.name),
        )  # fmt: skip
        if several:
            axes.scatter(
                [x for x, _ in placed], [_score(point) for _, point in placed], s=12, color=colour, linewidths=0
            )
        else:
            _band(axes, placed, colour)
    axes.set_xticks(sorted({x for one in series for x, _ in _placed(one)}))
    axes.set_xlabel(study.x_label or "models in the pool")
    axes.set_ylabel("macro score, points")
    axes.legend(fontsize=8)
    light_grid(axes)
    return figure


def _sensitivity(studies: Sequence[Study]) -> Figure:
    columns = min(_PANELS_A_ROW, len(studies))
    rows = ceil(len(studies) / columns)
    figure = Figure(figsize=(3.1 * columns, 2.5 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for panel, study in zip(panels, studies, strict=False):
        xs = sorted({x for one in _with_scores(study) for x, _ in _placed(one)})
        for place, one in enumerate(_with_scores(study)):
            placed = [(float(xs.index(x)), point) for x, point in sorted(_placed(one), key=lambda pair: pair[0])]
            panel.plot(
                [x for x, _ in placed], [_score(point) for _, point in placed],
                color=series_colour(place), marker="o", markersize=_MARKER, label=literal(one.name),
            )  # fmt: skip
            _band(panel, placed, series_colour(place))
        if study.default in xs:
            panel.axvline(xs.index(study.default), color=MUTED, linewidth=1, linestyle=":")
        panel.set_xticks(range(len(xs)), [f"{x:g}" for x in xs], fontsize=8)
        panel.set_title(literal(study.name))
        light_grid(panel)
    for panel in panels[len(studies) :]:
        panel.set_visible(False)
    if len(_with_scores(studies[0])) > 1:
        panels[0].legend(fontsize=7)
    figure.supylabel("macro score, points", fontsize=10, color=INK)
    return figure


def _ablation(series: Sequence[StudySeries]) -> Figure:
    named = [(one, point) for one in series for point in one.points if point.macro is not None]
    figure = Figure(figsize=(7.6, 1.0 + 0.3 * len(named)), layout="constrained")
    axes = figure.subplots()
    places = {one.name: place for place, one in enumerate(series)}
    for row, (one, point) in enumerate(named):
        colour = series_colour(places[one.name])
        if point.low is not None and point.high is not None:
            axes.hlines(row, _POINTS * point.low, _POINTS * point.high, color=colour, linewidth=1)
        axes.plot([_score(point)], [row], color=colour, marker="o", markersize=_MARKER + 1, linestyle="")
    axes.axvline(_score(named[0][1]), color=MUTED, linewidth=1, linestyle=":")
    many = len(series) > 1
    names = [f"{one.name}: {point.label}" if many else point.label for one, point in named]
    axes.set_yticks(range(len(named)), [literal(name) for name in names], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("macro score, points")
    light_grid(axes)
    return figure


def _calibration(study: Study, series: Sequence[StudySeries]) -> Figure:
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":")
    largest = max((point.count or 0 for one in series for point in one.points), default=0) or 1
    for place, one in enumerate(series):
        placed = _placed(one)
        xs, ys = [x for x, _ in placed], [point.macro or 0.0 for _, point in placed]
        axes.plot(xs, ys, color=series_colour(place), linewidth=1.2, label=literal(_with_error(one)))
        sizes = [6 + 90 * (point.count or 0) / largest for _, point in placed]
        axes.scatter(xs, ys, s=sizes, color=series_colour(place), alpha=0.6, linewidths=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_xlabel(study.x_label or "predicted score")
    axes.set_ylabel("mean score that came of it")
    axes.legend(fontsize=8, loc="upper left")
    light_grid(axes)
    return figure


def _with_error(series: StudySeries) -> str:
    error = series.figures.get("expected_error")
    return series.name if error is None else f"{series.name} (ECE {error:.3f})"


def _with_scores(study: Study) -> list[StudySeries]:
    return [one for one in study.series if any(point.macro is not None for point in one.points)]


def _placed(series: StudySeries) -> list[tuple[float, StudyPoint]]:
    """Give the points that have a place and a score."""
    return [(point.x, point) for point in series.points if point.x is not None and point.macro is not None]


def _band(axes: Axes, placed: Sequence[tuple[float, StudyPoint]], colour: str) -> None:
    known = [(x, point.low, point.high) for x, point in placed if point.low is not None and point.high is not None]
    axes.fill_between(
        [x for x, _, _ in known],
        [_POINTS * low for _, low, _ in known],
        [_POINTS * high for _, _, high in known],
        color=colour,
        alpha=0.12,
        linewidth=0,
    )


def _score(point: StudyPoint) -> float:
    return _POINTS * (point.macro or 0.0)


def _mean(values: Iterable[float | None]) -> float:
    known = [_POINTS * value for value in values if value is not None]
    return sum(known) / len(known)
