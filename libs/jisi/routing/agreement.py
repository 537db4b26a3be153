"""A vote over final answers that asks one model after the other, and stops where the rest could change nothing.

Not of the paper. Which responses agree is told by groups: equal numbers are equal answers. Arrays have a row a query
and a column a model, the columns in the order of the query's own ranking, best by prior first; that is the order in
which models are asked, and which settles ties.
"""

from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Flags, Floats, Positions
from jisi.routing.prior import TIE_DECIMALS

UNREAD = -1
"""Group of a usable response whose answer could not be read: it agrees with no other."""
NO_ANSWER = -2
"""Group of a model that failed, or whose response is not usable: it counts for nothing."""
NOT_ASKED = -3
"""Group of a model that was not asked yet."""
NOBODY = -1
"""In place of a column: no model."""

SURENESS = 0.01
"""A prior counts as at least this, and as at most 1 less this: no model is always right."""
LARGEST_BONUS = 20.0
"""Above it every prior is drowned, and only the number of votes counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How the vote is set; checked on construction, so that a wrong value never reaches a decision.

    Raises:
        ValueError: a value is out of bounds; the message names the setting, the value and what is allowed.
    """

    models: int = 4
    """How many models may vote, best by prior."""
    support_size: int = 80
    """k of the priors that votes are weighed by."""
    bonus: float = 1.0
    """What a vote weighs besides the log-odds of its model: two that agree are rarely wrong alike."""

    def __post_init__(self) -> None:
        for name in ("models", "support_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
        if not 0 <= self.bonus <= LARGEST_BONUS:
            raise ValueError(f"bonus must be between 0 and {LARGEST_BONUS:g}, not {self.bonus!r}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vote:
    """Where the votes of n queries stand."""

    leader: Positions
    """(n,) column of the model that answers: the best of those that gave the answer with the largest sum; `NOBODY`
    where there is no usable response."""
    sums: Floats
    """(n, M) the weight of all votes for the answer that each model gave; NaN where it gave none."""
    next: Positions
    """(n,) column of the model to be asked next; `NOBODY` where the vote is decided."""


def support(p: Floats, bonus: float) -> Floats:
    """The weight of a vote, of any shape: log p / (1 - p) + `bonus`, p kept between 0.01 and 0.99; at least 0.

    Below 0 a model would take support from an answer by agreeing with it.
    """
    sure = np.clip(p, SURENESS, 1.0 - SURENESS)
    weight: Floats = np.maximum(np.log(sure / (1.0 - sure)) + bonus, 0.0)
    return weight


def count_votes(weights: Floats, groups: Positions, voters: int) -> Vote:
    """Count the votes of the models asked so far, and tell who is asked next.

    `weights`, none negative, and `groups` are (n, M) over the whole ranking; a group is an answer's number, `UNREAD`,
    `NO_ANSWER` or `NOT_ASKED`. The first `voters` may vote. The vote is decided where those not asked yet, however
    they vote, could not overturn the leader. As long as nothing is usable, the models after the voters are asked, too.
    """
    agree = agreement(groups)
    sums = np.where(agree, weights[:, np.newaxis, :], 0.0).sum(axis=2).round(TIE_DECIMALS)
    usable = groups >= UNREAD
    sums[~usable] = np.nan
    any_usable: Flags = usable.sum(axis=1) > 0
    leader = np.where(any_usable, np.where(usable, sums, -np.inf).argmax(axis=1), NOBODY)
    waiting = groups == NOT_ASKED
    open_votes = waiting & (np.arange(groups.shape[1]) < voters)
    overturned = _can_be_overturned(weights, groups, agree, sums, leader, open_votes)
    undecided = np.where(any_usable, overturned, waiting.any(axis=1))
    candidates = open_votes | (waiting & ~any_usable[:, np.newaxis])
    return Vote(leader=leader, sums=sums, next=np.where(undecided, candidates.argmax(axis=1), NOBODY))


def ask_in_turn(weights: Floats, groups: Positions, voters: int, *, at_once: int = 1) -> tuple[Positions, Flags]:
    """Hold the whole vote where every group is known beforehand, as of recordings, `NOT_ASKED` being none of them.

    The first `at_once` are asked together, the others one by one. Returns who answers, (n,), `NOBODY` where nothing is
    usable; and who was asked for it, (n, M).
    """
    known = np.where(np.arange(groups.shape[1]) < at_once, groups, NOT_ASKED)
    while True:
        vote = count_votes(weights, known, voters)
        rows = np.flatnonzero(vote.next != NOBODY)
        if not len(rows):
            return vote.leader, known != NOT_ASKED
        known[rows, vote.next[rows]] = groups[rows, vote.next[rows]]


def join_alike(groups: Positions, similarity: Floats, threshold: float) -> Positions:
    """Let responses whose answer could not be read agree where they are alike; (n, M) groups, those read unchanged.

    Each joins the first such response before it that it is similar to by at least `threshold`, of those that joined
    none; so what a model says does not depend on models after it. `similarity` is (n, M, M), NaN where unknown.
    """
    models = groups.shape[1]
    joined = groups.copy()
    for column in range(models):
        unread = groups[:, column] == UNREAD
        joined[unread, column] = models + column
        for before in reversed(range(column)):
            alike = unread & (joined[:, before] == models + before) & (similarity[:, column, before] >= threshold)
            joined[alike, column] = models + before
    return joined


def agreement(groups: Positions) -> Flags:
    """(n, M, M) whether two models gave the same answer; each usable response agrees with itself."""
    same: Flags = (groups[:, :, np.newaxis] == groups[:, np.newaxis, :]) & (groups >= 0)[:, :, np.newaxis]
    return same | (np.eye(groups.shape[1], dtype=np.bool_) & (groups >= UNREAD)[:, :, np.newaxis])


def _can_be_overturned(
    weights: Floats, groups: Positions, agree: Flags, sums: Floats, leader: Positions, waiting: Flags
) -> Flags:
    """(n,) whether another answer could become the leader by the votes of those waiting.

    The worst for the leader: all of them vote for one rival that was read, or for an answer that nobody gave yet. Ties
    are won by the answer of the model that is ranked first.
    """
    rows, columns = np.arange(len(leader)), np.arange(weights.shape[1])
    left = np.where(waiting, weights, 0.0).sum(axis=1, keepdims=True)
    leading = sums[rows, leader][:, np.newaxis]
    rivals = np.where(agree[rows, leader] | (groups < 0), np.nan, sums)
    reached = np.hstack([rivals + left, left]).round(TIE_DECIMALS)
    next_voter = waiting.argmax(axis=1)[:, np.newaxis]
    wins_ties = np.hstack([np.minimum(columns, next_voter), next_voter]) < leader[:, np.newaxis]
    overturned: Flags = ((reached > leading) | (wins_ties & (reached == leading))).any(axis=1)
    return overturned & waiting.any(axis=1)
