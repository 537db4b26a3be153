"""A selector of two stumps, of which it is known beforehand what it thinks of a response."""

from typing import Any

import numpy as np
from jisi.routing.selection import Selector, Training
from jisi.routing.trees import Trees

EMBEDDER = "letters"
AGREED, FIRST, ALONE = 0.731, 0.269, 0.119
"""Chances, to three places, of a response that another agrees with; of the first by prior that one agrees with; and of
one that stands alone, whoever gave it but the first."""
_PLACE, _SUPPORTERS = 0, 6
"""Places in what is told of a response."""


def small_selector(*, embedder: str = EMBEDDER, **changes: Any) -> Selector:
    """Give a selector that believes who is agreed with, but not the first by prior; `changes` are its fields."""
    fields: dict[str, Any] = {
        "trees": Trees.joined(-2.0, [_stump(_SUPPORTERS, 1.5, (0.0, 3.0)), _stump(_PLACE, 0.5, (-2.0, 0.0))]),
        "nearest": -1.0,
        "training": Training(
            embedder=embedder, datasets=("cells",), models=("ada", "bea", "cid"), rows=16, responses=48, seed=1
        ),
    }
    return Selector(**{**fields, **changes})


def _stump(feature: int, threshold: float, values: tuple[float, float]) -> Trees:
    own = np.arange(3)
    return Trees(
        baseline=0.0,
        roots=np.array([0]),
        features=np.array([feature, 0, 0]),
        thresholds=np.array([threshold, 0.0, 0.0]),
        left=np.where(own == 0, 1, own),
        right=np.where(own == 0, 2, own),
        missing_left=np.zeros(3, np.bool_),
        values=np.array([0.0, *values]),
    )
