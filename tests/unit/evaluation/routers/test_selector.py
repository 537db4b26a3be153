"""The fitted selector, on rows made so that something besides the prior tells who is right."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons
from jisi.evaluation.routers.protocol import Rows
from jisi.evaluation.routers.selector import SelectorRouter
from jisi.evaluation.routers.selector_features import describe

from tests.unit.evaluation.routers.builders import NAN, chosen, evidence, outcome, recordings

ITEMS = 400
LOTS = np.random.default_rng(5)
QUERIES = LOTS.normal((1.0, 0.0, 0.0), 0.3, (ITEMS, 3))

ALONE = LOTS.random(ITEMS) < 0.4
"""Where able stands alone with its answer it is wrong, and baker and charlie, who agree, are right."""
BY_AGREEMENT = recordings(
    np.where(ALONE[:, np.newaxis], [0, 1, 1, 0], [1, 0, 0, 0]),
    queries=QUERIES,
    answers=np.where(ALONE[:, np.newaxis], [0, 1, 1, 2], [0, 0, 1, 2]),
)

SHORT = LOTS.random(ITEMS) < 0.6
"""Able is right where it is brief, baker where able is not; all give answers of their own."""
BY_LENGTH = recordings(
    np.where(SHORT[:, np.newaxis], [1, 0, 0, 0], [0, 1, 0, 0]),
    queries=QUERIES,
    answers=[[0, 1, 2, 3]] * ITEMS,
    completion_tokens=np.where(SHORT[:, np.newaxis], [100, 900, 50, 50], [900, 100, 50, 50]),
)


def test_by_agreement() -> None:
    """The one who stands alone is passed over, though it is the best by prior; only those asked are asked."""
    test = _asked([[0, 1, 1, 2], [0, 0, 1, 2]])
    found = outcome(SelectorRouter(), BY_AGREEMENT, test)

    assert chosen(found, test) == ["baker", "able"]
    assert found.calls.tolist() == [[1, 1, 1, 0]] * 2
    assert found.quality == "recorded"


def test_by_length() -> None:
    """A response as long as the model's wrong ones is passed over."""
    tokens = [[120, 800, 50, 50], [800, 120, 50, 50]]
    test = replace(_asked([[0, 1, 2, 3]] * 2), completion_tokens=np.array(tokens))

    assert chosen(outcome(SelectorRouter(models=2), BY_LENGTH, test), test) == ["able", "baker"]


def test_partial_credit_is_a_chance() -> None:
    """The response answers that has the higher score on average, not the one that is more often above a half."""
    half = recordings(
        np.where(ALONE[:, np.newaxis], [0.4, 0.0, 0.0], [0.6, 1.0, 0.0]),
        queries=QUERIES,
        answers=np.where(ALONE[:, np.newaxis], [0, 1, 1], [0, 0, 1]),
    )
    test = _asked([[0, 1, 1], [0, 0, 1]])

    assert chosen(outcome(SelectorRouter(), half, test), test) == ["able", "baker"]


def test_what_is_not_usable_does_not_answer() -> None:
    """However likely it would be right; where none of those asked is usable the next is asked."""
    usable = np.array([[False, True, True, True], [False, False, False, True], [False] * 4])
    test = replace(_asked([[0, 0, 1, 2]] * 3), usable=usable)
    found = outcome(SelectorRouter(), BY_AGREEMENT, test)

    assert chosen(found, test)[0] in {"baker", "charlie"}
    assert chosen(found, test)[1:] == ["dora", "able"]
    assert found.calls.sum(axis=1).tolist() == [3, 4, 4]


def test_with_little_to_learn_from_the_best_by_prior_answers() -> None:
    """A few rows fit nothing."""
    few = BY_AGREEMENT.take(np.flatnonzero(~ALONE)[:20])
    test = _asked([[0, 1, 1, 2]])

    assert chosen(outcome(SelectorRouter(), few, test), test) == ["able"]
    with pytest.raises(ValueError, match="models must be at least 1, not 0"):
        SelectorRouter(models=0)


def test_unknown_domains_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """The log warns of queries that are like none it was fitted to, and of no others."""
    known = BY_AGREEMENT.take(np.arange(100, 150))
    unknown = recordings([[NAN] * 4] * 3, queries=[(-1, 0, 0), (-1, 1, 0), (-1, 0, 1)], split="test")
    fitted = SelectorRouter().fit(evidence(BY_AGREEMENT))
    with caplog.at_level(logging.WARNING):
        fitted.route(_rows(known, BY_AGREEMENT))

        assert not caplog.messages

        fitted.route(_rows(unknown, BY_AGREEMENT))

    assert fitted.unfamiliar(_rows(unknown, BY_AGREEMENT)).all()
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "3 of 3 queries are unlike those the selector was fitted to"
    ]


def test_nothing_of_a_rows_own_scores_is_told() -> None:
    """What is described of a row is the same whatever its scores and costs are."""
    rows = [_rows(test, BY_AGREEMENT) for test in (BY_LENGTH, _unscored(BY_LENGTH))]
    first, second = (describe(one, evidence(BY_AGREEMENT).experts, 3).features for one in rows)

    assert np.array_equal(first, second, equal_nan=True)
    assert first.shape[:2] == (ITEMS, 3)


def _asked(answers: Sequence[Sequence[int]]) -> Recordings:
    """Give test rows near the train rows, with these answers."""
    scores = np.full(np.shape(answers), NAN)
    return recordings(scores, queries=QUERIES[: len(answers)], answers=answers, usable=True, split="test")


def _rows(test: Recordings, train: Recordings) -> Rows:
    return Rows(test=test, comparisons=Comparisons(test, train, train.bank()))


def _unscored(test: Recordings) -> Recordings:
    return replace(test, scores=np.full(test.scores.shape, NAN), costs=np.full(test.costs.shape, 7.0))
