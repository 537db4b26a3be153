"""Similarities of test rows to train rows: each is computed once, whichever routers ask for it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.routing.arrays import Floats, Positions
from jisi.routing.bank import Bank
from jisi.routing.mixed import response_similarity
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import SupportSet, support_sets

SIMILARITIES_AT_ONCE = 24_000_000
"""Numbers of all similarity matrices together (192 MB as float64): bounds how many rows are routed at a time."""

FEW_TRAIN_ROWS = 10_000
"""Up to so many all responses are compared by one product a model, of use to every router and setting. Among more only
those of the support set are: a product would read every vector again for each few test rows that fit into memory."""


class Similarities(Protocol):
    """How far n test rows are like N train rows."""

    def queries(self) -> Floats:
        """(n, N) cosine similarity of each test query to each train query."""
        ...

    def responses(self, model: str, row: int, positions: Positions) -> Floats:
        """(len(positions),) cosine similarity of a model's response to a test row to those to some train rows.

        NaN where either is not usable.
        """
        ...


class Products:
    """Similarities computed when they are first asked for."""

    def __init__(self, test: Recordings, train: Recordings) -> None:
        """Compare `test` with `train`; nothing is computed yet."""
        self._test = test
        self._train = train
        self._queries: Floats | None = None
        self._responses: dict[str, Floats] = {}
        self._tested: dict[str, Floats] = {}

    def queries(self) -> Floats:
        """As `Similarities`."""
        if self._queries is None:
            self._queries = self._test.queries.astype(np.float64) @ self._train.queries.astype(np.float64).T
        return self._queries

    def responses(self, model: str, row: int, positions: Positions) -> Floats:
        """As `Similarities`."""
        if len(self._train) > FEW_TRAIN_ROWS:
            return response_similarity(self._train.responses(model, positions), self._of_tested(model)[row])
        if model not in self._responses:
            train = self._train.responses(model).astype(np.float64)
            self._responses[model] = self._of_tested(model) @ train.T
        similarities: Floats = self._responses[model][row, positions]
        return similarities

    def _of_tested(self, model: str) -> Floats:
        """(n, d) the responses of the test rows."""
        if model not in self._tested:
            self._tested[model] = self._test.responses(model).astype(np.float64)
        return self._tested[model]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """One test row beside all train rows but one, by its similarities to all: of rows left out in turn."""

    everything: Similarities
    row: int
    """Which of the test rows."""
    column: int
    """The train row that is left out."""

    def queries(self) -> Floats:
        """(1, N - 1), as `Similarities`."""
        return np.delete(self.everything.queries()[self.row], self.column)[np.newaxis]

    def responses(self, model: str, row: int, positions: Positions) -> Floats:
        """As `Similarities`; `row` is 0."""
        return self.everything.responses(model, self.row + row, positions + (positions >= self.column))


class Comparisons:
    """Some test rows against all train rows."""

    def __init__(
        self, test: Recordings, train: Recordings, bank: Bank, similarities: Similarities | None = None
    ) -> None:
        """Compare `test` with `train`, whose support set is `bank`, by `similarities` if they are known already."""
        self.bank = bank
        self._test = test
        self._similarities = Products(test, train) if similarities is None else similarities
        self._supports: dict[tuple[int, float], list[SupportSet | None]] = {}

    def queries(self) -> Floats:
        """(n, N) cosine similarity of each test query to each train query."""
        return self._similarities.queries()

    def responses(self, model: str, row: int, positions: Positions) -> Floats:
        """(len(positions),) cosine similarity of a model's response to a test row to those to some train rows.

        NaN where either is not usable.
        """
        return self._similarities.responses(model, row, positions)

    def supports(self, settings: RoutingSettings) -> list[SupportSet | None]:
        """S of each test row, by `support_size` and `support_threshold` of the settings."""
        key = (settings.support_size, settings.support_threshold)
        if key not in self._supports:
            self._supports[key] = support_sets(self._test.queries, self.bank, settings)
        return self._supports[key]


def rows_at_once(train_rows: int, models: int) -> int:
    """How many test rows are routed at a time, for the similarities kept of them to fit into memory."""
    matrices = models + 1 if train_rows <= FEW_TRAIN_ROWS else 1
    return max(1, SIMILARITIES_AT_ONCE // max(1, train_rows * matrices))
