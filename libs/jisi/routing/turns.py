"""The vote over one query's answers: who is asked next, who answers, and why (`agreement.py` has the counting)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.routing.agreement import (
    NO_ANSWER,
    NOBODY,
    NOT_ASKED,
    UNREAD,
    Agreement,
    Vote,
    count_votes,
    support,
)
from jisi.routing.arrays import Floats, Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The models of a query, best by prior first, and the votes that are in; all sequences are aligned."""

    models: Sequence[str]
    priors: Sequence[float]
    groups: Sequence[int]
    """Number of the answer each gave; `UNREAD`, `NO_ANSWER` or `NOT_ASKED`."""

    def next_voters(self, agreement: Agreement) -> tuple[str, ...]:
        """Who is asked now: as many at once as asking one after the other would ask, whatever they say.

        So a wave costs no call that asking in turn would have saved. All that the next voters may say is looked at
        together, a row each, until some course of the vote is decided.
        """
        courses = np.array([self.groups], dtype=np.int64)
        asked: list[str] = []
        while ((following := self._count(courses, agreement).next) != NOBODY).all():
            place = int(following[0])  # the same in all courses: who may vote is asked in the order of the ranking
            asked.append(self.models[place])
            answers = {int(group) for group in np.unique(courses) if group >= 0}
            said = [NO_ANSWER, UNREAD, len(self.models) + place, *answers]
            courses = np.repeat(courses, len(said), axis=0)
            courses[:, place] = np.tile(said, len(courses) // len(said))
        return tuple(asked)

    def winner(self, agreement: Agreement) -> str | None:
        """Who answers, by the votes that are in; None where no response is usable."""
        _, place = self._stand(agreement)
        return None if place == NOBODY else self.models[place]

    def reason(self, winner: str) -> str:
        """Say who agrees with whom and wins, for people."""
        agreeing, others = self._sides(winner)
        weighed = f"; the vote of {winner} weighs most" if others and len(agreeing) == 1 else ""
        return f"{self.agreeing(winner)}{weighed}"

    def agreeing(self, winner: str) -> str:
        """Say who agrees with whom, for people."""
        agreeing, others = self._sides(winner)
        if len(agreeing) > 1:
            against = f", against {_listed(others)}" if others else ""
            return f"{_listed(agreeing)} give the same answer{against}"
        if others:
            return f"{winner} and {_listed(others)} all answer otherwise"
        return f"{winner} is the only one asked with a usable response"

    def _sides(self, winner: str) -> tuple[list[str], list[str]]:
        """Who gave the winner's answer, itself included, and who a usable response that says otherwise."""
        own = self.groups[self.models.index(winner)]
        votes = [(model, group) for model, group in zip(self.models, self.groups, strict=True) if group >= UNREAD]
        agreeing = [model for model, group in votes if model == winner or (own != UNREAD and group == own)]
        return agreeing, [model for model, _ in votes if model not in agreeing]

    def margins(self, agreement: Agreement) -> list[float]:
        """How far the leader's sum is from that of each other answer: what rounding would have to move."""
        sums, place = self._stand(agreement)
        if place == NOBODY:
            return []
        own = self.groups[place]
        rivals = [
            float(sums[other])
            for other, group in enumerate(self.groups)
            if other != place and group >= UNREAD and not (group == own and own != UNREAD)
        ]
        return [abs(float(sums[place]) - rival) for rival in rivals]

    def _count(self, groups: Positions, agreement: Agreement) -> Vote:
        """Count votes, groups of shape (n, M)."""
        weights: Floats = support(np.array([self.priors], dtype=np.float64), agreement.bonus)
        return count_votes(np.broadcast_to(weights, groups.shape), groups, agreement.models)

    def _stand(self, agreement: Agreement) -> tuple[Floats, int]:
        """Give the sum of each model's answer, and the place of the leader."""
        vote = self._count(np.array([self.groups], dtype=np.int64), agreement)
        return vote.sums[0], int(vote.leader[0])


def ballot(models: Sequence[str], priors: Sequence[float], answers: dict[str, str | None], asked: set[str]) -> Ballot:
    """Take the votes: `answers` holds the key of each usable response, None where it could not be read.

    Who was `asked` and has no answer failed.
    """
    first: dict[str, int] = {}
    groups = []
    for place, model in enumerate(models):
        if model not in asked:
            groups.append(NOT_ASKED)
        elif model not in answers:
            groups.append(NO_ANSWER)
        else:
            key = answers[model]
            groups.append(UNREAD if key is None else first.setdefault(key, place))
    return Ballot(models=models, priors=priors, groups=groups)


def _listed(models: Sequence[str]) -> str:
    *others, last = models
    return f"{', '.join(others)} and {last}" if others else last
