"""Embeddings of responses, mapped from disk: 50,000 items of 10 models are 768 MB that need not be in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jisi.routing.arrays import Positions


@dataclass(frozen=True, slots=True, eq=False)
class VectorFile:
    """The vectors of one bank file."""

    vectors: NDArray[np.float32]
    """(models, rows, d), mapped; NaN where no response was recorded."""
    models: Mapping[str, int]
    """Each model's place in it."""


@dataclass(frozen=True, slots=True, eq=False)
class ResponseVectors:
    """The vectors of several bank files, one after the other."""

    files: Sequence[VectorFile]
    dimensions: int

    def of(self, model: str, rows: Positions) -> NDArray[np.float32]:
        """Read the vectors of a model at these rows: (len(rows), d), NaN where there are none."""
        found = np.full((len(rows), self.dimensions), np.nan, np.float32)
        start = 0
        for file in self.files:
            length = file.vectors.shape[1]
            here = np.flatnonzero((rows >= start) & (rows < start + length))
            if model in file.models and len(here):
                found[here] = file.vectors[file.models[model]][rows[here] - start]
            start += length
        return found
