"""Fitting a selector: the trees read predict what the classifiers predict that were fitted."""

from typing import Any

import numpy as np
import pytest
from jisi.evaluation.routers.selector_learning import trees_of
from jisi.routing.arrays import Floats
from sklearn.ensemble import HistGradientBoostingClassifier


def samples(count: int, seed: int) -> Floats:
    """Give random samples with missing numbers, and whole numbers among them."""
    lots = np.random.default_rng(seed)
    numbers = lots.normal(size=(count, 4))
    numbers[:, 3] = lots.integers(0, 3, count)
    numbers[lots.random((count, 4)) < 0.2] = np.nan
    return numbers


@pytest.fixture(scope="module")
def boosters() -> list[Any]:
    """Fitted to what is missing as much as to the numbers."""
    table = samples(1500, 1)
    right = (np.nan_to_num(table[:, 0]) + np.isnan(table[:, 1]) + 0.5 * np.nan_to_num(table[:, 3])) > 0.5
    return [HistGradientBoostingClassifier(max_iter=30, random_state=seed).fit(table, right) for seed in range(2)]


def test_they_predict_as_scikit_learn_does(boosters: list[Any]) -> None:
    """To rounding, numbers missing or not, for one fit and for log-odds averaged over two."""
    table = samples(2000, 2)

    np.testing.assert_allclose(
        trees_of(boosters[:1]).chances(table), boosters[0].predict_proba(table)[:, 1], rtol=0, atol=1e-12
    )
    logits = np.mean([booster.decision_function(table) for booster in boosters], axis=0)
    np.testing.assert_allclose(trees_of(boosters).chances(table), 1 / (1 + np.exp(-logits)), rtol=0, atol=1e-12)


def test_a_sample_is_the_same_alone(boosters: list[Any]) -> None:
    """To the last bit, whatever stands beside it; and no sample at all has no chance."""
    trees, table = trees_of(boosters), samples(50, 3)

    assert trees.chances(table).tolist() == [trees.chances(row[np.newaxis])[0] for row in table]
    assert trees.chances(table[:0]).shape == trees.margins(table[:0]).shape == (0,)
