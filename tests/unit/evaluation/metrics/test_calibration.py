"""Calibration of predicted scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.evaluation.metrics.calibration import calibrate

from tests.unit.evaluation.metrics.builders import NAN


def test_hand_computed() -> None:
    """Bins hold means of what falls into them; a prediction of 1 is in the last one, and unknown pairs nowhere."""
    predicted = np.array([[0.1, 0.3, 1.0], [0.8, NAN, 0.9]])
    realised = np.array([[0.0, 1.0, 1.0], [1.0, 1.0, NAN]])
    found = calibrate(predicted, realised, bins=2)

    assert found is not None
    assert [(one.low, one.high, one.count) for one in found.bins] == [(0.0, 0.5, 2), (0.5, 1.0, 2)]
    assert [one.predicted for one in found.bins] == pytest.approx([0.2, 0.9])
    assert [one.realised for one in found.bins] == [0.5, 1.0]
    assert found.count == 4
    assert found.brier == pytest.approx((0.01 + 0.49 + 0 + 0.04) / 4)
    assert found.expected_error == pytest.approx((0.3 + 0.1) / 2)


def test_nothing_known() -> None:
    """Of nothing nothing is said."""
    assert calibrate(np.array([NAN, 0.5]), np.array([1.0, NAN])) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=50), st.integers(1, 12))
def test_properties(pairs: list[tuple[float, float]], bins: int) -> None:
    """Bins hold every pair once, in order; a prediction that always comes true has no error."""
    predicted, realised = np.array(pairs).T
    found, exact = calibrate(predicted, realised, bins=bins), calibrate(predicted, predicted, bins=bins)

    assert found is not None
    assert exact is not None
    assert sum(one.count for one in found.bins) == found.count == len(pairs)
    assert [one.low for one in found.bins] == sorted({one.low for one in found.bins})
    assert 0 <= found.expected_error <= 1
    assert found.expected_error**2 <= found.brier + 1e-9
    assert (exact.brier, exact.expected_error) == (0, 0)
