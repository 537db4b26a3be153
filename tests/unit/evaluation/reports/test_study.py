"""Points of studies."""

import numpy as np
import pytest
from jisi.evaluation.metrics.calibration import calibrate
from jisi.evaluation.reports.study import StudyPoint, calibration_series, study_points

from tests.unit.evaluation.metrics.builders import NAN, measurement


def test_points() -> None:
    """A point has score, interval, cost and calls of its measurement; no score where none was recorded."""
    known, unknown = study_points(
        [
            measurement([1, 0, 1, 1], router="a", calls=2, costs=[0.1, 0.3, NAN, NAN]),
            measurement([0] * 4, router="b", quality="not recorded", costs=NAN),
        ],
        labels=["two", "three"],
        xs=[2.0, None],
        seed=1,
    )

    assert (known.label, known.x, known.macro, known.calls) == ("two", 2.0, 0.75, 2)
    assert known.cost == pytest.approx(0.2)
    assert known.low is not None
    assert known.high is not None
    assert known.low < 0.75 < known.high
    assert unknown == StudyPoint(label="three", calls=1)


def test_calibration() -> None:
    """A curve has a point a bin, and the errors of the whole."""
    calibration = calibrate(np.array([0.25, 0.75, 0.8]), np.array([0.0, 1.0, 1.0]), bins=2)
    assert calibration is not None
    series = calibration_series("prior", calibration)

    assert [(point.label, point.count) for point in series.points] == [("0.00 to 0.50", 1), ("0.50 to 1.00", 2)]
    assert [point.x for point in series.points] == pytest.approx([0.25, 0.775])
    assert [point.macro for point in series.points] == [0.0, 1.0]
    assert series.figures["pairs"] == 3
    assert series.figures["expected_error"] == pytest.approx((0.25 + 2 * 0.225) / 3)
