"""Routers over folds of recordings, row chunk by row chunk, so that similarities are computed once for all of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.metrics.measurement import Measurement, concatenate, measure
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons, LeftOut, Products, Similarities, rows_at_once
from jisi.evaluation.routers.learning import one_thread
from jisi.evaluation.routers.protocol import Evidence, Router, Rows
from jisi.evaluation.splits import Fold, LeaveOneOut, rows_under_test
from jisi.routing.arrays import Positions
from jisi.routing.bank import Expert

Done = Callable[[str, int], None]
"""Told which router has routed how many more rows."""


@dataclass(frozen=True, slots=True)
class Group:
    """Routers that choose among the same models."""

    experts: Sequence[Expert]
    routers: Sequence[Router]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evaluation:
    """What is evaluated on."""

    recordings: Recordings
    candidates: Candidates
    folds: Sequence[Fold]
    seed: int

    @property
    def rows(self) -> int:
        """How many rows are tested."""
        return len(rows_under_test(self.folds))

    def run(self, routers: Sequence[Router], *, done: Done) -> list[Measurement]:
        """Measure routers over the whole pool, in their order."""
        (measured,) = self.run_groups([Group(self.candidates.experts, routers)], done=done)
        return measured

    def run_groups(self, groups: Sequence[Group], *, done: Done) -> list[list[Measurement]]:
        """Measure several groups of routers, each over its own pool; rows stand in the order of the folds."""
        parts: list[list[list[Measurement]]] = [[[] for _ in group.routers] for group in groups]
        for support in self.supports():
            evidences = [support.evidence(group.experts, self.seed) for group in groups]
            fitted = [
                [router.fit(evidence) for router in group.routers]
                for group, evidence in zip(groups, evidences, strict=True)
            ]
            for test, comparisons in support.chunks():
                for place, group in enumerate(groups):
                    rows = Rows(test=test.for_models(evidences[place].train.models), comparisons=comparisons)
                    for index, router in enumerate(group.routers):
                        outcome = fitted[place][index].route(rows)
                        parts[place][index].append(measure(router.name, outcome, rows.test, group.experts))
                        done(router.name, len(test))
        return [[concatenate(chunks) for chunks in measured] for measured in parts]

    def supports(self) -> Iterator["Support"]:
        """Give the evidence of each fold in turn, with the rows that are tested on it."""
        if isinstance(self.folds, LeaveOneOut):
            yield from self._left_out(self.folds)
            return
        for fold in self.folds:
            train = self.recordings.take(fold.train).for_models(self.candidates.names)
            yield Support(train, self._tested(fold.test, train))

    def _tested(self, rows: Positions, train: Recordings) -> Iterator[tuple[Recordings, Similarities]]:
        """Give test rows, so many at a time that their similarities to the support set fit into memory."""
        for part in _parts(rows, train):
            test = self.recordings.take(part).for_models(train.models)
            yield test, Products(test, train)

    def _left_out(self, folds: LeaveOneOut) -> Iterator["Support"]:
        """Compare many rows with all of them at once; each row is then tested on the others.

        A row alone keeps no second thread busy, and on a busy machine each of its small products would wait for one.
        """
        everything = self.recordings.take(folds.rows).for_models(self.candidates.names)
        places = np.arange(len(everything), dtype=np.int64)
        with one_thread():
            for part in _parts(places, everything):
                similarities = Products(everything.take(part), everything)
                for row, place in enumerate(part.tolist()):
                    tested = [(everything.take(part[row, np.newaxis]), LeftOut(similarities, row, place))]
                    yield Support(everything.take(np.delete(places, place)), tested)

    def tested(self) -> Recordings:
        """Give the tested rows in the order of all measurements, with every model that was recorded."""
        return self.recordings.take(rows_under_test(self.folds))


class Support:
    """The train rows of a fold, and test rows beside them."""

    def __init__(self, train: Recordings, tested: Iterable[tuple[Recordings, Similarities]]) -> None:
        """Take the train rows as support set; `tested` gives test rows, each with how far they are like these."""
        self.train = train
        self.bank = train.bank()
        self._tested = tested

    def evidence(self, experts: Sequence[Expert], seed: int) -> Evidence:
        """Give what routers that choose among these models may learn from."""
        return Evidence(train=self.train.for_models([one.name for one in experts]), experts=experts, seed=seed)

    def chunks(self) -> Iterator[tuple[Recordings, Comparisons]]:
        """Give the test rows, some at a time; once."""
        for test, similarities in self._tested:
            yield test, Comparisons(test, self.train, self.bank, similarities)


def _parts(rows: Positions, train: Recordings) -> Iterator[Positions]:
    """Divide test rows, so that the similarities of each part to the train rows fit into memory."""
    size = rows_at_once(len(train), len(train.models))
    return (rows[start : start + size] for start in range(0, len(rows), size))
