"""The default embedder on its own weights (fetched once, 84 MB)."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from jisi.artefacts import weights_folder
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.minilm import MiniLmEmbedder
from jisi.errors import PermanentError

from tests.integration.embedding.texts import TEXTS

VECTORS = Path(__file__).with_name("vectors.json")
"""What sentence-transformers 6.2 on torch 2.15 gives for TEXTS; `make test-extras` makes them again and compares."""


@pytest.fixture
async def embedder() -> AsyncIterator[MiniLmEmbedder]:
    """Give the default embedder."""
    embedder = MiniLmEmbedder(folder=weights_folder())
    yield embedder
    await embedder.close()


async def test_gives_the_vectors_of_sentence_transformers(embedder: MiniLmEmbedder) -> None:
    """Plain, empty, punctuated, accented, non-Latin, code, overlong-word and overlong texts agree to 1e-6."""
    expected = np.asarray(json.loads(VECTORS.read_text()))

    vectors = await embedder.embed(TEXTS)

    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=0, atol=1e-6)


async def test_a_vector_does_not_depend_on_its_neighbours(embedder: MiniLmEmbedder) -> None:
    """A text embedded among others has the same bits as the text alone, so bank and query agree exactly."""
    together = await embedder.embed(TEXTS)

    alone = np.concatenate([await embedder.embed([text]) for text in TEXTS])

    np.testing.assert_array_equal(together, alone)


async def test_no_text_gives_no_vector(embedder: MiniLmEmbedder) -> None:
    """An empty call keeps its shape."""
    assert (await embedder.embed([])).shape == (0, 384)


async def test_keeps_the_tail(embedder: MiniLmEmbedder) -> None:
    """Of a text longer than the window, only the end counts."""
    filler = "seven eight nine " * 200

    one, other, end_changed = await embedder.embed([f"begin {filler}", f"start {filler}", f"begin {filler} ten"])

    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, end_changed)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 30_000 + "and the end.",
        "no-space-at-all," * 3_000,
        "x" * 9_000 + " " + "few words behind one that is endless",
        "Größe\n質数 " * 5_000,
    ],
    ids=["words", "no white space", "endless word", "other scripts"],
)
def test_the_cut_before_tokenizing_changes_nothing(text: str) -> None:
    """Token ids of a very long text are those of tokenizing all of it."""
    embedder = MiniLmEmbedder(folder=weights_folder())

    assert embedder._tail_ids(text) == embedder._encode(text)


async def test_a_lone_surrogate_is_embedded_as_a_question_mark(embedder: MiniLmEmbedder) -> None:
    """What JSON can carry and Unicode cannot does not fail a query."""
    broken, mended = await embedder.embed(["cut off \ud83e", "cut off ?"])

    np.testing.assert_array_equal(broken, mended)


async def test_the_event_loop_stays_free(embedder: MiniLmEmbedder) -> None:
    """While texts are embedded, other tasks go on: heartbeats must not stop."""
    embedding = asyncio.create_task(embedder.embed(["many words to read " * 100] * 8))
    turns = 0
    while not embedding.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert turns > 8


async def test_cancelling_drops_the_texts_not_yet_begun(embedder: MiniLmEmbedder) -> None:
    """A query given up does not keep the threads busy: the next text is embedded long before the dropped ones would."""
    began = time.perf_counter()
    await embedder.embed(["many words to read " * 100])
    of_one = time.perf_counter() - began
    dropped = asyncio.create_task(embedder.embed(["many words to read " * 100] * 400))
    await asyncio.sleep(0)
    dropped.cancel()

    began = time.perf_counter()
    await embedder.embed(["next"])

    assert time.perf_counter() - began < 100 * of_one


async def test_several_threads_give_the_same(embedder: MiniLmEmbedder) -> None:
    """The number of threads is a matter of speed only."""
    single = create_embedder(EmbedderSettings(threads=1))

    np.testing.assert_array_equal(await single.embed(TEXTS), await embedder.embed(TEXTS))
    assert single.identity == embedder.identity == "all-MiniLM-L6-v2/tail-254"
    await single.close()


def test_a_folder_without_the_model_is_told(tmp_path: Path) -> None:
    """The error names the folder and what is missing there."""
    with pytest.raises(PermanentError, match=r"lacks model\.safetensors and tokenizer\.json"):
        MiniLmEmbedder(folder=tmp_path)


def test_no_torch_is_imported() -> None:
    """The default embedder starts without torch, transformers or sentence-transformers."""
    script = (
        "import sys\n"
        "from jisi.embedding import EmbedderSettings, create_embedder\n"
        "create_embedder(EmbedderSettings())\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )

    output = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert output.strip() == "[]"
