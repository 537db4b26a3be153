"""Patterns of agreement, and what neighbours with like ones weigh."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.routing.patterns import PatternSettings, pattern_weights, patterns

ANSWERS = st.lists(st.integers(-2, 2), min_size=3, max_size=3)


def test_a_pattern_tells_which_pairs_agree() -> None:
    """Pairs in the order (1, 2), (1, 3), (2, 3); what is no answer agrees with nothing."""
    told = patterns(np.array([[0, 0, 1], [1, 0, 0], [2, 2, 2], [-1, -1, 0], [-2, -2, -2]]))

    assert told.astype(int).tolist() == [[1, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]]


def test_a_neighbour_weighs_by_similarity_and_by_pattern() -> None:
    """The weight falls exponentially with the share of pairs that differ; below 0 a similarity weighs nothing."""
    known = np.array([[1, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 0]], dtype=np.bool_)
    weighed = pattern_weights(np.array([0.8, 0.5, 0.5, -0.2]), known, known[0], 3.0)

    assert weighed == pytest.approx([0.8, 0.5 * math.exp(-2), 0.5 * math.exp(-3), 0.0])


def test_one_model_has_no_pattern() -> None:
    """Similarity alone weighs then."""
    alone = patterns(np.array([[0], [1]]))

    assert pattern_weights(np.array([0.5, 0.25]), alone, alone[0], 3.0).tolist() == [0.5, 0.25]


@given(st.lists(ANSWERS, min_size=1, max_size=6), ANSWERS, st.floats(0, 20), st.permutations(range(3)))
def test_the_order_of_the_models_does_not_matter(
    rows: list[list[int]], row: list[int], sharpness: float, order: list[int]
) -> None:
    """As long as it is the same for the neighbours and the query."""
    similarity = np.linspace(0.9, 0.1, len(rows))

    def weigh(columns: list[int]) -> Any:
        known, own = patterns(np.array(rows)[:, columns]), patterns(np.array([row])[:, columns])[0]
        return pattern_weights(similarity, known, own, sharpness)

    assert weigh(order) == pytest.approx(weigh([0, 1, 2]))


@given(st.lists(ANSWERS, min_size=1, max_size=6), ANSWERS)
def test_without_sharpness_the_pattern_does_not_matter(rows: list[list[int]], row: list[int]) -> None:
    """Then the weights are those of the prior."""
    similarity = np.linspace(0.9, 0.1, len(rows))
    weighed = pattern_weights(similarity, patterns(np.array(rows)), patterns(np.array([row]))[0], 0.0)

    assert weighed.tolist() == similarity.tolist()


@pytest.mark.parametrize(
    ("name", "value"),
    [("models", 0), ("models", True), ("support_size", 0), ("sharpness", -1.0), ("sharpness", float("inf"))],
)
def test_a_value_out_of_bounds_is_refused_by_name(name: str, value: Any) -> None:
    """The error names the setting and the value."""
    with pytest.raises(ValueError, match=name) as raised:
        PatternSettings(**{name: value})

    assert repr(value) in str(raised.value)


def test_defaults() -> None:
    """Five models, many neighbours."""
    assert asdict(PatternSettings()) == {"models": 5, "support_size": 800, "sharpness": 8.0}
