"""What a fitted selector knows of recorded responses, as it is known online (`jisi.routing.description`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jisi.evaluation.routers.protocol import Rows
from jisi.evaluation.routers.ranked import Ranked, ranked
from jisi.routing.agreement import UNREAD, Agreement
from jisi.routing.arrays import Flags, Floats
from jisi.routing.bank import Expert
from jisi.routing.description import FAR, NEAR, Known, features, mean_lengths, priors_over
from jisi.routing.settings import RoutingSettings

Names = NDArray[np.object_]
"""(n, count) names of models, by row."""

SETTINGS = RoutingSettings(support_size=Agreement().support_size)
"""Of the priors that the models are ranked by, and of the neighbours that lengths are compared with."""


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


def describe(rows: Rows, experts: Sequence[Expert], models: int) -> Responses:
    """Tell of the responses of the best `models` of each row all that can be known without its scores."""
    view = ranked(rows, experts, SETTINGS)
    order = view.order[:, :models]
    names = np.array(rows.test.models, dtype=object)[order]
    right, wrong = _lengths(rows, names)
    known = Known(
        near=_priors(rows, names, replace(SETTINGS, support_size=NEAR)),
        far=_priors(rows, names, replace(SETTINGS, support_size=FAR)),
        priors=view.priors[:, :models],
        groups=view.groups[:, :models],
        tokens=np.take_along_axis(rows.test.completion_tokens, order, axis=1),
        right=right,
        wrong=wrong,
    )
    return Responses(view, features(known, models=models, bonus=Agreement().bonus))


def _priors(rows: Rows, names: Names, settings: RoutingSettings) -> Floats:
    """(n, count) prior scores by k of the settings."""
    found = np.full(names.shape, np.nan)
    for row, near in enumerate(rows.comparisons.supports(settings)):
        if near is not None:
            found[row] = priors_over(near, rows.comparisons.bank, names[row])
    return found


def _lengths(rows: Rows, names: Names) -> tuple[Floats, Floats]:
    """(n, count) each: mean log lengths of right and of wrong neighbours."""
    right, wrong = np.full(names.shape, np.nan), np.full(names.shape, np.nan)
    for row, near in enumerate(rows.comparisons.supports(SETTINGS)):
        if near is not None:
            right[row], wrong[row] = mean_lengths(near, rows.comparisons.bank, names[row])
    return right, wrong
