"""The embedding bank in memory: the items, their query embeddings and what each model did on them (ALGORITHM.md 0)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from jisi.routing.arrays import Embeddings, Floats, Positions


@dataclass(frozen=True, slots=True)
class Expert:
    """An eligible model; a sequence of them is in the order of the pool file, which settles the last ties."""

    name: str
    prompt_price: float
    """USD a million prompt tokens."""
    completion_price: float
    """USD a million completion tokens."""

    @property
    def price(self) -> float:
        """What ties are settled by: prompt and completion price together."""
        return self.prompt_price + self.completion_price


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bank:
    """All items i = 1..N and the records of M models on them, in item order.

    One decision uses one bank: the services swap the whole object when the stored bank changes.

    Raises:
        ValueError: shapes that do not fit together, embeddings that are not finite, scores outside [0, 1].
    """

    item_ids: Positions
    """(N,) int64."""
    embeddings: Embeddings
    """E: (N, d), float32 or float64, C-contiguous, rows of unit norm."""
    scores: Floats
    """y: (N, M) in [0, 1], NaN where not recorded."""
    tokens: Floats
    """L: (N, M) completion tokens on the bank's basis, NaN where not recorded."""
    models: tuple[str, ...]
    """Names of the M columns."""
    largest_norm: float = field(init=False, repr=False)
    """Largest norm of an embedding: bounds the rounding error of a similarity computed in float32."""
    _known: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        items, models = len(self.item_ids), len(self.models)
        if self.embeddings.ndim != 2 or len(self.embeddings) != items:  # noqa: PLR2004 - a matrix
            raise ValueError(f"embeddings must have a row for each of {items} items, not shape {self.embeddings.shape}")
        if self.embeddings.dtype not in (np.float32, np.float64):
            raise ValueError(f"embeddings must be float32 or float64, not {self.embeddings.dtype}")
        for name, records in (("scores", self.scores), ("tokens", self.tokens)):
            if records.shape != (items, models):
                raise ValueError(f"{name} must have shape {(items, models)}, not {records.shape}")
        if len(set(self.models)) != models:
            raise ValueError(f"models must be distinct, not {self.models}")
        if ((self.scores < 0) | (self.scores > 1)).any():
            raise ValueError("scores must lie between 0 and 1; NaN marks one that is not recorded")
        if (self.tokens < 0).any() or np.isinf(self.tokens).any():
            raise ValueError("tokens must be finite and not negative; NaN marks what is not recorded")
        squares = np.einsum("ij,ij->i", self.embeddings, self.embeddings)
        largest = float(np.sqrt(squares.max(initial=0.0)))
        if not np.isfinite(squares).all():
            raise ValueError("embeddings must be finite")
        object.__setattr__(self, "embeddings", np.ascontiguousarray(self.embeddings))
        object.__setattr__(self, "largest_norm", largest)
        known = np.flatnonzero((~np.isnan(self.scores)).any(axis=0)).tolist()
        object.__setattr__(self, "_known", frozenset(self.models[column] for column in known))

    def __len__(self) -> int:
        return len(self.item_ids)

    @property
    def dimensions(self) -> int:
        """d: length of an embedding."""
        return int(self.embeddings.shape[1])

    def knows(self, model: str) -> bool:
        """Whether any score of a model is recorded."""
        return model in self._known

    def scores_at(self, positions: Positions, models: Sequence[str]) -> Floats:
        """Scores y of some items for some models: (len(positions), len(models)), NaN for a model the bank lacks."""
        return self._columns(self.scores, positions, models)

    def tokens_at(self, positions: Positions, models: Sequence[str]) -> Floats:
        """Completion tokens L of some items for some models: (len(positions), len(models)), NaN where unknown."""
        return self._columns(self.tokens, positions, models)

    def for_models(self, models: Sequence[str]) -> Self:
        """The same items with the records of these models only, in this order; one the bank lacks is all NaN."""
        every = np.arange(len(self), dtype=np.int64)
        return type(self)(
            item_ids=self.item_ids,
            embeddings=self.embeddings,
            scores=self.scores_at(every, models),
            tokens=self.tokens_at(every, models),
            models=tuple(models),
        )

    def _columns(self, records: Floats, positions: Positions, models: Sequence[str]) -> Floats:
        column_of = {name: column for column, name in enumerate(self.models)}
        rows = records[positions]
        taken = np.full((len(positions), len(models)), np.nan)
        for place, name in enumerate(models):
            column = column_of.get(name)
            if column is not None:
                taken[:, place] = rows[:, column]
        return taken
