"""How long all default routers take on a family, against the bare products of the same similarities."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from jisi.evaluation.routers.catalogue import routers_named
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Fitted, Router, Rows
from jisi.evaluation.running import Evaluation
from jisi.routing.arrays import Floats
from jisi.routing.settings import RoutingSettings

from benchmarks.evaluation.made_up import Size, evaluation, write_vectors

GOAL_SECONDS = 60.0
"""About what issue 9 asks for, on 2 cores."""
SHARED = "similarities and support sets, for all"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterTime:
    """What a router took, in seconds; what all share is told apart."""

    router: str
    fit: float
    route: float

    @property
    def seconds(self) -> float:
        """Both together."""
        return self.fit + self.route


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyTimes:
    """What a family took."""

    train: int
    test: int
    models: int
    dimensions: int
    seconds: float
    """All routers, from the first one's fit to the last measurement."""
    products: float
    """The bare float64 products, medians: queries, and the responses of every model."""
    routers: Sequence[RouterTime]

    @property
    def shares(self) -> Mapping[str, float]:
        """Each router's part of the whole, the largest first."""
        return {one.router: one.seconds / self.seconds for one in self.routers}

    @property
    def ratio(self) -> float:
        """How many times the bare products all of it takes."""
        return self.seconds / self.products


def timed_routers(models: Sequence[str]) -> list["Timed"]:
    """Give all default routers with clocks, and first of all what they share."""
    return [Timed(router) for router in (_Shared(), *routers_named(["default"], models))]


def family_times(
    folder: Path, size: Size, timed: Sequence["Timed"], *, repetitions: int, done: Callable[[int], None]
) -> FamilyTimes:
    """Route a made-up family; its vectors are written to `folder`. `done` is told of each router's rows."""
    write_vectors(folder, size)
    made = evaluation(folder, size)
    products = _Products(made)
    bare = [products.seconds() for _ in range(repetitions)]
    start = time.perf_counter()
    made.run(timed, done=lambda _, rows: done(rows))
    seconds = time.perf_counter() - start
    bare += [products.seconds() for _ in range(repetitions)]
    return FamilyTimes(
        train=size.train,
        test=size.test,
        models=size.models,
        dimensions=size.dimensions,
        seconds=seconds,
        products=median(bare),
        routers=sorted((one.time for one in timed), key=lambda one: -one.seconds),
    )


class _Products:
    """The products alone, of vectors that are in memory as float64 before."""

    def __init__(self, made: Evaluation) -> None:
        (fold,) = made.folds
        train, test = (made.recordings.take(rows) for rows in (fold.train, fold.test))
        self._pairs = [(self._exact(test.queries), self._exact(train.queries))]
        self._pairs += [
            (self._exact(test.responses(model)), self._exact(train.responses(model))) for model in train.models
        ]

    @staticmethod
    def _exact(vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Floats:
        return np.nan_to_num(vectors).astype(np.float64)

    def seconds(self) -> float:
        """Multiply all once."""
        start = time.perf_counter()
        for test, train in self._pairs:
            test @ train.T
        return time.perf_counter() - start


class _Shared:
    """Asks for what all routers share, before the first of them does: so nobody's share depends on the order."""

    name = SHARED

    def fit(self, evidence: Evidence) -> Fitted:
        """Learn nothing."""
        del evidence
        return self

    def route(self, rows: Rows) -> Outcome:
        """Have everything computed."""
        nothing = np.empty(0, np.int64)
        rows.comparisons.queries()
        rows.comparisons.supports(RoutingSettings())
        for model in rows.test.models:
            rows.comparisons.responses(model, 0, nothing)
        return Outcome.of_single(np.zeros(len(rows.test), np.int64), len(rows.test.models))


class Timed:
    """A router with a clock."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._fit = self._route = 0.0

    @property
    def name(self) -> str:
        """The router's."""
        return self._router.name

    @property
    def time(self) -> RouterTime:
        """What it took so far."""
        return RouterTime(router=self.name, fit=self._fit, route=self._route)

    def fit(self, evidence: Evidence) -> Fitted:
        """Let it learn."""
        start = time.perf_counter()
        self._fitted = self._router.fit(evidence)
        self._fit += time.perf_counter() - start
        return self

    def route(self, rows: Rows) -> Outcome:
        """Let it route."""
        start = time.perf_counter()
        outcome = self._fitted.route(rows)
        self._route += time.perf_counter() - start
        return outcome
