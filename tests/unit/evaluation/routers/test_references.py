"""Routers that learn next to nothing: by lot, one model, the best of each dataset, the oracle."""

import pytest
from jisi.errors import InputError
from jisi.evaluation.routers.best_per_dataset import BestPerDatasetRouter
from jisi.evaluation.routers.chance import RandomRouter
from jisi.evaluation.routers.oracle import OracleRouter
from jisi.evaluation.routers.single import BestSingleRouter, SingleRouter

from tests.unit.evaluation.routers.builders import NAN, chosen, evidence, outcome, recordings

TRAIN = recordings([[1, 0, 0.5], [1, 0, 0.5], [0, 1, 0.5]], datasets=["numbers", "numbers", "words"])
TEST = recordings([[0, 1, 0.5], [1, 0, 0.5]], datasets=["numbers", "words"], split="test")


def test_random() -> None:
    """Chance is measured exactly: the mean of all models' scores, and each asked as often as it answers."""
    by_lot = outcome(RandomRouter(), TRAIN, TEST)

    assert by_lot.scores(TEST).tolist() == pytest.approx([0.5, 0.5])
    assert by_lot.calls.tolist() == [[1 / 3] * 3] * 2
    assert by_lot.quality == "recorded"


def test_single() -> None:
    """One model answers everything."""
    router = SingleRouter("baker")

    assert router.name == "single:baker"
    assert chosen(outcome(router, TRAIN, TEST), TEST) == ["baker", "baker"]


def test_unknown_single() -> None:
    """A model that the pool lacks is named with those it has."""
    with pytest.raises(InputError, match="single:zoe: the pool has no such model; it has able, baker, charlie"):
        SingleRouter("zoe").fit(evidence(TRAIN))


def test_best_single_by_macro() -> None:
    """Datasets count alike, however many rows they have."""
    train = recordings([[1, 0.6]] * 9 + [[0, 0.6]], datasets=["numbers"] * 9 + ["words"])

    assert chosen(outcome(BestSingleRouter(), train, train), train) == ["baker"] * 10


def test_best_single_of_equals() -> None:
    """Of equal models the cheapest is taken, of equally cheap ones the first of the pool."""
    train = recordings([[1, 1, 1]])

    assert chosen(outcome(BestSingleRouter(), train, train, prices=[2, 1, 1]), train) == ["baker"]


def test_best_single_with_gaps() -> None:
    """A model that was recorded on an easy item alone is drawn to the pool, one that never was is not taken."""
    train = recordings([[1, NAN, NAN], [0.8, NAN, NAN], [0.9, NAN, NAN], [0.9, 1, NAN]])

    assert chosen(outcome(BestSingleRouter(), train, train, prices=[3, 2, 1]), train) == ["baker"] * 4
    assert chosen(outcome(BestSingleRouter(), recordings([[0, NAN]]), train, prices=[3, 2]), train) == ["able"] * 4


def test_nothing_recorded() -> None:
    """Where nothing is known of any model the first of the pool answers, not the cheapest."""
    train = recordings([[NAN, NAN]])

    assert chosen(outcome(BestSingleRouter(), train, train, prices=[2, 1]), train) == ["able"]


def test_best_single_where_a_dataset_lacks_it() -> None:
    """In a dataset where a model has no record it counts as the pool does, so that an easy one is no advantage."""
    train = recordings([[0.9, 0.8], [0.2, NAN]], datasets=["easy", "hard"])

    assert chosen(outcome(BestSingleRouter(), train, train), train) == ["able", "able"]


def test_best_per_dataset() -> None:
    """Each dataset has its best model, whatever order the files name them in."""
    test = recordings([[0, 1, 0.5], [1, 0, 0.5]], datasets=["words", "numbers"], split="test")

    assert chosen(outcome(BestPerDatasetRouter(), TRAIN, TEST), TEST) == ["able", "baker"]
    assert chosen(outcome(BestPerDatasetRouter(), TRAIN, test), test) == ["baker", "able"]


def test_dataset_without_train_rows() -> None:
    """A dataset of which nothing is recorded gets the best model of all."""
    train = recordings([[0, 1], [NAN, NAN]], datasets=["numbers", "words"])
    test = recordings([[1, 0], [1, 0]], datasets=["music", "words"], split="test")

    assert chosen(outcome(BestPerDatasetRouter(), train, test), test) == ["baker", "baker"]


def test_oracle() -> None:
    """The best recorded score, of equals the cheapest recorded cost, then the price, then the pool's order."""
    test = recordings(
        [[0.4, 0.6, NAN], [1, 1, 1], [1, 1, 1], [0, 0, 0], [NAN, 0, NAN]],
        costs=[[1, 2, 3], [3, 2, 1], [NAN, NAN, NAN], [1, 1, NAN], [1, NAN, 1]],
        split="test",
    )

    assert chosen(outcome(OracleRouter(), TRAIN, test, prices=[2, 1, 3]), test) == [
        "baker",
        "charlie",
        "baker",
        "baker",
        "baker",
    ]


def test_oracle_without_scores() -> None:
    """A row of which no score was recorded has no best answer."""
    test = recordings([[NAN, NAN, NAN]], split="test")

    assert outcome(OracleRouter(), TRAIN, test).answers.sum() == 0.0
