"""What holds for every router of the catalogue."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.catalogue import routers_named
from jisi.evaluation.routers.outcome import NOBODY, Outcome
from jisi.evaluation.routers.protocol import Router
from jisi.routing.arrays import Floats
from jisi.support.lines import Split

from tests.unit.evaluation.routers.builders import MODELS, NAN, outcome, recordings

ROUTERS = routers_named(["all"], MODELS[:4])
UPPER_REFERENCES = {"oracle"}
"""They read scores of the test rows, and say so."""


def _around(scores: Floats, seed: int, *, queries: Floats | None = None, split: Split = "train") -> Recordings:
    """All else that is recorded, drawn by lot; two datasets in turn."""
    lots = np.random.default_rng(seed)
    items = len(scores)
    return recordings(
        scores,
        queries=lots.normal(size=(items, 5)) if queries is None else queries,
        datasets=[["numbers", "words"][place % 2] for place in range(items)],
        costs=np.where(np.isnan(scores), NAN, lots.random((items, 4)) / 100),
        completion_tokens=lots.uniform(1, 1000, (items, 4)).round(),
        answers=lots.integers(0, 3, (items, 4)),
        responses=lots.normal(size=(items, 4, 5)),
        split=split,
    )


def _drawn(items: int, seed: int, *, missing: float = 0.0, split: Split = "train") -> Recordings:
    """Scores of 0, 0.5 and 1 by lot, a share of them missing."""
    lots = np.random.default_rng(seed)
    scores = np.where(lots.random((items, 4)) < missing, NAN, lots.integers(0, 3, (items, 4)) / 2)
    return _around(scores, seed, split=split)


TEST = _drawn(20, seed=2, missing=0.1, split="test")
UNRECORDED = _around(np.where(np.arange(4) == 1, NAN, _drawn(60, seed=1).scores), 1)
ALIKE_BUT_UNRECORDED = _around(np.where(np.arange(4) == 1, NAN, np.ones((30, 4))), 1)
TRAINS = {
    "complete": _drawn(60, seed=1),
    "with gaps": _drawn(60, seed=1, missing=0.5),
    "a model without records": UNRECORDED,
    "no records": _around(np.full((10, 4), NAN), 1),
    "a handful": _drawn(3, seed=1),
    "one row": _drawn(1, seed=1),
    "one dataset": replace(_around(np.eye(4), 1), dataset_names=("numbers",), datasets=np.zeros(4, np.int32)),
    "all right": _around(np.ones((30, 4)), 1),
    "all wrong": _around(np.zeros((30, 4)), 1),
    "one query": _around(np.eye(4), 1, queries=np.ones((4, 5))),
    "no costs": replace(_drawn(30, seed=1), costs=np.full((30, 4), NAN), completion_tokens=np.full((30, 4), NAN)),
}


def _require_sound(outcome: Outcome, test: Recordings) -> None:
    """Shares of a row sum to one answer, and nobody answers or is fused who was not asked."""
    shape = test.scores.shape
    assert outcome.answers.shape == outcome.calls.shape == outcome.references.shape == shape
    assert outcome.answers.sum(axis=1) == pytest.approx(np.ones(len(test)))
    assert (outcome.answers[outcome.calls == 0.0] == 0.0).all()
    assert not outcome.references[outcome.calls == 0.0].any()
    assert (outcome.aggregators[outcome.references.any(axis=1)] != NOBODY).all()


@pytest.mark.parametrize("train", TRAINS.values(), ids=list(TRAINS))
@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.name)
def test_whatever_is_recorded(router: Router, train: Recordings) -> None:
    """Gaps, a handful of rows, and scores that tell nothing are no error, and every row gets an answer."""
    test = _drawn(20, seed=2, split="test")

    _require_sound(outcome(router, train, test, prices=[4, 3, 2, 1]), test)


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.name)
def test_no_peeking(router: Router) -> None:
    """No score or cost of a test row changes what is done with it, but for the upper references."""
    hidden = replace(TEST, scores=np.full(TEST.scores.shape, NAN), costs=np.full(TEST.costs.shape, NAN))
    seen, unseen = (outcome(router, TRAINS["with gaps"], test) for test in (TEST, hidden))
    same = (
        np.array_equal(seen.answers, unseen.answers)
        and np.array_equal(seen.calls, unseen.calls)
        and np.array_equal(seen.aggregators, unseen.aggregators)
    )

    assert same != (router.name in UPPER_REFERENCES)


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.name)
def test_rows_do_not_matter_to_each_other(router: Router) -> None:
    """A row is routed the same alone as among others: a long test is routed in parts."""
    whole = outcome(router, TRAINS["complete"], TEST)
    alone = outcome(router, TRAINS["complete"], TEST.take(np.array([7])))

    assert np.array_equal(alone.answers[0], whole.answers[7])


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.name)
def test_same_seed_same_choice(router: Router) -> None:
    """What draws lots draws them by the seed."""
    first, second = (outcome(router, TRAINS["with gaps"], TEST, seed=7) for _ in range(2))

    assert np.array_equal(first.answers, second.answers)


@pytest.mark.parametrize("train", [UNRECORDED, ALIKE_BUT_UNRECORDED], ids=["some better", "all alike"])
@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.name)
def test_never_recorded_never_preferred(router: Router, train: Recordings) -> None:
    """A model without any record is not asked before one with records, however cheap it is."""
    answers = outcome(router, train, TEST, prices=[1, 0.01, 1, 1]).answers

    assert (answers[:, 1].max() == 0.0) != (router.name in {"random", "single:baker", "oracle"})


def test_importing_is_cheap() -> None:
    """Nobody who only names routers waits for scikit-learn and SciPy."""
    code = (
        "import sys, jisi.evaluation.routers.catalogue;"
        "print([name for name in ('sklearn', 'scipy', 'threadpoolctl', 'matplotlib') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert printed == "[]\n"
