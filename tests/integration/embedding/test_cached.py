"""Vectors kept on disk."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jisi.embedding.cached import CachedEmbedder
from numpy.typing import NDArray


class LengthEmbedder:
    """Gives (length, 1) for a text, and remembers what it was asked."""

    def __init__(self, identity: str = "length/1") -> None:
        self.identity = identity
        self.dimensions = 2
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed."""
        self.asked.extend(texts)
        return np.array([[len(text), 1] for text in texts], np.float32)

    async def close(self) -> None:
        """Nothing to release."""


async def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    """Known texts come from the file, for another process too, and in the order asked."""
    first, second = LengthEmbedder(), LengthEmbedder()
    await CachedEmbedder(embedder=first, folder=tmp_path).embed(["a", "bb", "a"])
    cached = CachedEmbedder(embedder=second, folder=tmp_path)

    vectors = await cached.embed(["bb", "ccc\ud83e", "a"])

    assert first.asked == ["a", "bb"]
    assert second.asked == ["ccc\ud83e"]
    assert cached.hits == 2
    np.testing.assert_array_equal(vectors, [[2, 1], [4, 1], [1, 1]])


async def test_another_embedder_has_its_own_file(tmp_path: Path) -> None:
    """Vectors of different models never meet."""
    await CachedEmbedder(embedder=LengthEmbedder(), folder=tmp_path).embed(["a"])
    other = LengthEmbedder("other/1")

    await CachedEmbedder(embedder=other, folder=tmp_path).embed(["a"])

    assert other.asked == ["a"]


async def test_many_at_once(tmp_path: Path) -> None:
    """Concurrent calls, larger than one look-up, all come back right."""
    cached = CachedEmbedder(embedder=LengthEmbedder(), folder=tmp_path)
    texts = ["x" * number for number in range(600)]

    results = await asyncio.gather(*(cached.embed(texts) for _ in range(3)))

    for vectors in results:
        np.testing.assert_array_equal(vectors[:, 0], range(600))
