"""Routers over folds of recordings, row chunk by row chunk, so that similarities are computed once for all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jisi.evaluation.metrics.measurement import Measurement, concatenate, measure
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons, rows_at_once
from jisi.evaluation.routers.protocol import Evidence, Router, Rows
from jisi.evaluation.splits import Fold, rows_under_test
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
        return sum(len(fold.test) for fold in self.folds)

    def run(self, routers: Sequence[Router], *, done: Done) -> list[Measurement]:
        """Measure routers over the whole pool, in their order."""
        (measured,) = self.run_groups([Group(self.candidates.experts, routers)], done=done)
        return measured

    def run_groups(self, groups: Sequence[Group], *, done: Done) -> list[list[Measurement]]:
        """Measure several groups of routers, each over its own pool; rows stand in the order of the folds."""
        parts: list[list[list[Measurement]]] = [[[] for _ in group.routers] for group in groups]
        for fold in self.folds:
            support = self.support(fold)
            evidences = [support.evidence(group.experts, self.seed) for group in groups]
            fitted = [
                [router.fit(evidence) for router in group.routers]
                for group, evidence in zip(groups, evidences, strict=True)
            ]
            for test, comparisons in support.chunks(self.recordings, fold.test):
                for place, group in enumerate(groups):
                    rows = Rows(test=test.for_models(evidences[place].train.models), comparisons=comparisons)
                    for index, router in enumerate(group.routers):
                        outcome = fitted[place][index].route(rows)
                        parts[place][index].append(measure(router.name, outcome, rows.test, group.experts))
                        done(router.name, len(test))
        return [[concatenate(chunks) for chunks in measured] for measured in parts]

    def support(self, fold: Fold) -> "Support":
        """Give the evidence of a fold."""
        return Support(self.recordings.take(fold.train).for_models(self.candidates.names))

    def tested(self) -> Recordings:
        """Give the tested rows in the order of all measurements, with every model that was recorded."""
        return self.recordings.take(rows_under_test(self.folds))


class Support:
    """The train rows of a fold, and test rows beside them."""

    def __init__(self, train: Recordings) -> None:
        """Take the rows as support set."""
        self.train = train
        self.bank = train.bank()

    def evidence(self, experts: Sequence[Expert], seed: int) -> Evidence:
        """Give what routers that choose among these models may learn from."""
        return Evidence(train=self.train.for_models([one.name for one in experts]), experts=experts, seed=seed)

    def chunks(self, recordings: Recordings, rows: Positions) -> Iterator[tuple[Recordings, Comparisons]]:
        """Give test rows, so many at a time that their similarities to the support set fit into memory."""
        size = rows_at_once(len(self.train), len(self.train.models))
        for start in range(0, len(rows), size):
            test = recordings.take(rows[start : start + size]).for_models(self.train.models)
            yield test, Comparisons(test, self.train, self.bank)
