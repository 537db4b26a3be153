"""Boosted trees as plain arrays; that they predict what they were read from is tested where they are fitted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jisi.routing.trees import Trees

STUMP = Trees(
    baseline=0.0,
    roots=np.array([0]),
    features=np.array([1, 0, 0]),
    thresholds=np.array([2.0, 0.0, 0.0]),
    left=np.array([1, 1, 2]),
    right=np.array([2, 1, 2]),
    missing_left=np.array([False, False, False]),
    values=np.array([0.0, -np.log(3.0), np.log(3.0)]),
)


def test_a_number_at_the_threshold_goes_left() -> None:
    """And the margin says how near one is; what is missing is near nothing."""
    table = np.array([[0.0, 2.0], [0.0, 2.5], [0.0, np.nan]])

    assert STUMP.chances(table) == pytest.approx([0.25, 0.75, 0.75])
    assert STUMP.margins(table).tolist() == [0.0, 0.5, np.inf]
    assert STUMP.wanted == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": np.array([0, 1, 2])}, "leads to none that comes after it"),
        ({"right": np.array([3, 1, 2])}, "leads to none that comes after it"),
        ({"roots": np.array([3])}, "leads to none that comes after it"),
        ({"features": np.array([-1, 0, 0])}, "leads to none that comes after it"),
        ({"features": np.array([1, 0])}, "different lengths"),
        ({"left": np.array([1.0, 1.0, 2.0])}, "wrong type"),
        ({"values": np.array([0.0, np.nan, 0.0])}, "a number is missing"),
        ({"thresholds": np.array([np.nan, 0.0, 0.0])}, "a number is missing"),
    ],
)
def test_what_is_no_tree_is_refused(change: dict[str, Any], message: str) -> None:
    """Before anything is asked of it: a walk that never ends, or out of the arrays, cannot begin."""
    with pytest.raises(ValueError, match=message):
        replace(STUMP, **change)
