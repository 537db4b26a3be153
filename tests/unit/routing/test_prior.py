"""Prior scores: the formula, missing records, and who ranks before whom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.routing.arrays import Floats
from jisi.routing.prior import Priors, prior_scores, rank

from tests.unit.routing.builders import UNKNOWN, columns_of

SEEDS = st.integers(0, 2**32 - 1)
MODELS = ("ash", "elm", "fir", "oak")


def random_records(seed: int) -> tuple[Floats, Floats]:
    """Scores (n, 4), some missing, and weights, some of them 0."""
    random = np.random.default_rng(seed)
    items = int(random.integers(1, 40))
    scores = random.random((items, 4))
    scores[random.random((items, 4)) < random.choice([0.0, 0.3, 0.9])] = np.nan
    weight = random.random(items) * (random.random(items) < 0.8)
    weight[0] += 0.1
    return scores, weight


def test_with_every_record_a_score_is_the_weighted_mean() -> None:
    """Sum w y / sum w."""
    priors = prior_scores(["ash"], columns_of([[1.0, 0.0, 0.5]]), np.array([1.0, 2.0, 1.0]))

    assert priors.score.tolist() == [1.5 / 4]
    assert priors.coverage.tolist() == [1.0]
    assert priors.evidence.tolist() == [1.5 / 4]


def test_missing_records_draw_the_score_to_the_pool_mean() -> None:
    """The score is c e + (1 - c) mu, with mu weighted by coverage."""
    scores = columns_of([[1.0, 1.0], [UNKNOWN, 0.0], [UNKNOWN, UNKNOWN]])

    priors = prior_scores(["ash", "elm", "fir"], scores, np.array([1.0, 3.0]))

    mean = (1.0 * 1.0 + 0.75 * 0.0) / 1.75
    assert priors.mean == pytest.approx(mean)
    np.testing.assert_allclose(priors.coverage, [1.0, 0.75, 0.0])
    np.testing.assert_allclose(priors.evidence, [1.0, 0.0, np.nan])
    np.testing.assert_allclose(priors.score, [1.0, 0.25 * mean, mean])
    assert priors.no_evidence.tolist() == [False, False, True]


def test_evidence_at_weight_zero_is_no_evidence() -> None:
    """An item that counts for nothing tells nothing of a model."""
    priors = prior_scores(["ash", "elm"], columns_of([[1.0, UNKNOWN], [0.3, 0.4]]), np.array([0.0, 1.0]))

    assert priors.no_evidence.tolist() == [True, False]
    assert priors.score.tolist() == [0.4, 0.4]


def test_no_evidence_at_all_leaves_no_score() -> None:
    """Mu is not known then, and says so."""
    priors = prior_scores(["ash"], columns_of([[UNKNOWN]]), np.array([1.0]))

    assert not priors.any_evidence
    assert np.isnan(priors.mean)
    assert np.isnan(priors.score).all()
    assert priors.coverage.tolist() == [0.0]


@given(seed=SEEDS)
def test_scores_stay_between_the_worst_and_the_best_record(seed: int) -> None:
    """All are means; coverage is a share."""
    scores, weight = random_records(seed)
    priors = prior_scores(MODELS, scores, weight)

    assert ((priors.coverage >= 0) & (priors.coverage <= 1)).all()
    if priors.any_evidence:
        low, high = np.nanmin(scores) - 1e-12, np.nanmax(scores) + 1e-12
        assert ((priors.score >= low) & (priors.score <= high)).all()
        assert low <= priors.mean <= high
        assert np.isnan(priors.evidence).tolist() == priors.no_evidence.tolist()


@given(seed=SEEDS)
def test_neither_the_order_of_items_nor_the_scale_of_weights_matters(seed: int) -> None:
    """Sums and their ratios only."""
    scores, weight = random_records(seed)
    order = np.random.default_rng(seed).permutation(len(weight))
    priors, other = prior_scores(MODELS, scores, weight), prior_scores(MODELS, scores[order], 7.0 * weight[order])

    np.testing.assert_allclose(other.score, priors.score, atol=1e-12)
    np.testing.assert_allclose(other.coverage, priors.coverage, atol=1e-12)


@given(seed=SEEDS)
def test_items_twice_over_change_nothing(seed: int) -> None:
    """A duplicated bank says the same."""
    scores, weight = random_records(seed)
    priors = prior_scores(MODELS, scores, weight)
    twice = prior_scores(MODELS, np.repeat(scores, 2, axis=0), np.repeat(weight, 2))

    np.testing.assert_allclose(twice.score, priors.score, atol=1e-12)
    np.testing.assert_allclose(twice.coverage, priors.coverage, atol=1e-12)


@given(seed=SEEDS)
def test_a_better_record_never_lowers_a_score(seed: int) -> None:
    """The score grows with each y of its model."""
    scores, weight = random_records(seed)
    better = scores.copy()
    better[:, 1] = np.minimum(better[:, 1] + 0.2, 1.0)
    before, after = prior_scores(MODELS, scores, weight), prior_scores(MODELS, better, weight)

    if before.any_evidence:
        assert after.score[1] >= before.score[1] - 1e-12


@given(seed=SEEDS)
def test_equal_records_give_equal_scores_to_the_last_bit(seed: int) -> None:
    """Ties must reach the tie rule, wherever the models stand in the pool."""
    scores, weight = random_records(seed)
    scores[:, 3] = scores[:, 0]
    priors = prior_scores(MODELS, scores, weight)

    np.testing.assert_array_equal(priors.score[0], priors.score[3])
    np.testing.assert_array_equal(priors.evidence[0], priors.evidence[3])


@given(seed=SEEDS)
def test_where_no_record_is_missing_the_pool_does_not_matter(seed: int) -> None:
    """The score is sum w y / sum w then, whoever else is in the pool, and coverage is 1 to the last bit."""
    random = np.random.default_rng(seed)
    full = random.random((int(random.integers(1, 700)), 4))
    weight = random.random(len(full)) + 0.01

    together, alone = prior_scores(MODELS, full, weight), prior_scores(MODELS[:1], full[:, :1], weight)

    assert together.coverage.tolist() == [1.0] * 4
    assert together.score.tolist() == together.evidence.tolist()
    assert together.score[0] == alone.score[0]


def ranked(
    score: list[float], prices: list[float], *, silent: tuple[int, ...] = (), second: Floats | None = None
) -> str:
    """The ranking of a, b, c, ... with these scores, those at `silent` without evidence."""
    names = tuple("abcdef"[: len(score)])
    values = np.array(score)
    no_evidence = np.array([place in silent for place in range(len(score))])
    return "".join(rank(Priors(names, values, values, values, no_evidence, 0.5), prices, second))


def test_ranking_is_by_score_then_price_then_pool_order() -> None:
    """Never by name."""
    assert ranked([0.1, 0.9, 0.5], [1.0, 1.0, 1.0]) == "bca"
    assert ranked([0.5, 0.5, 0.5], [3.0, 1.0, 2.0]) == "bca"
    assert ranked([0.5, 0.5], [1.0, 1.0]) == "ab"


def test_rounding_does_not_break_a_tie() -> None:
    """0.1 + 0.2 and 0.3 are the same score; the cheaper is first."""
    assert ranked([0.1 + 0.2, 0.3], [2.0, 1.0]) == "ba"
    assert ranked([0.3 + 1e-9, 0.3], [2.0, 1.0]) == "ab"


def test_a_model_without_evidence_ranks_behind_every_model_with() -> None:
    """Whatever its score and price."""
    assert ranked([0.9, 0.1, 0.2], [1.0, 2.0, 3.0], silent=(0,)) == "cba"


def test_a_second_score_comes_before_the_price() -> None:
    """Refined scores are tied by prior ones."""
    assert ranked([0.5, 0.5, 0.7], [1.0, 2.0, 3.0], second=np.array([0.1, 0.2, 0.0])) == "cba"


def test_a_score_is_found_by_name() -> None:
    """Names are aligned with numbers."""
    assert prior_scores(["ash", "elm"], columns_of([[0.25], [0.75]]), np.ones(1)).score_of("elm") == 0.75
