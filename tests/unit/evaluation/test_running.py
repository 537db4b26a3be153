"""Routers over folds of recordings."""

from dataclasses import replace

import numpy as np
import pytest
from jisi.evaluation import running
from jisi.evaluation.metrics.accuracy import macro
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.elo import LocalEloRouter
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Router, Rows
from jisi.evaluation.running import Evaluation, Group
from jisi.evaluation.splits import k_folds, leave_one_out, own_split
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings
from jisi.support.lines import ItemKey

from tests.unit.evaluation.routers.builders import recordings


class BestInTrain:
    """The model with the best mean score in train answers everything."""

    name = "best-in-train"

    def fit(self, evidence: Evidence) -> "BestInTrain":
        """Find it."""
        self._column = int(np.nanmean(evidence.train.scores, axis=0).argmax())
        return self

    def route(self, rows: Rows) -> Outcome:
        """Choose it."""
        return Outcome.of_single(np.full(len(rows.test), self._column), len(rows.test.models))


def _rows() -> Recordings:
    """Six train rows on which `able` is best, three test rows on which `baker` is, and a closed model."""
    made = recordings(
        [[1.0, 0.0, 1.0]] * 6 + [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]],
        models=("able", "baker", "closed"),
        datasets=["gsm"] * 6 + ["gsm", "crux", "crux"],
        queries=np.random.default_rng(0).normal(size=(9, 3)),
        responses=np.random.default_rng(1).normal(size=(9, 3, 3)),
    )
    keys = tuple(ItemKey(key.dataset, key.index, "train" if row < 6 else "test") for row, key in enumerate(made.keys))
    return replace(made, keys=keys)


def _evaluation(rows: Recordings) -> Evaluation:
    experts = [Expert("able", 1.0, 1.0), Expert("baker", 1.0, 1.0)]
    return Evaluation(
        recordings=rows,
        candidates=Candidates(experts=experts, references=["closed"]),
        folds=own_split(rows),
        seed=0,
    )


def test_a_router_learns_from_train_rows_and_is_measured_on_test_rows() -> None:
    """Reference models are no columns of what it sees."""
    told: list[tuple[str, int]] = []

    (measured,) = _evaluation(_rows()).run([BestInTrain()], done=lambda name, rows: told.append((name, rows)))

    assert measured.scores.tolist() == [0.0, 1.0, 0.0]
    assert macro(measured) == pytest.approx(0.25)  # gsm 0, crux one half
    assert told == [("best-in-train", 3)]


def test_rows_in_chunks_are_routed_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many fit into memory changes nothing."""
    (whole,) = _evaluation(_rows()).run([MixedRouter()], done=lambda _name, _rows: None)
    monkeypatch.setattr(running, "rows_at_once", lambda _train, _models: 2)
    (chunked,) = _evaluation(_rows()).run([MixedRouter()], done=lambda _name, _rows: None)

    assert whole.keys == chunked.keys
    np.testing.assert_equal(whole.scores, chunked.scores)
    np.testing.assert_equal(whole.calls, chunked.calls)


def test_each_group_chooses_among_its_own_models() -> None:
    """A smaller pool is as if the others had never been recorded."""
    evaluation = _evaluation(_rows())
    alone = [Expert("baker", 1.0, 1.0)]

    (small,), (large,) = evaluation.run_groups(
        [Group(alone, [BestInTrain()]), Group(evaluation.candidates.experts, [BestInTrain()])],
        done=lambda _name, _rows: None,
    )

    assert small.scores.tolist() == [1.0, 0.0, 1.0]
    assert large.scores.tolist() == [0.0, 1.0, 0.0]


def test_folds_are_measured_as_one() -> None:
    """Each row by the router that has not seen it."""
    rows = _rows()
    evaluation = replace(_evaluation(rows), folds=k_folds(rows, 3, seed=1))

    (measured,) = evaluation.run([BestInTrain()], done=lambda _name, _rows: None)

    assert evaluation.rows == len(measured) == 6
    assert measured.keys == evaluation.tested().keys
    assert measured.scores.tolist() == [1.0] * 6


@pytest.mark.parametrize("at_once", [2, 100])
def test_rows_left_out_in_turn_are_routed_as_folds_of_one_row(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """They share their similarities, and nothing else."""
    rows = _rows()
    left_out = leave_one_out(rows)
    routers: list[Router] = [MixedRouter(settings=RoutingSettings(support_size=2)), LocalEloRouter(), BestInTrain()]
    monkeypatch.setattr(running, "rows_at_once", lambda _train, _models: at_once)

    together = replace(_evaluation(rows), folds=left_out).run(routers, done=lambda _name, _rows: None)
    apart = replace(_evaluation(rows), folds=list(left_out)).run(routers, done=lambda _name, _rows: None)

    for one, other in zip(together, apart, strict=True):
        assert one.keys == other.keys == rows.keys[:6]
        np.testing.assert_equal(one.scores, other.scores)
        np.testing.assert_equal(one.calls, other.calls)
        np.testing.assert_equal(one.costs, other.costs)


@pytest.mark.parametrize("at_once", [2, 100])
def test_a_row_left_out_is_compared_with_the_others(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Never with itself, and each in its place."""
    rows = _rows()
    monkeypatch.setattr(running, "rows_at_once", lambda _train, _models: at_once)

    seen: list[ItemKey] = []
    for support in replace(_evaluation(rows), folds=leave_one_out(rows)).supports():
        for test, comparisons in support.chunks():
            seen += test.keys
            assert support.train.keys == tuple(key for key in rows.keys[:6] if key not in test.keys)
            np.testing.assert_allclose(comparisons.queries(), test.queries @ support.train.queries.T, atol=1e-6)
            some = np.array([4, 0, 2])
            similarity = test.responses("baker")[0] @ support.train.responses("baker", some).T
            np.testing.assert_allclose(comparisons.responses("baker", 0, some), similarity, atol=1e-6)

    assert seen == list(rows.keys[:6])
