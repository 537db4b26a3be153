"""Plots as SVG."""

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from jisi.evaluation.reports.assembling import assemble
from jisi.evaluation.reports.plots.cost_quality import cost_quality_plot
from jisi.evaluation.reports.plots.curves import ablation_plot, calibration_plot, scaling_plot, sensitivity_plot
from jisi.evaluation.reports.plots.gallery import Plot, plots
from jisi.evaluation.reports.plots.heat_map import heat_map
from jisi.evaluation.reports.study import Study, StudyPoint, StudySeries

from tests.unit.evaluation.metrics.builders import NAN, measurement
from tests.unit.evaluation.reports.builders import RUN, report, studies

_SVG = "{http://www.w3.org/2000/svg}"


def _texts(svg: str | None) -> list[str]:
    """Give what is written in a plot; names of marks are read as titles."""
    assert svg is not None
    root = ET.fromstring(svg)
    return ["".join(one.itertext()).strip() for tag in ("text", "title") for one in root.iter(f"{_SVG}{tag}")]


def test_cost_and_quality() -> None:
    """Every router with score and cost is a mark with a name; the front is drawn; the others are not there."""
    texts = _texts(cost_quality_plot(report(), identity="a"))
    tips = [text for text in texts if "points, USD" in text]

    assert len(tips) == 9
    assert "knn: 62.50 points, USD 1.60 a thousand queries, 1.00 calls a query" in tips
    assert "jisi: 62.50 points, USD 7.20 a thousand queries, 3.50 calls a query" in tips
    assert {"knn", "jisi", "Pareto front", "upper reference"} <= set(texts)
    assert "reference model" not in texts
    assert not any("moa" in text or "closed" in text for text in texts)


def test_crowded_points() -> None:
    """Of names for which there is no room, those on the front are kept; every mark tells its name by its title."""
    crowd = [measurement([0.5 + 0.0001 * place, 0.5], router=f"router number {place}") for place in range(30)]
    texts = _texts(cost_quality_plot(assemble([measurement([0, 0], router="far"), *crowd], RUN), identity="a"))

    assert {"far", "router number 29"} <= set(texts)
    assert "router number 15" not in texts
    assert len([text for text in texts if "points, USD" in text]) == 31


def test_heat_map() -> None:
    """It has a cell for each router and dataset, in points; what lost to the best single model is of another colour."""
    svg = heat_map(report(), identity="h")
    texts = _texts(svg)
    assert svg is not None

    assert (texts.count("75"), texts.count("38")) == (4, 1)
    assert {"gsm", "crux", "reference:closed"} <= set(texts)
    assert "moa:3" not in texts
    assert "fill: var(--series-0)" in svg
    assert "fill: var(--series-1)" in svg


def test_studies() -> None:
    """Curves carry the names of their series, settings have a panel each, errors stand in the legend."""
    scaling, *settings, ablation, calibration = studies()

    assert {"jisi, strongest first", "jisi, by lot", "5", "6"} <= set(_texts(scaling_plot(scaling, identity="s")))
    panels = _texts(sensitivity_plot(settings, identity="s"))
    assert {"length_weight", "filter_ratio", "switch_threshold", "query_weight", "0.8"} <= set(panels)
    named = _texts(ablation_plot(ablation, identity="s"))
    assert "jisi without $lengths$" in named
    assert "moa" not in named
    assert "prior (ECE 0.050)" in _texts(calibration_plot(calibration, identity="s"))


@pytest.mark.parametrize("plot", [scaling_plot, ablation_plot, calibration_plot])
def test_studies_without_scores(plot: Callable[..., str | None]) -> None:
    """Of nothing nothing is drawn."""
    empty = Study(
        name="x",
        kind="scaling",
        title="x",
        series=[StudySeries(name="none", points=[]), StudySeries(name="x", points=[StudyPoint(label="x", x=1)])],
    )

    assert plot(empty, identity="x") is None
    assert sensitivity_plot([empty], identity="x") is None


def test_nothing_to_draw() -> None:
    """Without costs there is no curve of them, without quality no heat map."""
    unknown = assemble([measurement([0.0], quality="not recorded", costs=NAN)], RUN)

    assert cost_quality_plot(unknown, identity="a") is None
    assert heat_map(unknown, identity="a") is None
    assert list(plots(unknown)) == []


@pytest.fixture(scope="module")
def drawn() -> list[Plot]:
    """Give all plots of a report with every study."""
    return list(plots(report(with_studies=True)))


def test_colours_are_the_pages(drawn: list[Plot]) -> None:
    """No colour is fixed, so that the page's hold in light and dark."""
    for plot in drawn:
        assert re.findall(r"#[0-9a-f]{6}\b", re.sub(r"(href=\"|url\()#[\w-]+", "", plot.svg)) == []
        assert "var(--ink)" in plot.svg


def test_the_same_report_gives_the_same_plots(drawn: list[Plot]) -> None:
    """Plots can be compared byte by byte, and drawing leaves no trace in matplotlib's settings."""
    before = dict(mpl.rcParams)

    assert list(plots(report(with_studies=True))) == drawn
    assert dict(mpl.rcParams) == before
