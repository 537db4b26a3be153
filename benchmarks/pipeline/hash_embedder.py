"""An embedder that costs nothing, so that the pipeline without embedding can be measured."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic_bank import NOISE, random_unit_vectors, scaled

DIMENSIONS = 384
NOISES = 1024
"""Vectors that tell the texts of one seed apart."""


class HashEmbedder:
    """Places each text near one of `seeds` vectors, by a checksum of it: constant time, and the same in every process.

    It knows nothing of meaning. Its seeds are those the synthetic bank is made around, so that queries are spread over
    the bank and each is decided by a support set of its own.
    """

    def __init__(self, seeds: int) -> None:
        """Make the tables; `seeds` must be those of the bank."""
        random = np.random.default_rng(seeds)
        self.seeds = random_unit_vectors(random, seeds, DIMENSIONS)
        self._noises = NOISE * random_unit_vectors(random, NOISES, DIMENSIONS)
        self._identity = identity(seeds)

    @property
    def identity(self) -> str:
        """Name and number of seeds: a bank made around others is refused."""
        return self._identity

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give the vectors of the texts, shape (len(texts), 384)."""
        checksums = np.array([zlib.crc32(text.encode("utf-8", "replace")) for text in texts], dtype=np.int64)
        near = self.seeds[checksums % len(self.seeds)] + self._noises[checksums // len(self.seeds) % NOISES]
        return scaled(near)

    async def close(self) -> None:
        """Nothing is held."""


def identity(seeds: int) -> str:
    """Give the identity of the embedder of so many seeds."""
    return f"checksum/{seeds}"
