"""The embedder that costs nothing is an embedder all the same."""

import numpy as np

from benchmarks.pipeline.hash_embedder import DIMENSIONS, HashEmbedder


async def test_equal_texts_have_equal_vectors_in_every_process() -> None:
    """Of unit norm, whatever else is embedded with them; other texts have others."""
    texts = ["one", "two", "one", "\ud800 broken"]

    vectors = await HashEmbedder(8).embed(texts)
    again = await HashEmbedder(8).embed(texts[1:2])

    assert vectors.shape == (4, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert (vectors[0] == vectors[2]).all()
    assert (vectors[1] == again[0]).all()
    assert not np.allclose(vectors[0], vectors[1])


async def test_texts_lie_near_the_seeds_of_the_bank() -> None:
    """Each near one of them, and all of them are met."""
    embedder = HashEmbedder(8)

    similarity = await embedder.embed([f"query {number}" for number in range(200)]) @ embedder.seeds.T

    assert similarity.max(axis=1).min() > 0.9
    assert set(similarity.argmax(axis=1).tolist()) == set(range(8))


def test_another_number_of_seeds_is_another_embedder() -> None:
    """A bank made around others is refused by its identity."""
    assert HashEmbedder(8).identity != HashEmbedder(9).identity
