"""Boosted trees as plain arrays: what was fitted elsewhere predicts here by numpy alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from jisi.routing.arrays import Flags, Floats, Positions

NODES_AT_ONCE = 500_000
"""Samples times trees in memory at once (4 MB an array)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trees:
    """T trees with N nodes together; a node's children stand after it, a leaf is its own child.

    Raises:
        ValueError: arrays that do not fit together, or by which no leaf would be reached.
    """

    baseline: float
    """Log-odds before any tree."""
    roots: Positions
    """(T,) node that each tree begins with."""
    features: Positions
    """(N,) which number of a sample a node asks for; at leaves 0."""
    thresholds: Floats
    """(N,) up to which it goes left; may be infinite, to tell what is missing from all else."""
    left: Positions
    """(N,)."""
    right: Positions
    """(N,)."""
    missing_left: Flags
    """(N,) whether it goes left where the number is missing (NaN)."""
    values: Floats
    """(N,) log-odds that a leaf adds."""

    def __post_init__(self) -> None:
        nodes = np.arange(len(self.features))
        parts = (self.features, self.thresholds, self.left, self.right, self.missing_left, self.values)
        if self.roots.ndim != 1 or any(part.shape != nodes.shape for part in parts):
            raise ValueError("the arrays of its nodes have different lengths")
        indices = (self.roots, self.features, self.left, self.right)
        if any(part.dtype.kind != "i" for part in indices) or self.missing_left.dtype.kind != "b":
            raise ValueError("an array of its nodes has the wrong type")
        leaves = (self.left == nodes) & (self.right == nodes)
        onwards = (self.left > nodes) & (self.right > nodes)
        within = (self.left < len(nodes)) & (self.right < len(nodes)) & (self.features >= 0)
        if not (leaves | onwards).all() or not within.all() or not _all_within(self.roots, len(nodes)):
            raise ValueError("a node leads to none that comes after it")
        if not np.isfinite(self.values).all() or np.isnan(self.thresholds).any() or not np.isfinite(self.baseline):
            raise ValueError("a number is missing")

    @property
    def wanted(self) -> int:
        """How many numbers a sample must have at least."""
        return int(self.features.max(initial=0)) + 1

    def chances(self, samples: Floats) -> Floats:
        """(n,) chance of each sample, (n, features)."""
        added = [self.values[leaves].sum(axis=1) for leaves, _ in self._descents(samples)]
        logits = self.baseline + np.concatenate(added)
        chances: Floats = 0.5 * (1.0 + np.tanh(0.5 * logits))
        return chances

    def margins(self, samples: Floats) -> Floats:
        """(n,) how much a number of each sample must move at least for another leaf to be reached."""
        return np.concatenate([nearest for _, nearest in self._descents(samples)])

    def _descents(self, samples: Floats) -> Iterator[tuple[Positions, Floats]]:
        """Descend with some samples at a time, so many as fit into memory; at least once."""
        size = max(1, NODES_AT_ONCE // max(1, len(self.roots)))
        for start in range(0, max(1, len(samples)), size):
            yield self._leaves(samples[start : start + size])

    def _leaves(self, samples: Floats) -> tuple[Positions, Floats]:
        """Descend in all trees at once; gives the leaves, (n, T), and how near a threshold each sample came, (n,)."""
        at = np.tile(self.roots, (len(samples), 1))
        rows = np.arange(len(samples))[:, np.newaxis]
        nearest = np.full(len(samples), np.inf)
        while True:
            asked = samples[rows, self.features[at]]
            missing = np.isnan(asked)
            goes_left = np.where(missing, self.missing_left[at], asked <= self.thresholds[at])
            following = np.where(goes_left, self.left[at], self.right[at])
            inner = following != at
            if not inner.any():
                return at, nearest
            distance = np.where(inner & ~missing, np.abs(asked - self.thresholds[at]), np.inf)
            nearest = np.minimum(nearest, distance.min(axis=1, initial=np.inf))
            at = np.ascontiguousarray(following)

    @classmethod
    def joined(cls, baseline: float, trees: "Sequence[Trees]") -> Self:
        """Put trees that are numbered each from 0 one after the other."""
        starts = np.cumsum([0, *(len(tree.features) for tree in trees)])[:-1].tolist()
        placed = list(zip(trees, starts, strict=True))
        return cls(
            baseline=baseline,
            roots=np.concatenate([tree.roots + start for tree, start in placed]),
            features=np.concatenate([tree.features for tree in trees]),
            thresholds=np.concatenate([tree.thresholds for tree in trees]),
            left=np.concatenate([tree.left + start for tree, start in placed]),
            right=np.concatenate([tree.right + start for tree, start in placed]),
            missing_left=np.concatenate([tree.missing_left for tree in trees]),
            values=np.concatenate([tree.values for tree in trees]),
        )


def _all_within(positions: Positions, count: int) -> bool:
    return bool(((positions >= 0) & (positions < count)).all())
