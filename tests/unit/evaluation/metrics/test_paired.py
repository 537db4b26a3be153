"""Paired tests."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.metrics.paired import PairedTest, paired_tests

from tests.unit.evaluation.metrics.builders import NAN, measurement, measurements


def _test(one: Measurement, other: Measurement, *, seed: int = 0) -> PairedTest:
    (found,) = paired_tests([one], other, seed=seed, draws=500, flips=2000)
    return found


def test_hand_computed() -> None:
    """The difference is of macro scores; calls and cost are means over rows."""
    one = measurement([1, 1, 0], router="one", datasets=["a", "a", "b"], calls=[3, 3, 3], costs=[0.3, 0.6, 0.9])
    other = measurement([0, 1, 1], router="other", datasets=["a", "a", "b"], calls=[1, 1, 1], costs=[0.1, 0.1, 0.1])
    found = _test(one, other)

    assert (found.router, found.against) == ("one", "other")
    assert found.macro is not None
    assert found.calls is not None
    assert found.cost is not None
    assert found.macro.value == pytest.approx((0.5 - 1.0) / 2)
    assert (found.calls.value, found.calls.low, found.calls.high) == pytest.approx((2, 2, 2))
    assert found.cost.value == pytest.approx(0.5)


@pytest.mark.parametrize(("better", "worse"), [(9, 1), (6, 4), (12, 0), (5, 5)])
def test_p_is_that_of_mcnemar(better: int, worse: int) -> None:
    """For right and wrong answers p is McNemar's exact one: the binomial over the rows on which the two differ."""
    one = measurement([1] * better + [0] * worse + [1] * 7)
    other = measurement([0] * better + [1] * worse + [1] * 7)
    (found,) = paired_tests([one], other, seed=1, draws=10, flips=40_000)
    differing = better + worse
    tail = sum(comb(differing, count) for count in range(max(better, worse), differing + 1)) / 2**differing

    assert found.macro is not None
    assert found.macro.p == pytest.approx(min(1.0, 2 * tail), abs=0.01)


@given(measurements(count=2), st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_antisymmetric(routers: list[Measurement], seed: int) -> None:
    """Turning the two round turns the difference and its interval, and leaves p."""
    there, back = _test(*routers, seed=seed).macro, _test(*routers[::-1], seed=seed).macro

    assert there is not None
    assert back is not None
    assert there.value == pytest.approx(-back.value)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.p == back.p
    assert there.low - 1e-9 <= there.value <= there.high + 1e-9
    assert 0 < there.p <= 1


@given(measurements())
@settings(deadline=None, max_examples=20)
def test_a_router_against_itself(routers: list[Measurement]) -> None:
    """What is the same does not differ: 0 for certain, p 1."""
    found = _test(routers[0], routers[0]).macro

    assert found is not None
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_clear_difference() -> None:
    """A difference on every row of one sign has the smallest p there is and an interval beyond 0."""
    found = _test(measurement([1.0] * 40), measurement([0.5] * 40)).macro

    assert found is not None
    assert found.p == pytest.approx(1 / 2001)
    assert found.low == pytest.approx(0.5)


def test_unknown_costs() -> None:
    """Costs are compared where both are known; where they never are, not at all."""
    some = _test(measurement([1, 1], costs=[0.3, NAN]), measurement([1, 1], costs=[0.1, 0.1])).cost
    none = _test(measurement([1, 1], costs=NAN), measurement([1, 1])).cost

    assert some is not None
    assert (some.value, some.low, some.high) == pytest.approx((0.2, 0.2, 0.2))
    assert none is None


def test_unknown_quality() -> None:
    """Where the quality of either is not recorded, calls alone are compared."""
    unknown = measurement([0, 0], quality="not recorded", calls=4)
    found = _test(unknown, measurement([1, 1]))

    assert found.macro is None
    assert _test(measurement([1, 1]), unknown).macro is None
    assert found.calls is not None
    assert found.calls.value == 3


def test_others_change_nothing() -> None:
    """A router's test is the same whoever is tested beside it."""
    one, other, against = (
        measurement([1, 0, 1, 1], router="one"),
        measurement([0, 0, 0, 1], router="other"),
        measurement([0, 1, 0, 1], router="against"),
    )
    together = paired_tests([other, one], against, seed=5)[1].macro
    (alone,) = paired_tests([one], against, seed=5)

    assert together is not None
    assert alone.macro is not None
    assert together.p == alone.macro.p
    assert (together.low, together.high) == pytest.approx((alone.macro.low, alone.macro.high))
    assert paired_tests([], against, seed=5) == []


def test_different_rows() -> None:
    """Routers on different rows are not compared."""
    with pytest.raises(ValueError, match="different rows"):
        paired_tests([measurement([1.0, 0.0])], measurement([1.0]), seed=0)


def test_what_differs_by_rounding_alone_is_equal() -> None:
    """A tenth of a call to each of ten models is one call."""
    by_lot = measurement([1.0, 0.0], router="random", calls=[sum([0.1] * 10)] * 2)
    single = measurement([1.0, 0.0], router="best-single", calls=[1.0] * 2)

    found = _test(by_lot, single)

    assert found.calls is not None
    assert (found.calls.value, found.calls.p) == (0.0, 1.0)
