"""What a selector is told of the responses to a query: who agrees, how good their models are near it, their lengths.

Arrays have a row a query and a column a model asked, best by prior first. NaN where nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.routing.agreement import UNREAD, agreement, support
from jisi.routing.arrays import Embeddings, Flags, Floats, Positions
from jisi.routing.bank import Bank
from jisi.routing.prior import prior_scores
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import SupportSet, support_sets

NEAR, FAR = 20, 400
"""k of the priors told of each model, beside those that the models are ranked by."""
RIGHT = 0.5
"""Score from which a neighbour counts as right."""
FEWEST_LENGTHS = 3
"""Right (or wrong) neighbours with a length from which their mean says something."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outlook:
    """What is told of the models asked that needs the query's embedding, and is kept with the plan."""

    models: tuple[str, ...]
    near: Floats
    """(models,) prior scores by `NEAR`."""
    far: Floats
    """(models,) prior scores by `FAR`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Known:
    """What is known of the responses to n queries, all (n, models)."""

    near: Floats
    """Prior scores by `NEAR`."""
    far: Floats
    """Prior scores by `FAR`."""
    priors: Floats
    """Prior scores that the models are ranked by."""
    groups: Positions
    """Answers as `jisi.routing.agreement` has them."""
    tokens: Floats
    """Completion tokens."""
    right: Floats
    """Mean log length of each model's right neighbours."""
    wrong: Floats
    """Mean log length of its wrong ones."""


def feature_count(models: int) -> int:
    """How many numbers tell of a response where so many models are asked."""
    return 17 + models


def features(known: Known, *, models: int, bonus: float) -> Floats:
    """(n, models asked, features); `models`: how many are asked where the pool has as many."""
    own = np.log1p(known.tokens)
    right, wrong = own - known.right, own - known.wrong
    told = [
        np.broadcast_to(np.arange(own.shape[1]), own.shape),
        known.near,
        known.far,
        *_agreements(known.groups, known.priors, models, bonus),
        own,
        right,
        wrong,
        np.abs(right) - np.abs(wrong),
    ]
    return np.stack(told, axis=2).astype(np.float64)


def outlooks(
    queries: Embeddings, bank: Bank, asked: Sequence[Sequence[str]], support_threshold: float
) -> list[Outlook | None]:
    """Give what is told of the models `asked` of each query, (B, d); None where the bank is empty."""
    near, far = (
        support_sets(queries, bank, RoutingSettings(support_size=k, support_threshold=support_threshold))
        for k in (NEAR, FAR)
    )
    return [
        None
        if closer is None or further is None
        else Outlook(
            models=tuple(models),
            near=priors_over(closer, bank, models),
            far=priors_over(further, bank, models),
        )
        for closer, further, models in zip(near, far, asked, strict=True)
    ]


def priors_over(near: SupportSet, bank: Bank, models: Sequence[str]) -> Floats:
    """(models,) prior scores over a support set, the mean that they are drawn to being that of these models."""
    return prior_scores(models, bank.scores_at(near.positions, models), near.weight).score


def mean_lengths(near: SupportSet, bank: Bank, models: Sequence[str]) -> tuple[Floats, Floats]:
    """(models,) each: mean log length of the model's right and of its wrong neighbours; NaN where they are few."""
    lengths = np.log1p(bank.tokens_at(near.positions, models))
    scores = bank.scores_at(near.positions, models)
    return _means(lengths, scores >= RIGHT), _means(lengths, scores < RIGHT)


def _agreements(groups: Positions, priors: Floats, models: int, bonus: float) -> list[Floats | Positions]:
    """Each of (n, count): supporters and rivals, in number and weight, and who the supporters are."""
    agree = agreement(groups)
    numbers = agree.sum(axis=2)
    weights = support(priors, bonus)
    sums = np.where(agree, weights[:, np.newaxis, :], 0.0).sum(axis=2)
    rival = np.where(agree, 0.0, sums[:, np.newaxis, :]).max(axis=2)
    usable = groups >= UNREAD
    nobody = np.zeros(groups.shape)
    return [
        priors,
        priors - priors[:, :1],
        np.broadcast_to(priors[:, :1], priors.shape),
        numbers,
        sums,
        np.where(agree, 0, numbers[:, np.newaxis, :]).max(axis=2),
        rival,
        sums - rival,
        np.asarray(groups >= 0, np.float64),
        np.broadcast_to(usable.sum(axis=1, keepdims=True), groups.shape),
        *(agree[:, :, other].astype(np.float64) if other < groups.shape[1] else nobody for other in range(models)),
    ]


def _means(values: Floats, members: Flags) -> Floats:
    """Mean of the members of each column that are known; NaN where they are too few.

    The sums run along each model's own row, as in `prior_scores`.
    """
    counted = np.ascontiguousarray((members & ~np.isnan(values)).T)
    number = counted.sum(axis=1)
    means = np.where(counted, np.ascontiguousarray(values.T), 0.0).sum(axis=1) / np.maximum(number, 1)
    return np.where(number >= FEWEST_LENGTHS, means, np.nan)
