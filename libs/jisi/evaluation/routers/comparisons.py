"""Similarities of test rows to train rows: each is computed once, whichever routers ask for it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.routing.arrays import Floats
from jisi.routing.bank import Bank
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import SupportSet, support_sets

SIMILARITIES_AT_ONCE = 24_000_000
"""Numbers of all similarity matrices together (192 MB as float64): bounds how many rows are routed at a time."""


class Similarities(Protocol):
    """How far test rows are like train rows."""

    def queries(self) -> Floats:
        """(n, N) cosine similarity of each test query to each train query."""
        ...

    def responses(self, model: str) -> Floats:
        """(n, N) cosine similarity of a model's responses; NaN where either is not usable."""
        ...


class Products:
    """Similarities computed when they are first asked for."""

    def __init__(self, test: Recordings, train: Recordings) -> None:
        """Compare `test` with `train`; nothing is computed yet."""
        self._test = test
        self._train = train
        self._queries: Floats | None = None
        self._responses: dict[str, Floats] = {}

    def queries(self) -> Floats:
        """As `Similarities`."""
        if self._queries is None:
            self._queries = self._test.queries.astype(np.float64) @ self._train.queries.astype(np.float64).T
        return self._queries

    def responses(self, model: str) -> Floats:
        """As `Similarities`."""
        if model not in self._responses:
            test = self._test.responses(model).astype(np.float64)
            self._responses[model] = test @ self._train.responses(model).astype(np.float64).T
        return self._responses[model]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """One test row beside all train rows but one, read off the similarities to all: of rows left out in turn."""

    everything: Similarities
    row: int
    """Which of the test rows."""
    column: int
    """The train row that is left out."""

    def queries(self) -> Floats:
        """(1, N - 1), as `Similarities`."""
        return self._part(self.everything.queries())

    def responses(self, model: str) -> Floats:
        """(1, N - 1), as `Similarities`."""
        return self._part(self.everything.responses(model))

    def _part(self, similarities: Floats) -> Floats:
        return np.delete(similarities[self.row], self.column)[np.newaxis]


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

    def responses(self, model: str) -> Floats:
        """(n, N) cosine similarity of a model's responses; NaN where either is not usable."""
        return self._similarities.responses(model)

    def supports(self, settings: RoutingSettings) -> list[SupportSet | None]:
        """S of each test row, by `support_size` and `support_threshold` of the settings."""
        key = (settings.support_size, settings.support_threshold)
        if key not in self._supports:
            self._supports[key] = support_sets(self._test.queries, self.bank, settings)
        return self._supports[key]


def rows_at_once(train_rows: int, models: int) -> int:
    """How many test rows are routed at a time, for the similarities of all models to fit into memory."""
    return max(1, SIMILARITIES_AT_ONCE // max(1, train_rows * (models + 1)))
