"""Recorded items as aligned arrays: rows are items, columns are models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from jisi.evaluation.recordings.vectors import ResponseVectors
from jisi.routing.arrays import Flags, Floats, Positions
from jisi.routing.bank import Bank
from jisi.support.lines import ItemKey

Numbers = NDArray[np.int32]
"""Small whole numbers: codes of datasets and of answers."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Recordings:
    """n items with what M models did on each; NaN marks a number that was not recorded."""

    keys: tuple[ItemKey, ...]
    """(n,) what names each item."""
    dataset_names: tuple[str, ...]
    """The D datasets of the files, sorted."""
    datasets: Numbers
    """(n,) each item's place in `dataset_names`."""
    models: tuple[str, ...]
    """Names of the M columns."""
    queries: NDArray[np.float32]
    """E: (n, d), unit norm."""
    scores: Floats
    """y: (n, M) in [0, 1]."""
    prompt_tokens: Floats
    """(n, M)."""
    completion_tokens: Floats
    """L: (n, M)."""
    costs: Floats
    """(n, M) USD."""
    usable: Flags
    """(n, M) whether there is a response that can be compared and can answer (ALGORITHM.md 0)."""
    empty: Flags
    """(n, M) whether a response was recorded that holds nothing."""
    answers: Numbers
    """(n, M) final answers: equal numbers within a row are equal answers; -1 where none could be parsed."""
    vectors: ResponseVectors
    """R: embeddings of the responses, on disk."""
    rows: Positions
    """(n,) each item's row in `vectors`."""

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, positions: Positions) -> Self:
        """Give these items, in this order; the vectors stay where they are."""
        return replace(
            self,
            keys=tuple(map(self.keys.__getitem__, positions.tolist())),
            datasets=self.datasets[positions],
            queries=np.ascontiguousarray(self.queries[positions]),
            scores=self.scores[positions],
            prompt_tokens=self.prompt_tokens[positions],
            completion_tokens=self.completion_tokens[positions],
            costs=self.costs[positions],
            usable=self.usable[positions],
            empty=self.empty[positions],
            answers=self.answers[positions],
            rows=self.rows[positions],
        )

    def for_models(self, models: Sequence[str]) -> Self:
        """Give the same items with the records of these models only, in this order; each must be known."""
        if tuple(models) == self.models:
            return self
        columns = [self.models.index(model) for model in models]
        return replace(
            self,
            models=tuple(models),
            scores=self.scores[:, columns],
            prompt_tokens=self.prompt_tokens[:, columns],
            completion_tokens=self.completion_tokens[:, columns],
            costs=self.costs[:, columns],
            usable=self.usable[:, columns],
            empty=self.empty[:, columns],
            answers=self.answers[:, columns],
        )

    def with_empty_usable(self) -> Self:
        """Take empty responses as they are, as the reference implementation does, instead of as no response."""
        return replace(self, usable=self.usable | self.empty)

    def column(self, model: str) -> int:
        """Give a model's column."""
        return self.models.index(model)

    def responses(self, model: str, positions: Positions | None = None) -> NDArray[np.float32]:
        """R of one model, of all items or of those at these places: (n, d), NaN where it has no usable response."""
        wanted = slice(None) if positions is None else positions
        vectors = self.vectors.of(model, self.rows[wanted])
        vectors[~self.usable[wanted, self.column(model)]] = np.nan
        return vectors

    def bank(self) -> Bank:
        """Give the items as the support set of the maths, in their order."""
        return Bank(
            item_ids=np.arange(len(self), dtype=np.int64),
            embeddings=self.queries,
            scores=self.scores,
            tokens=self.completion_tokens,
            models=self.models,
        )
