"""The bank in memory: shapes, checks, and columns by model name."""

from typing import Any

import numpy as np
import pytest
from jisi.routing.bank import Bank, Expert

from tests.unit.routing.builders import UNKNOWN, bank_of


def test_columns_come_in_the_order_asked_and_unknown_models_are_missing() -> None:
    """A pool model that the bank has never seen has no record anywhere."""
    bank = bank_of([[1.0], [1.0]], {"ash": [0.1, 0.2], "elm": [0.3, UNKNOWN]}, {"elm": [5.0, 6.0]})
    positions = np.array([1, 0])

    np.testing.assert_array_equal(
        bank.scores_at(positions, ["elm", "oak", "ash"]), [[UNKNOWN, UNKNOWN, 0.2], [0.3, UNKNOWN, 0.1]]
    )
    np.testing.assert_array_equal(bank.tokens_at(positions, ["elm", "ash"]), [[6.0, UNKNOWN], [5.0, UNKNOWN]])


def test_a_bank_for_a_pool_keeps_items_and_takes_its_columns() -> None:
    """Items stay, models are those of the pool in its order."""
    bank = bank_of([[1.0], [-1.0]], {"ash": [0.1, 0.2], "elm": [0.3, 0.4]}).for_models(["elm", "oak"])

    assert bank.models == ("elm", "oak")
    assert bank.item_ids.tolist() == [100, 101]
    np.testing.assert_array_equal(bank.scores, [[0.3, UNKNOWN], [0.4, UNKNOWN]])


def test_the_largest_norm_is_that_of_the_longest_embedding() -> None:
    """It bounds what rounding can do to a similarity."""
    assert bank_of([[3.0, 4.0], [1.0, 0.0]]).largest_norm == 5.0
    assert bank_of(np.zeros((0, 4))).largest_norm == 0.0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("embeddings", np.ones(2), "a row for each"),
        ("embeddings", np.ones((3, 2)), "a row for each"),
        ("embeddings", np.ones((2, 2), dtype=np.int64), "float32 or float64"),
        ("embeddings", np.array([[1.0], [np.nan]]), "finite"),
        ("embeddings", np.array([[1.0], [np.inf]]), "finite"),
        ("scores", np.ones((2, 2)), "scores must have shape"),
        ("tokens", np.ones((1, 1)), "tokens must have shape"),
        ("scores", np.array([[1.1], [0.0]]), "between 0 and 1"),
        ("scores", np.array([[-0.1], [0.0]]), "between 0 and 1"),
        ("tokens", np.array([[-1.0], [0.0]]), "not negative"),
        ("tokens", np.array([[np.inf], [0.0]]), "finite"),
    ],
)
def test_what_does_not_fit_together_is_refused(field: str, value: Any, said: str) -> None:
    """A bank that a decision could trip over is not made."""
    fields: dict[str, Any] = {
        "item_ids": np.array([1, 2]),
        "embeddings": np.ones((2, 1)),
        "scores": np.ones((2, 1)),
        "tokens": np.ones((2, 1)),
        "models": ("ash",),
    }

    with pytest.raises(ValueError, match=said):
        Bank(**(fields | {field: value}))


def test_models_must_be_distinct() -> None:
    """Two columns of one name would hide a record."""
    with pytest.raises(ValueError, match="distinct"):
        bank_of([[1.0]], {"ash": [1.0]}).for_models(["ash", "ash"])


def test_the_price_of_an_expert_is_both_its_prices() -> None:
    """Ties go by prompt and completion price together."""
    assert Expert("ash", 1.25, 0.5).price == 1.75
