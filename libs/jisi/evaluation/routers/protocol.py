"""What a router is to the evaluation. To add one, write a class like this and name it: `--routers my_file.py:Mine`.

class Cheapest:
    name = "cheapest"

    def fit(self, evidence: Evidence) -> "Cheapest":
        self._column = int(np.nanmean(evidence.train.costs, axis=0).argmin())
        return self

    def route(self, rows: Rows) -> Outcome:
        return Outcome.of_single(np.full(len(rows.test), self._column), len(rows.test.models))

One whose `fit` takes longer than a moment says so by `slow_to_fit = True`: it is not fitted anew for every single row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons
from jisi.evaluation.routers.outcome import Outcome
from jisi.routing.arrays import Floats
from jisi.routing.bank import Expert


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evidence:
    """What a router may learn from."""

    train: Recordings
    """The support set. Its columns are the eligible models, in the order of the pool; so are those of test rows."""
    experts: Sequence[Expert]
    """The same models, with their prices."""
    seed: int
    """For whatever draws lots."""

    @property
    def prices(self) -> Floats:
        """(M,) prompt and completion price together, USD a million tokens."""
        return np.array([expert.price for expert in self.experts])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Test rows to route, all at once: vectorise over them.

    A router must not read what it could not know of a new query: the scores, costs and tokens of a model that it did
    not ask. (An upper reference does, and says so in its docstring.)
    """

    test: Recordings
    comparisons: Comparisons
    """Similarities of these rows to the train rows, each computed once for all routers."""


class Fitted(Protocol):
    """A router that knows its support set."""

    def route(self, rows: Rows) -> Outcome:
        """Decide every row."""
        ...


class Router(Protocol):
    """A way to choose who answers."""

    @property
    def name(self) -> str:
        """As it is called on the command line and in reports."""
        ...

    def fit(self, evidence: Evidence) -> Fitted:
        """Learn from the train rows."""
        ...
