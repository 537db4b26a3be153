"""All plots of a report."""

from collections.abc import Iterator
from dataclasses import dataclass

from jisi.evaluation.reports.plots.cost_quality import cost_quality_plot
from jisi.evaluation.reports.plots.curves import ablation_plot, calibration_plot, scaling_plot, sensitivity_plot
from jisi.evaluation.reports.plots.heat_map import MOST, heat_map
from jisi.evaluation.reports.report import EvaluationReport


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with what must be known to read it."""

    title: str
    svg: str
    caption: str


def plots(report: EvaluationReport) -> Iterator[Plot]:
    """Give those that there is anything to draw of, in the order of the page."""
    drawn = cost_quality_plot(report, identity="cost")
    if drawn:
        yield Plot(
            "Cost and quality",
            drawn,
            "Higher is better, further left is cheaper. The line is the Pareto front of routers and single models of "
            "the pool: nothing measured is as good and cheaper. Costs of fusions are estimates, and fusions count with "
            "their first reference's score. Point at a mark for its name.",
        )
    drawn = heat_map(report, identity="heat")
    if drawn:
        yield Plot(
            "Routers by datasets",
            drawn,
            "Scores in points. Blue is better than the best single model, orange worse; full shade is 15 points. "
            f"No more than the {MOST} best are drawn.",
        )
    for place, study in enumerate(report.studies):
        match study.kind:
            case "scaling":
                drawn = scaling_plot(study, identity=f"scaling{place}")
            case "ablation":
                drawn = ablation_plot(study, identity=f"ablation{place}")
            case "calibration":
                drawn = calibration_plot(study, identity=f"calibration{place}")
            case "sensitivity":
                continue
        if drawn:
            yield Plot(study.title, drawn, study.note)
    drawn = sensitivity_plot([study for study in report.studies if study.kind == "sensitivity"], identity="settings")
    if drawn:
        yield Plot(
            "Sensitivity of the settings",
            drawn,
            "One setting is varied at a time, the others at their defaults; the dotted line is the default. Bands are "
            "95% intervals over the test rows: lines within each other's bands do not differ for certain.",
        )
