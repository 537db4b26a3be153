"""What a fitted selector knows of a response: who agrees with it, how good its model is near the query, its length."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.protocol import Rows
from jisi.evaluation.routers.ranked import Ranked, ranked
from jisi.routing.agreement import UNREAD, Agreement, agreement, support
from jisi.routing.arrays import Flags, Floats, Positions
from jisi.routing.bank import Expert
from jisi.routing.prior import prior_scores
from jisi.routing.settings import RoutingSettings

NEAR, FAR = 20, 400
"""k of the priors told of each model, beside those that the models are ranked by."""
SETTINGS = RoutingSettings(support_size=Agreement().support_size)
"""Of the priors that the models are ranked by, and of the neighbours that lengths are compared with."""
RIGHT = 0.5
"""Score from which a neighbour counts as right."""
FEWEST_LENGTHS = 3
"""Right (or wrong) neighbours with a length from which their mean says something."""


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """The responses of the best models of n rows."""

    view: Ranked
    """All models of each row, best by prior first; the responses are those of the first `count`."""
    features: Floats
    """(n, count, features); NaN where nothing is known."""

    @property
    def count(self) -> int:
        """How many models of each row are asked."""
        return int(self.features.shape[1])

    @property
    def usable(self) -> Flags:
        """(n, count) whether the response can answer."""
        usable: Flags = self.view.groups[:, : self.count] >= UNREAD
        return usable


def describe(rows: Rows, train: Recordings, experts: Sequence[Expert], models: int) -> Responses:
    """Tell of the responses of the best `models` of each row all that can be known without its scores.

    `train` are the recordings that the rows are compared with.
    """
    view = ranked(rows, experts, SETTINGS)
    order = view.order[:, :models]
    features = [
        np.broadcast_to(np.arange(order.shape[1]), order.shape),
        *(_priors(rows, train, order, replace(SETTINGS, support_size=k)) for k in (NEAR, FAR)),
        *_agreements(view.groups[:, :models], view.priors[:, :models]),
        *_lengths(rows, train, order),
    ]
    return Responses(view, np.stack(features, axis=2).astype(np.float64))


def _priors(rows: Rows, train: Recordings, order: Positions, settings: RoutingSettings) -> Floats:
    """(n, count) prior scores by k of the settings."""
    found = np.full(order.shape, np.nan)
    for row, near in enumerate(rows.comparisons.supports(settings)):
        if near is not None:
            scores = train.scores[near.positions][:, order[row]]
            found[row] = prior_scores([train.models[place] for place in order[row]], scores, near.weight).score
    return found


def _agreements(groups: Positions, priors: Floats) -> list[Floats | Flags | Positions]:
    """Each of (n, count): supporters and rivals, in number and weight, and who the supporters are."""
    agree = agreement(groups)
    numbers = agree.sum(axis=2)
    weights = support(priors, Agreement().bonus)
    sums = np.where(agree, weights[:, np.newaxis, :], 0.0).sum(axis=2)
    rival = np.where(agree, 0.0, sums[:, np.newaxis, :]).max(axis=2)
    usable = groups >= UNREAD
    return [
        priors,
        priors - priors[:, :1],
        np.broadcast_to(priors[:, :1], priors.shape),
        numbers,
        sums,
        np.where(agree, 0, numbers[:, np.newaxis, :]).max(axis=2),
        rival,
        sums - rival,
        groups >= 0,
        np.broadcast_to(usable.sum(axis=1, keepdims=True), groups.shape),
        *(agree[:, :, other] for other in range(groups.shape[1])),
    ]


def _lengths(rows: Rows, train: Recordings, order: Positions) -> list[Floats]:
    """Each of (n, count): log tokens, and how far they are from the mean of the model's right and wrong neighbours."""
    own = np.log1p(np.take_along_axis(rows.test.completion_tokens, order, axis=1))
    known = np.log1p(train.completion_tokens)
    right, wrong = np.full(order.shape, np.nan), np.full(order.shape, np.nan)
    for row, near in enumerate(rows.comparisons.supports(SETTINGS)):
        if near is None:
            continue
        lengths, scores = known[near.positions][:, order[row]], train.scores[near.positions][:, order[row]]
        right[row] = own[row] - _column_means(lengths, scores >= RIGHT)
        wrong[row] = own[row] - _column_means(lengths, scores < RIGHT)
    return [own, right, wrong, np.abs(right) - np.abs(wrong)]


def _column_means(values: Floats, members: Flags) -> Floats:
    """Mean of the members of each column that are known; NaN where they are too few."""
    counted = members & ~np.isnan(values)
    number = counted.sum(axis=0)
    means = np.where(counted, values, 0.0).sum(axis=0) / np.maximum(number, 1)
    return np.where(number >= FEWEST_LENGTHS, means, np.nan)
