"""Gains, Pareto front and mixtures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.evaluation.metrics.comparison import (
    Mixtures,
    Point,
    cost_save,
    front,
    oracle_gap,
    pareto_distance,
    performance_gain,
    relative_gain,
)

BEST = Point(cost=4.0, macro=0.8)
POINTS = st.lists(
    st.builds(Point, cost=st.floats(0.125, 8, width=16), macro=st.floats(0, 1, width=16)), min_size=1, max_size=12
)


def test_relative_figures() -> None:
    """Gains and gap are shares of the baseline's score; there is none of nothing."""
    assert relative_gain(0.6, 0.5) == pytest.approx(0.2)
    assert oracle_gap(0.6, 0.8) == pytest.approx(0.25)
    assert relative_gain(0.6, 0.0) is None
    assert oracle_gap(0.0, 0.0) is None


def test_configurations() -> None:
    """PerfGain takes the most accurate configuration, CostSave the cheapest of those as accurate as the baseline."""
    configurations = [Point(1.0, 0.6), Point(3.0, 0.8), Point(3.5, 0.82), Point(9.0, 0.84)]

    assert performance_gain(configurations, BEST) == pytest.approx(0.05)
    assert cost_save(configurations, BEST) == pytest.approx(0.25)
    assert cost_save(configurations[:1], BEST) is None
    assert cost_save(configurations[3:], BEST) == pytest.approx(-1.25)
    assert performance_gain(configurations[:1], BEST) == pytest.approx(-0.25)
    assert cost_save(configurations, Point(0.0, 0.8)) is None


def test_front() -> None:
    """A point is off the front if another is as good in both and better in one; equal points are on it together."""
    points = [Point(1, 0.5), Point(2, 0.7), Point(2, 0.6), Point(3, 0.7), Point(1, 0.5), Point(4, 0.9)]

    assert front(points).tolist() == [True, True, False, False, True, True]


def test_pareto_distance() -> None:
    """The distance is to the nearest point of the front, in ranges of what is compared; configurations count alike."""
    compared = [Point(1, 0.5), Point(5, 0.9), Point(5, 0.6)]

    assert pareto_distance(compared[:1], compared) == 0
    assert pareto_distance(compared[2:], compared) == pytest.approx(0.75)
    assert pareto_distance(compared[1:], compared) == pytest.approx(0.375)
    assert pareto_distance([Point(5, 0.7)], [Point(5, 0.7)]) == 0


def test_mixtures() -> None:
    """Between two models on the hull a lot attains the line; a model below it is never drawn."""
    mixtures = Mixtures([Point(3, 0.6), Point(1, 0.4), Point(5, 0.8), Point(2, 0.45), Point(7, 0.7)])

    assert mixtures.macro_at(2) == pytest.approx(0.5)
    assert mixtures.macro_at(9) == pytest.approx(0.8)
    assert mixtures.macro_at(0.5) is None
    assert mixtures.cost_of(0.7) == pytest.approx(4)
    assert mixtures.cost_of(0.81) is None
    assert mixtures.gain_at_equal_cost(Point(2, 0.55)) == pytest.approx(0.05)
    assert mixtures.saved_at_equal_macro(Point(3, 0.7)) == pytest.approx(0.25)
    assert mixtures.saved_at_equal_macro(Point(3, 0.9)) is None
    assert mixtures.gain_at_equal_cost(Point(0.1, 0.9)) is None


@given(POINTS)
def test_no_model_is_above_the_hull(points: list[Point]) -> None:
    """No single model beats a mixture of its own cost, and the best of the cheapest is attained itself."""
    mixtures = Mixtures(points)

    for point in points:
        attained = mixtures.macro_at(point.cost)
        assert attained is not None
        assert attained >= point.macro - 1e-9
    cheapest = min(points, key=lambda one: (one.cost, -one.macro))
    assert mixtures.macro_at(cheapest.cost) == pytest.approx(cheapest.macro)


@given(POINTS)
def test_front_and_distance(points: list[Point]) -> None:
    """Exactly the points on the front have distance 0, and no front is empty."""
    on_front = front(points)

    assert on_front.any()
    for point, flag in zip(points, on_front, strict=True):
        assert (pareto_distance([point], points) == 0) == flag
