"""Similarities of test rows to train rows, however many there are."""

import numpy as np
import pytest
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers import comparisons
from jisi.evaluation.routers.comparisons import LeftOut, Products, rows_at_once

from tests.unit.evaluation.routers.builders import recordings

MODELS = ("able", "baker")


def _made(items: int, seed: int) -> Recordings:
    """Some responses are not usable, of the train rows' the second `baker` gave in any case."""
    lots = np.random.default_rng(seed)
    usable = lots.random((items, 2)) < 0.8
    usable[1, 1] = False
    return recordings(
        np.ones((items, 2)),
        models=MODELS,
        queries=lots.normal(size=(items, 5)),
        responses=lots.normal(size=(items, 2, 5)),
        usable=usable,
    )


TRAIN, TEST = _made(12, 1), _made(4, 2)


@pytest.mark.parametrize("few", [0, 12], ids=["item by item", "all by all"])
def test_responses_are_compared_with_those_of_the_same_model(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """At the train rows that are asked for, in their order; NaN where either is not usable."""
    monkeypatch.setattr(comparisons, "FEW_TRAIN_ROWS", few)
    products, positions = Products(TEST, TRAIN), np.array([7, 1, 3])

    for model in MODELS:
        for row in range(len(TEST)):
            similarity = products.responses(model, row, positions)
            expected = TRAIN.responses(model)[positions] @ TEST.responses(model)[row]
            np.testing.assert_allclose(similarity, expected, atol=1e-6)
    assert np.isnan(products.responses("baker", 0, np.array([1]))).all()
    assert products.responses("able", 0, positions).dtype == np.float64


@pytest.mark.parametrize("few", [0, 12], ids=["item by item", "all by all"])
@pytest.mark.parametrize("column", [0, 5, 11])
def test_without_a_row_the_others_move_up(monkeypatch: pytest.MonkeyPatch, few: int, column: int) -> None:
    """As if it had never been there."""
    monkeypatch.setattr(comparisons, "FEW_TRAIN_ROWS", few)
    left_out = LeftOut(Products(TEST, TRAIN), 2, column)
    apart = Products(TEST.take(np.array([2])), TRAIN.take(np.delete(np.arange(12), column)))
    positions = np.arange(11)

    np.testing.assert_allclose(left_out.queries(), apart.queries(), atol=1e-12)
    for model in MODELS:
        expected = apart.responses(model, 0, positions)
        np.testing.assert_allclose(left_out.responses(model, 0, positions), expected, atol=1e-12)


def test_so_many_rows_are_routed_at_once_as_memory_allows() -> None:
    """Those of a large support set are many too, for the similarities of their responses are not kept."""
    assert rows_at_once(2_000, 10) * 2_000 * 11 <= comparisons.SIMILARITIES_AT_ONCE
    assert rows_at_once(50_000, 10) * 50_000 <= comparisons.SIMILARITIES_AT_ONCE
    assert rows_at_once(50_000, 10) > 100
    assert rows_at_once(10**9, 10) == 1
