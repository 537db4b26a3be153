"""Mixed similarity and the filtered set: each term, what is unknown, and ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.routing.arrays import Floats
from jisi.routing.mixed import filtered_set, length_similarity, mixed_similarity, response_similarity
from jisi.routing.settings import RoutingSettings

from tests.unit.routing.builders import UNKNOWN, columns_of

SEEDS = st.integers(0, 2**32 - 1)


def test_response_similarity_is_in_float64_and_missing_where_the_bank_has_none() -> None:
    """A row of NaN stands for a response that was not recorded."""
    rows = np.array([[0.6, 0.8], [np.nan, np.nan], [1.0, 0.0]], dtype=np.float32)

    found = response_similarity(rows, np.array([0.0, 1.0], dtype=np.float32))

    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [np.float64(np.float32(0.8)), UNKNOWN, 0.0])


def test_the_default_mix_is_responses_and_lengths() -> None:
    """0.6 r + 0.4 l."""
    mixed = mixed_similarity(
        np.array([0.9, 0.9]),
        columns_of([[0.5, 1.0], [0.7, 0.0]]),
        columns_of([[10.0, 20.0], [10.0, 10.0]]),
        np.array([10.0, 10.0]),
        RoutingSettings(length_order=1),
    )

    np.testing.assert_allclose(mixed.response, [0.6, 0.5])
    np.testing.assert_allclose(mixed.length, [1.0, 0.5])
    np.testing.assert_allclose(mixed.mixed, [0.6 * 0.6 + 0.4, 0.6 * 0.5 + 0.4 * 0.5])


def test_the_query_weight_mixes_in_the_query_similarity() -> None:
    """At 1 nothing else counts."""
    given_ = (np.array([0.9]), columns_of([[0.5]]), columns_of([[UNKNOWN]]), np.array([UNKNOWN]))

    half = mixed_similarity(*given_, RoutingSettings(query_weight=0.5))
    whole = mixed_similarity(*given_, RoutingSettings(query_weight=1))

    np.testing.assert_allclose(half.mixed, [0.7])
    np.testing.assert_allclose(whole.mixed, [0.9])


def test_a_response_counts_only_where_the_bank_has_one() -> None:
    """The mean is over those; none gives 0."""
    mixed = mixed_similarity(
        np.array([0.9, 0.9]),
        columns_of([[0.5, UNKNOWN], [UNKNOWN, UNKNOWN]]),
        columns_of([[UNKNOWN] * 2] * 2),
        np.array([UNKNOWN] * 2),
        RoutingSettings(),
    )

    assert mixed.response.tolist() == [0.5, 0.0]
    assert np.isnan(mixed.length).all()
    assert mixed.mixed.tolist() == [0.5, 0.0]


def test_lengths_are_compared_in_their_power_against_the_farthest_item() -> None:
    """D = |L^2 - L_q^2|, relative to the largest of that model over S."""
    found = length_similarity(columns_of([[1.0, 3.0, 2.0]]), np.array([2.0]), RoutingSettings())

    np.testing.assert_allclose(found, [1 - 3 / 5, 0.0, 1.0])


def test_equal_lengths_throughout_are_all_alike() -> None:
    """A maximum of 0 gives 1."""
    assert length_similarity(columns_of([[7.0, 7.0]]), np.array([7.0]), RoutingSettings()).tolist() == [1.0, 1.0]


def test_unknown_lengths_are_left_out_item_by_item() -> None:
    """An item without any leaves its weight to the responses; others keep theirs."""
    mixed = mixed_similarity(
        np.array([0.0, 0.0, 0.0]),
        columns_of([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]),
        columns_of([[10.0, UNKNOWN, 30.0], [5.0, UNKNOWN, UNKNOWN]]),
        np.array([10.0, UNKNOWN]),
        RoutingSettings(length_order=1),
    )

    np.testing.assert_array_equal(mixed.length, [1.0, UNKNOWN, 0.0])
    np.testing.assert_allclose(mixed.mixed, [0.6 * 0.5 + 0.4, 0.5, 0.6 * 0.5])


@pytest.mark.parametrize(
    ("mixed", "ratio", "expected"),
    [
        ([0.1, 0.9, 0.5, 0.7], 0.5, [1, 3]),
        ([0.1, 0.9, 0.5], 0.5, [1]),
        ([0.5, 0.5, 0.5, 0.5], 0.5, [0, 1]),
        ([0.1, 0.5, 0.9, 0.5], 0.5, [1, 2]),
        ([0.1, 0.2, 0.3], 0.01, [2]),
        ([-0.1, -0.2], 1.0, [0, 1]),
        ([0.3, 0.1 + 0.2, 0.3], 0.4, [0]),
    ],
)
def test_the_largest_are_kept_and_the_first_of_equals(mixed: list[float], ratio: float, expected: list[int]) -> None:
    """max(1, floor(ratio * |S|)) of them, in item order."""
    assert filtered_set(np.array(mixed), RoutingSettings(filter_ratio=ratio)).tolist() == expected


def random_inputs(seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Similarities and lengths of three probes, some unknown."""
    random = np.random.default_rng(seed)
    items = int(random.integers(1, 30))
    responses, tokens = random.uniform(-1, 1, (items, 3)), random.integers(1, 5000, (items, 3)).astype(np.float64)
    rate = random.choice([0.0, 0.4, 1.0])
    responses[random.random((items, 3)) < rate] = np.nan
    tokens[random.random((items, 3)) < rate] = np.nan
    own = random.integers(1, 5000, 3).astype(np.float64)
    own[random.random(3) < rate / 2] = np.nan
    return random.uniform(-1, 1, items), responses, tokens, own


@given(seed=SEEDS, ratio=st.sampled_from([0.01, 0.3, 0.5, 1.0]))
def test_mixed_similarities_are_known_bounded_and_cut_in_order(seed: int, ratio: float) -> None:
    """No NaN is left, and no item outside S' is nearer than one in it."""
    settings = RoutingSettings(filter_ratio=ratio)
    mixed = mixed_similarity(*random_inputs(seed), settings)
    kept = filtered_set(mixed.mixed, settings)

    assert (np.abs(mixed.mixed) <= 1.0 + 1e-12).all()
    assert (np.abs(mixed.response) <= 1.0).all()
    known = mixed.length[~np.isnan(mixed.length)]
    assert ((known >= 0.0) & (known <= 1.0)).all()
    assert len(kept) == max(1, int(ratio * len(mixed.mixed)))
    rest = np.delete(mixed.mixed, kept)
    assert len(rest) == 0 or mixed.mixed[kept].min() >= rest.max() - 1e-12


@given(seed=SEEDS)
def test_the_order_of_probes_and_items_does_not_matter(seed: int) -> None:
    """Means and maxima only."""
    similarity, responses, tokens, own = random_inputs(seed)
    order = np.random.default_rng(seed).permutation(len(similarity))
    mixed = mixed_similarity(similarity, responses, tokens, own, RoutingSettings())
    turned = mixed_similarity(
        similarity[order], responses[order][:, ::-1], tokens[order][:, ::-1], own[::-1], RoutingSettings()
    )

    np.testing.assert_allclose(turned.mixed, mixed.mixed[order], atol=1e-12)


@given(seed=SEEDS)
def test_a_probe_of_which_nothing_is_known_changes_nothing(seed: int) -> None:
    """A column of NaN is as if it were not there."""
    similarity, responses, tokens, own = random_inputs(seed)
    unknown = np.full((len(similarity), 1), np.nan)
    mixed = mixed_similarity(similarity, responses, tokens, own, RoutingSettings())
    more = mixed_similarity(
        similarity,
        np.hstack([responses, unknown]),
        np.hstack([tokens, unknown]),
        np.append(own, 5.0),
        RoutingSettings(),
    )

    np.testing.assert_allclose(more.mixed, mixed.mixed, atol=1e-12)
