"""Choices are the same everywhere and always."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.simulate.dice import Dice, draw


def test_draw_is_pinned() -> None:
    """A key gives the number it always gave: banks made long ago and endpoints of today must agree."""
    assert draw(0, "simulated-atlas-400b", "arithmetic:1+1", "right") == pytest.approx(0.14281304546297716, abs=1e-15)


@given(st.text(), st.integers())
def test_same_key_gives_the_same_sequence(word: str, seed: int) -> None:
    """Two dice of one key throw alike, beyond one block of the hash as well."""
    one, other = Dice(word, seed), Dice(word, seed)

    assert [one.number() for _ in range(20)] == [other.number() for _ in range(20)]


def test_numbers_of_a_sequence_differ() -> None:
    """Twenty throws are twenty numbers, all in [0, 1)."""
    dice = Dice("sequence")
    numbers = [dice.number() for _ in range(20)]

    assert len(set(numbers)) == 20
    assert all(0 <= number < 1 for number in numbers)


@given(st.integers(-50, 50), st.integers(0, 30), st.integers())
def test_integers_stay_within_their_bounds(low: int, width: int, key: int) -> None:
    """An integer lies between its bounds, both included."""
    dice = Dice(key)

    assert all(low <= dice.integer(low, low + width) <= low + width for _ in range(20))


def test_both_bounds_occur() -> None:
    """Lowest and highest integer are thrown."""
    dice = Dice("bounds")

    assert {dice.integer(1, 3) for _ in range(100)} == {1, 2, 3}


@given(st.lists(st.integers(), unique=True, min_size=1), st.data())
def test_samples_are_different_items(items: list[int], data: st.DataObject) -> None:
    """A sample holds as many items as asked for, none of them twice."""
    count = data.draw(st.integers(0, len(items)))
    sample = Dice("sample").sample(items, count)

    assert len(sample) == len(set(sample)) == count
    assert set(sample) <= set(items)


@given(st.lists(st.integers()))
def test_shuffling_keeps_every_item(items: list[int]) -> None:
    """Shuffled items are the same items."""
    assert sorted(Dice("shuffle").shuffled(items)) == sorted(items)
