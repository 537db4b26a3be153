"""Test rows with the models of each in the order of its own ranking: what the routers by agreement have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.knn import plans
from jisi.evaluation.routers.outcome import Outcome, one_hot
from jisi.evaluation.routers.protocol import Rows
from jisi.routing.agreement import NO_ANSWER, NOBODY, join_alike
from jisi.routing.arrays import Flags, Floats, Positions
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings

UNKNOWN_PRIOR = 0.5
"""Stands for a prior where nothing is known of any model."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """n rows; all arrays are (n, M), columns in each row's own order, best by prior first."""

    order: Positions
    """Column of the recordings that stands at each place."""
    priors: Floats
    """p of each; 0 for one without evidence where others have some: its vote has no weight."""
    groups: Positions
    """Answers as `jisi.routing.agreement` has them; nobody is `NOT_ASKED`."""

    def at(self, table: Floats) -> Floats:
        """Give (n, M) numbers of the recordings in this order."""
        return np.take_along_axis(table, self.order, axis=1)

    def outcome(self, leader: Positions, asked: Flags) -> Outcome:
        """Let the models at these places, (n,), answer; the first of the ranking where that is `NOBODY`."""
        models = self.order.shape[1]
        places = np.where(leader == NOBODY, 0, leader)
        calls = np.zeros(self.order.shape)
        np.put_along_axis(calls, self.order, asked.astype(np.float64), axis=1)
        return Outcome.routed(one_hot(self.order[np.arange(len(places)), places], models), calls)


def ranked(rows: Rows, experts: Sequence[Expert], settings: RoutingSettings, *, alike: float | None = None) -> Ranked:
    """Rank the models for each row; `alike`: similarity from which responses that could not be read agree."""
    test = rows.test
    column_of = {model: column for column, model in enumerate(test.models)}
    order = np.zeros(test.scores.shape, np.int64)
    priors = np.full(test.scores.shape, UNKNOWN_PRIOR)
    for row, plan in enumerate(plans(rows, experts, settings)):
        order[row] = [column_of[model] for model in plan.ranking]
        if plan.priors is not None:
            priors[row] = plan.priors.voting(plan.ranking)
    groups = np.take_along_axis(groups_of(test), order, axis=1)
    if alike is not None:
        groups = join_alike(groups, _similarities(test, order), alike)
    return Ranked(order, priors, groups)


def groups_of(recordings: Recordings) -> Positions:
    """(n, M) answers of all models, in the order of the columns."""
    return np.where(recordings.usable, recordings.answers, NO_ANSWER).astype(np.int64)


def _similarities(test: Recordings, order: Positions) -> Floats:
    """(n, M, M) cosine similarity of each row's responses to one another."""
    vectors = np.stack([test.responses(model) for model in test.models], axis=1)
    placed = np.take_along_axis(vectors, order[:, :, np.newaxis], axis=1).astype(np.float64)
    return placed @ placed.swapaxes(1, 2)
