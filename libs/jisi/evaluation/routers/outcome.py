"""What a router did with test rows, in a form that every metric reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.routing.arrays import Flags, Floats, Positions

Quality = Literal["recorded", "first reference", "not recorded", "live"]
"""What is known of the answers: all were recorded; a fusion stands for its first reference; nothing is known; fusions
were really made."""

NOBODY = -1
"""In place of a column: no model."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What became of n rows with M models, columns as those of the test recordings.

    Shares, so that a router that draws lots is measured by its expectation; others have one 1 a row.
    """

    answers: Floats
    """(n, M) share with which each model's recorded response is the answer; for a fusion, its first reference."""
    calls: Floats
    """(n, M) how many times each model is asked, fusions left out."""
    aggregators: Positions
    """(n,) column of the model that fuses; `NOBODY` where nothing is fused."""
    references: Flags
    """(n, M) whose responses are fused."""
    quality: Quality

    @classmethod
    def of_single(cls, columns: Positions, models: int) -> Self:
        """One model a row answers, and nobody else is asked; `NOBODY` where none does."""
        answers = one_hot(columns, models)
        return cls.routed(answers, answers)

    @classmethod
    def routed(cls, answers: Floats, calls: Floats) -> Self:
        """Nothing is fused."""
        return cls(
            answers=answers,
            calls=calls,
            aggregators=np.full(len(answers), NOBODY, np.int64),
            references=np.zeros(answers.shape, np.bool_),
            quality="recorded",
        )

    @property
    def fused(self) -> Flags:
        """(n,) whether the answer is a fusion."""
        fused: Flags = self.aggregators != NOBODY
        return fused

    def scores(self, test: Recordings) -> Floats:
        """(n,) score of each answer; what was not recorded, or is no answer, scores 0."""
        scores: Floats = (self.answers * np.nan_to_num(test.scores)).sum(axis=1)
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """How a row is fused, in all that it takes to really do it (`jisi eval --live`)."""

    asked: Mapping[str, int]
    """How many times each expert is asked."""
    references: tuple[str, ...]
    """Experts whose responses are fused, best first; all samples of each."""
    aggregator: str
    """Who fuses them."""


def one_hot(columns: Positions, models: int) -> Floats:
    """(n, M) with a 1 in each row's column, none where that is `NOBODY`."""
    shares = np.zeros((len(columns), models))
    known = np.flatnonzero(columns != NOBODY)
    shares[known, columns[known]] = 1.0
    return shares
