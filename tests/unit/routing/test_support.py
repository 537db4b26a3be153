"""Support-set selection: the edges of ALGORITHM.md 1, and that speed changes nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.routing import support
from jisi.routing.arrays import Floats
from jisi.routing.bank import Bank
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import SupportSet, similarities, support_set, support_sets, weights

from tests.unit.routing.builders import QUERY, bank_of, on_circle

SEEDS = st.integers(0, 2**32 - 1)
SETTINGS = st.builds(
    RoutingSettings,
    support_size=st.integers(1, 60),
    support_threshold=st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.999, 1.0]),
)


def selected(bank: Bank, settings: RoutingSettings, query: Floats = QUERY) -> SupportSet:
    """The support set, which a bank that is not empty always gives."""
    chosen = support_set(query, bank, settings)
    assert chosen is not None
    return chosen


def random_bank(seed: int, *, single: bool) -> tuple[Bank, Floats]:
    """Up to 300 vectors, some of them equal, some all but equal, and a query."""
    random = np.random.default_rng(seed)
    dimensions = int(random.integers(1, 20))
    rows = random.normal(size=(int(random.integers(1, 300)), dimensions)) + random.choice([-1.0, 0.0, 1.0])
    rows[random.integers(0, len(rows), len(rows) // 3)] = rows[0]
    near = random.integers(0, len(rows), len(rows) // 3)
    rows[near] = rows[0] + random.normal(0, 1e-7, (len(near), dimensions))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = random.normal(size=dimensions)
    return bank_of(rows.astype(np.float32) if single else rows), query / np.linalg.norm(query)


def test_items_above_the_bar_are_chosen_in_item_order() -> None:
    """The bar is a share of the k-th similarity; more than k items may be above it."""
    bank = bank_of(on_circle(0.5, 0.99, 0.2, 0.98, 0.96))

    chosen = selected(bank, RoutingSettings(support_size=2))

    assert chosen.positions.tolist() == [1, 3, 4]
    assert chosen.item_ids.tolist() == [101, 103, 104]
    np.testing.assert_allclose(chosen.similarity, [0.99, 0.98, 0.96])
    assert chosen.bar == pytest.approx(0.95 * 0.98)


def test_an_item_at_the_bar_is_not_above_it() -> None:
    """0.5 is exactly half of 1."""
    bank = bank_of([[1.0, 0.0], [0.5, 0.0], [0.75, 0.0]])

    assert selected(bank, RoutingSettings(support_size=1, support_threshold=0.5)).positions.tolist() == [0, 2]


def test_a_small_bank_sets_its_bar_by_its_last_item() -> None:
    """K is min(support_size, N)."""
    assert len(selected(bank_of(on_circle(0.9, 0.5, 0.1)), RoutingSettings())) == 3


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_the_first_of_the_nearest_stands_alone_where_nothing_is_above_the_bar(precision: type) -> None:
    """A negative k-th similarity raises the bar above it."""
    bank = bank_of(np.array([[-0.5, 0.1], [-0.25, 0.2], [-0.25, 0.3]], dtype=precision))

    chosen = selected(bank, RoutingSettings(support_size=1))

    assert chosen.positions.tolist() == [1]
    assert chosen.weight.tolist() == [1.0]


def test_negative_similarities_have_no_weight() -> None:
    """They are in S all the same."""
    chosen = selected(bank_of(on_circle(0.5, -0.2, -0.9)), RoutingSettings())

    np.testing.assert_allclose(chosen.similarity, [0.5, -0.2])
    np.testing.assert_allclose(chosen.weight, [0.5, 0.0])


@pytest.mark.parametrize(
    ("similarity", "expected"),
    [([0.5, -0.5], [0.5, 0.0]), ([-1.0, 0.0], [1.0, 1.0]), ([4e-10, 5e-10], [1.0, 1.0]), ([1e-9, 0.0], [1e-9, 0.0])],
)
def test_weights_that_come_to_nothing_are_all_one(similarity: list[float], expected: list[float]) -> None:
    """Below 1e-9 together, and not at it."""
    assert weights(np.array(similarity)).tolist() == expected


def test_an_empty_bank_has_no_support_set() -> None:
    """Section 6 takes over."""
    assert support_set(QUERY, bank_of(np.zeros((0, 2))), RoutingSettings()) is None


def test_a_query_of_another_length_or_not_finite_is_refused() -> None:
    """Another embedder's vector would give nonsense."""
    bank = bank_of(on_circle(0.5))

    with pytest.raises(ValueError, match="2 numbers"):
        support_set(np.ones(3), bank, RoutingSettings())
    with pytest.raises(ValueError, match="finite"):
        support_set(np.array([np.nan, 1.0]), bank, RoutingSettings())


@given(seed=SEEDS, settings=SETTINGS)
def test_screening_in_float32_changes_nothing(seed: int, settings: RoutingSettings) -> None:
    """A float32 bank gives, to the last bit, what its numbers give in float64 throughout."""
    bank, query = random_bank(seed, single=True)
    exact = bank_of(bank.embeddings.astype(np.float64))

    fast, slow = selected(bank, settings, query), selected(exact, settings, query)

    assert fast.positions.tolist() == slow.positions.tolist()
    assert fast.similarity.tolist() == slow.similarity.tolist()
    assert fast.bar == slow.bar


@given(seed=SEEDS, settings=SETTINGS, single=st.booleans(), batch=st.integers(1, 3))
def test_many_queries_at_once_are_each_as_alone(seed: int, settings: RoutingSettings, single: bool, batch: int) -> None:
    """Neither the batch nor its splitting shows."""
    bank, query = random_bank(seed, single=single)
    queries = np.array([query, -query, query[::-1], np.zeros_like(query)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "SCREEN_ELEMENTS", batch * len(bank))
        together = support_sets(queries, bank, settings)

    for one, alone in zip(together, [selected(bank, settings, query) for query in queries], strict=True):
        assert one is not None
        assert one.positions.tolist() == alone.positions.tolist()
        assert one.similarity.tolist() == alone.similarity.tolist()
        assert one.weight.tolist() == alone.weight.tolist()
        assert one.bar == alone.bar


@given(seed=SEEDS, settings=SETTINGS, single=st.booleans())
def test_the_k_nearest_are_in_unless_the_bar_is_not_positive(
    seed: int, settings: RoutingSettings, single: bool
) -> None:
    """Section 1's remark: a positive k-th similarity puts at least the k nearest into S (below a threshold of 1)."""
    bank, query = random_bank(seed, single=single)
    every = similarities(bank.embeddings, query)
    nearest = np.argsort(-every, kind="stable")[: settings.support_size]
    chosen = selected(bank, settings, query)

    if every[nearest[-1]] > 0 and settings.support_threshold < 1:
        assert set(nearest.tolist()) <= set(chosen.positions.tolist())
    assert every.max() in chosen.similarity
    assert len(chosen) == 1 or (chosen.similarity > chosen.bar).all()
    assert (chosen.weight >= 0).all()
    assert chosen.weight.sum() > 0


@given(seed=SEEDS, settings=SETTINGS)
def test_a_higher_threshold_never_lets_more_in(seed: int, settings: RoutingSettings) -> None:
    """As long as the k-th similarity is positive."""
    bank, query = random_bank(seed, single=True)
    loose = selected(bank, RoutingSettings(support_size=settings.support_size, support_threshold=0.1), query)
    strict = selected(bank, settings, query)

    if loose.bar > 0 and settings.support_threshold > 0.1:
        assert set(strict.positions.tolist()) <= set(loose.positions.tolist())


@given(seed=SEEDS, settings=SETTINGS)
def test_the_order_of_items_does_not_matter(seed: int, settings: RoutingSettings) -> None:
    """Except between equals where the nearest stands alone: there any of them is as near."""
    bank, query = random_bank(seed, single=True)
    order = np.random.default_rng(seed).permutation(len(bank))
    chosen = selected(bank, settings, query)
    shuffled = selected(bank_of(bank.embeddings[order]), settings, query)

    assert sorted(shuffled.similarity) == sorted(chosen.similarity)
    if len(chosen) > 1:
        assert sorted(order[shuffled.positions].tolist()) == chosen.positions.tolist()


@given(values=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=400), k=st.integers(1, 12))
def test_the_kth_largest_is_what_sorting_gives(values: list[float], k: int) -> None:
    """Folding a large array is only a faster way."""
    k = min(k, len(values))

    found = support._kth_largest(np.array(values, dtype=np.float32), k)

    assert found == sorted(values, reverse=True)[k - 1]


def test_similarities_do_not_depend_on_the_rows_beside_them() -> None:
    """Chunks and neighbours do not change a bit, so online and offline agree."""
    random = np.random.default_rng(3)
    rows, vector = random.normal(size=(9000, 48)).astype(np.float32), random.normal(size=48)
    every = similarities(rows, vector)
    some = np.sort(random.choice(9000, 500, replace=False))

    assert similarities(rows[some], vector).tolist() == every[some].tolist()
    assert similarities(rows[17:18], vector).tolist() == every[17:18].tolist()
    np.testing.assert_allclose(every, rows.astype(np.float64) @ vector, atol=1e-12)
