"""The rows that are asked anew."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.evaluation.live.items import evenly_spread, read_items
from jisi.support.lines import ItemKey

from tests.unit.evaluation.recordings.files import line, write_bank


@given(
    rows=st.sets(st.integers(0, 500), min_size=1, max_size=80),
    count=st.integers(1, 100),
    seed=st.integers(0, 2**32),
)
def test_rows_are_evenly_spread(rows: set[int], count: int, seed: int) -> None:
    """As many as asked for, or all; at distances that differ by one at most; the same for the same seed."""
    given_rows = np.array(sorted(rows), np.int64)

    chosen = evenly_spread(given_rows[::-1], count, seed=seed)

    assert len(chosen) == min(count, len(rows))
    places = np.searchsorted(given_rows, chosen)
    assert given_rows[places].tolist() == chosen.tolist()
    distances = np.diff(places)
    assert len(distances) == 0 or 1 <= distances.min() <= distances.max() <= distances.min() + 1
    assert evenly_spread(given_rows, count, seed=seed).tolist() == chosen.tolist()


def test_seeds_choose_different_rows() -> None:
    """Each row of a distance is chosen by some seed."""
    firsts = {int(evenly_spread(np.arange(12), 3, seed=seed)[0]) for seed in range(100)}

    assert firsts == {0, 1, 2, 3}


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_texts_are_read_by_key(tmp_path: Path, suffix: str) -> None:
    """In the order of the keys, from whichever file."""
    train = write_bank(tmp_path / f"train{suffix}", [line(1), line(2)])
    test = write_bank(tmp_path / f"test{suffix}", [line(1, split="test", gt=None), line(3, split="test")])

    items = read_items([train, test], [ItemKey("numbers", 3, "test"), ItemKey("numbers", 1, "test")])

    assert [item.name for item in items] == ["numbers/3", "numbers/1"]
    assert items[0].messages == ({"role": "user", "content": "question 3"},)
    assert [item.gold.grade("The answer is 4.") for item in items] == [1.0, None]
    assert items[0].responses == {"able": "The answer is 4.", "baker": "The answer is 5."}
