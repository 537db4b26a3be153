"""The benchmark of a decision runs, on a bank small enough for a test."""

from benchmarks.routing_decision import measure


def test_a_decision_is_measured_against_the_product() -> None:
    """Every part takes some time, and the ratio is that of the two medians."""
    measured = measure(items=600, dimensions=16, models=4, repetitions=2)

    assert measured.ratio == measured.decision_ms / measured.product_ms
    assert min(measured.product_ms, measured.support_ms, measured.later_ms, measured.batched_support_ms) > 0
    assert measured.support_size >= 400
    assert "ratio" in measured.line()
