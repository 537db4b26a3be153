"""Which rows are evidence and which are tested."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.errors import InputError
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.splits import k_folds, leave_one_out, own_split, rows_under_test
from jisi.support.lines import ItemKey

from tests.unit.evaluation.routers.builders import recordings


def _rows(*splits: str, datasets: list[str] | None = None) -> Recordings:
    made = recordings(np.ones((len(splits), 1)), datasets=datasets)
    keys = tuple(
        ItemKey(key.dataset, key.index, "train" if split == "train" else "test")
        for key, split in zip(made.keys, splits, strict=True)
    )
    return replace(made, keys=keys)


def test_the_files_own_division_is_kept() -> None:
    """Train rows are evidence for test rows."""
    (fold,) = own_split(_rows("train", "test", "train"))

    assert fold.train.tolist() == [0, 2]
    assert fold.test.tolist() == [1]


def test_rows_of_test_files_are_tested_whatever_their_split() -> None:
    """And test rows of the bank are neither evidence nor tested."""
    (fold,) = own_split(_rows("train", "test", "train", "train"), first_test_row=2)

    assert fold.train.tolist() == [0]
    assert fold.test.tolist() == [2, 3]


@pytest.mark.parametrize("splits", [("train", "train"), ("test", "test")])
def test_a_missing_kind_of_rows_is_told(splits: tuple[str, ...]) -> None:
    """With what can be done about it."""
    with pytest.raises(InputError, match=r"--test.*--split folds"):
        own_split(_rows(*splits))


@given(st.lists(st.sampled_from(["gsm", "crux", "math"]), min_size=2, max_size=40), st.integers(2, 5), st.integers())
def test_folds_test_each_train_row_once(datasets: list[str], folds: int, seed: int) -> None:
    """Evidence and tested rows part the train rows; datasets are spread evenly."""
    folds, seed = min(folds, len(datasets)), abs(seed)
    rows = _rows(*["train"] * len(datasets), "test", datasets=[*datasets, "gsm"])

    made = k_folds(rows, folds, seed=seed)

    assert sorted(rows_under_test(made).tolist()) == list(range(len(datasets)))
    for fold in made:
        assert sorted([*fold.train.tolist(), *fold.test.tolist()]) == list(range(len(datasets)))
    for dataset in range(len(rows.dataset_names)):
        sizes = [int((rows.datasets[fold.test] == dataset).sum()) for fold in made]
        assert max(sizes) - min(sizes) <= 1


def test_folds_are_the_same_for_the_same_seed() -> None:
    """Whoever runs it."""
    rows = _rows(*["train"] * 20)

    first, again, other = (k_folds(rows, 4, seed=seed) for seed in (1, 1, 2))

    assert [fold.test.tolist() for fold in first] == [fold.test.tolist() for fold in again]
    assert [fold.test.tolist() for fold in first] != [fold.test.tolist() for fold in other]


@pytest.mark.parametrize("folds", [0, 1, 4])
def test_folds_that_cannot_be_made_are_told(folds: int) -> None:
    """Fewer than two, or more than there are rows."""
    with pytest.raises(InputError, match="from 2 to 3"):
        k_folds(_rows("train", "train", "train", "test"), folds, seed=0)


def test_each_train_row_is_left_out_once() -> None:
    """And tested on all others."""
    made = leave_one_out(_rows("train", "test", "train", "train"))

    assert [(fold.train.tolist(), fold.test.tolist()) for fold in made] == [
        ([2, 3], [0]),
        ([0, 3], [2]),
        ([0, 2], [3]),
    ]
    assert [fold.test.tolist() for fold in made[1:]] == [[2], [3]]
    assert rows_under_test(made).tolist() == [0, 2, 3]


def test_a_single_row_cannot_be_left_out() -> None:
    """There would be nothing to learn from."""
    with pytest.raises(InputError, match="at least 2"):
        leave_one_out(_rows("train", "test"))
