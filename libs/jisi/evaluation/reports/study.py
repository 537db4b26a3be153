"""A study: named curves of one run, such as accuracy over the size of the pool."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from jisi.evaluation.metrics.accuracy import accuracies
from jisi.evaluation.metrics.calibration import Calibration
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.reports.figures import mean_known

Kind = Literal["scaling", "sensitivity", "ablation", "calibration"]
"""What is plotted how: curves over the size of the pool, over values of a setting, points by name, reliability."""


class StudyPoint(BaseModel):
    """One point of a curve; what is not known is null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    x: float | None = None
    """Its place on the axis; null where points are named, not placed."""
    macro: float | None = None
    """Macro score; of a calibration, the mean score that came of the predictions at `x`."""
    low: float | None = None
    high: float | None = None
    """95% interval of `macro`."""
    cost: float | None = None
    """USD a query."""
    calls: float | None = None
    """A query."""
    count: int | None = None
    """Pairs behind a point of a calibration."""


class StudySeries(BaseModel):
    """One curve, or one list of named points."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    points: list[StudyPoint]
    figures: dict[str, float] = {}
    """Of the whole series, by name: a calibration's `brier`, `expected_error` and `pairs`."""


class Study(BaseModel):
    """Named curves with the same axes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """What it is called in reports, such as the setting that is varied."""
    kind: Kind
    title: str
    x_label: str = ""
    note: str = ""
    """What must be known to read it; a sentence."""
    default: float | None = None
    """Of a sensitivity: the value of the setting in all other figures."""
    series: list[StudySeries]


def study_points(
    measurements: Sequence[Measurement], *, labels: Sequence[str], xs: Sequence[float | None], seed: int
) -> list[StudyPoint]:
    """Give a point for each measurement, all on the same rows."""
    measured = accuracies(measurements, seed=seed)
    return [
        StudyPoint(label=label, x=x, cost=mean_known(one.costs), calls=mean_known(one.calls))
        if one.quality == "not recorded"
        else StudyPoint(
            label=label,
            x=x,
            macro=accuracy.macro,
            low=accuracy.interval.low,
            high=accuracy.interval.high,
            cost=mean_known(one.costs),
            calls=mean_known(one.calls),
        )
        for one, accuracy, label, x in zip(measurements, measured, labels, xs, strict=True)
    ]


def calibration_series(name: str, calibration: Calibration) -> StudySeries:
    """Give the curve of a calibration: a point a bin, at its mean prediction."""
    return StudySeries(
        name=name,
        points=[
            StudyPoint(label=f"{one.low:.2f} to {one.high:.2f}", x=one.predicted, macro=one.realised, count=one.count)
            for one in calibration.bins
        ],
        figures={
            "brier": calibration.brier,
            "expected_error": calibration.expected_error,
            "pairs": float(calibration.count),
        },
    )
