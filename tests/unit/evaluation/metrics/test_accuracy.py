"""Accuracy and its intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jisi.evaluation.metrics.accuracy import accuracies, by_dataset, macro
from jisi.evaluation.metrics.measurement import Measurement, concatenate

from tests.unit.evaluation.metrics.builders import NAN, measurement, measurements


def test_macro_weighs_datasets_alike() -> None:
    """Macro is the mean of the datasets' means, however many rows each has."""
    one = measurement([1, 1, 1, 0, 0.5], datasets=["gsm"] * 4 + ["crux"])
    (found,) = accuracies([one], seed=1)

    assert found.by_dataset == {"crux": 0.5, "gsm": 0.75}
    assert found.macro == macro(one) == 0.625


def test_unknown_values_are_left_out() -> None:
    """A mean is over what is known; a dataset of which nothing is known has none."""
    one = measurement([1, 0, 1], datasets=["a", "a", "b"])

    assert by_dataset(one, np.array([3.0, NAN, NAN])) == {"a": 3.0}


def test_width_is_the_binomial_one() -> None:
    """On many rows the interval is that of theory: 1.96 standard errors to either side."""
    (found,) = accuracies([measurement([1.0, 0.0] * 200)], seed=1, draws=4000)
    error = 1.96 * np.sqrt(0.25 / 400)

    assert found.interval.low == pytest.approx(0.5 - error, abs=0.006)
    assert found.interval.high == pytest.approx(0.5 + error, abs=0.006)
    assert found.interval == found.intervals["numbers"]


def test_rows_are_drawn_within_datasets() -> None:
    """What differs between datasets alone is no uncertainty: each keeps its number of rows."""
    (found,) = accuracies([measurement([1.0, 1.0, 0.0], datasets=["a", "a", "b"])], seed=1)

    assert (found.interval.low, found.interval.high) == (0.5, 0.5)


@given(measurements(count=2), st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_intervals(routers: list[Measurement], seed: int) -> None:
    """An interval holds its estimate and lies in [0, 1]; a router's figures do not hang on who else is measured."""
    together = accuracies(routers, seed=seed, draws=500)
    (alone,) = accuracies(routers[1:], seed=seed, draws=500)

    for one in together:
        assert -1e-9 <= one.interval.low <= one.macro + 1e-9
        assert one.macro - 1e-9 <= one.interval.high <= 1 + 1e-9
        assert set(one.intervals) == set(one.by_dataset)
    assert together[1].interval.low == pytest.approx(alone.interval.low)
    assert together[1].by_dataset == pytest.approx(alone.by_dataset)


@given(measurements(), st.integers(1, 23))
def test_macro_of_chunks(routers: list[Measurement], place: int) -> None:
    """However rows are cut into chunks, their macro score is that of the whole."""
    (whole,) = routers
    names = [whole.dataset_names[code] for code in whole.datasets]
    cut = min(place, len(whole))
    parts = [slice(0, cut), slice(cut, None)]
    joined = concatenate(
        [measurement(whole.scores[part].tolist(), datasets=names[part]) for part in parts if names[part]]
    )

    assert macro(joined) == pytest.approx(macro(whole))


def test_same_seed_same_interval() -> None:
    """A run can be repeated, and the seed is what it hangs on."""
    one = measurement(np.linspace(0, 1, 17).tolist())

    assert accuracies([one], seed=3) == accuracies([one], seed=3)
    assert accuracies([one], seed=3) != accuracies([one], seed=4)


def test_different_rows() -> None:
    """Routers on different rows, or on none, are not compared."""
    with pytest.raises(ValueError, match="different rows"):
        accuracies([measurement([1.0]), measurement([1.0], datasets=["other"])], seed=0)
    with pytest.raises(ValueError, match="no row"):
        accuracies([measurement([])], seed=0)
    assert accuracies([], seed=0) == []
