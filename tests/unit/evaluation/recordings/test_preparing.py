"""Recordings made from bank files."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from jisi.embedding.cached import CachedEmbedder
from jisi.embedding.protocol import Embedder
from jisi.errors import InputError, TransientError
from jisi.evaluation.recordings.preparing import Preparation
from jisi.evaluation.recordings.recordings import Recordings
from numpy.typing import NDArray

from tests.unit.evaluation.recordings.files import CountingEmbedder, line, write_bank

MODELS = ("able", "baker")


async def prepared(
    folder: Path, *files: Path, embedder: Embedder | None = None, compared: tuple[str, ...] = MODELS
) -> Recordings:
    """Prepare files, keeping vectors in `folder`."""
    work = Preparation(embedder=embedder or CountingEmbedder(), folder=folder, embedded=lambda _done, _total: None)
    return await work.prepare(files, MODELS, compared)


async def test_numbers_stand_where_their_models_do(tmp_path: Path) -> None:
    """NaN where something was not recorded."""
    missing = line(1, records={"baker": 0.25}, usages={}, raw_output={"baker": "<think>hm</think>"})
    made = await prepared(tmp_path, write_bank(tmp_path / "bank.jsonl.gz", [line(0), missing]))

    np.testing.assert_equal(made.scores, [[1.0, 0.0], [np.nan, 0.25]])
    np.testing.assert_equal(made.prompt_tokens, [[5.0, 6.0], [np.nan, np.nan]])
    np.testing.assert_equal(made.completion_tokens, [[10.0, 20.0], [np.nan, np.nan]])
    np.testing.assert_equal(made.costs, [[0.1, np.nan], [np.nan, np.nan]])
    assert made.usable.tolist() == [[True, True], [False, False]]
    assert made.empty.tolist() == [[False, False], [False, True]]


async def test_equal_answers_have_equal_numbers(tmp_path: Path) -> None:
    """However they are worded."""
    same = line(0, raw_output={"able": "So \\boxed{4}", "baker": "The answer is 4."})
    made = await prepared(tmp_path, write_bank(tmp_path / "bank.jsonl", [same, line(1)]))

    assert made.answers[0, 0] == made.answers[0, 1] != -1
    assert made.answers[1, 0] != made.answers[1, 1]


async def test_vectors_are_of_what_is_visible(tmp_path: Path) -> None:
    """Reasoning is not embedded; what is not usable has no vector, unless empty responses are taken as they are."""
    embedder = CountingEmbedder()
    file = write_bank(
        tmp_path / "bank.jsonl", [line(0, raw_output={"able": "<think>aaa</think>seen", "baker": "<think>x"})]
    )
    made = await prepared(tmp_path, file, embedder=embedder)

    assert embedder.texts == ["question 0", "seen", ""]
    assert np.isfinite(made.responses("able")).all()
    assert np.isnan(made.responses("baker")).all()
    assert np.isfinite(made.with_empty_usable().responses("baker")).all()
    np.testing.assert_allclose(np.linalg.norm(made.queries, axis=1), 1.0, rtol=1e-6)


async def test_a_file_is_embedded_once(tmp_path: Path) -> None:
    """The next run maps its vectors, and gives the same."""
    file = write_bank(tmp_path / "bank.jsonl", [line(index) for index in range(70)])
    first = await prepared(tmp_path / "kept", file)
    again = CountingEmbedder()
    second = await prepared(tmp_path / "kept", file, embedder=again)

    assert again.texts == []
    np.testing.assert_equal(first.responses("baker"), second.responses("baker"))
    np.testing.assert_equal(first.queries, second.queries)


async def test_the_embedder_is_not_kept_waiting(tmp_path: Path) -> None:
    """The next lines are handed to it before it is done with those before; all find their places."""
    begun = asyncio.Event()

    class Waiting(CountingEmbedder):
        async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if self.texts:
                begun.set()
            vectors = await super().embed(texts)
            await asyncio.wait_for(begun.wait(), 30)
            return vectors

    file = write_bank(tmp_path / "bank.jsonl", [line(index, query="x" * (index + 1)) for index in range(70)])
    made = await prepared(tmp_path / "waiting", file, embedder=Waiting())
    expected = await CountingEmbedder().embed(["x" * (index + 1) for index in range(70)])

    np.testing.assert_array_equal(made.queries, expected)


async def test_what_was_embedded_before_an_interruption_is_not_embedded_again(tmp_path: Path) -> None:
    """And no half of a file passes for the whole."""

    class Breaking(CountingEmbedder):
        async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if "question 60" in texts:
                raise TransientError("The embedder is away: try again.")
            return await super().embed(texts)

    lines = [line(index, raw_output={"able": f"a {index}", "baker": f"b {index}"}) for index in range(70)]
    file = write_bank(tmp_path / "bank.jsonl", lines)
    first, second = Breaking(), CountingEmbedder()
    with pytest.raises(TransientError):
        await prepared(tmp_path / "kept", file, embedder=CachedEmbedder(embedder=first, folder=tmp_path / "cache"))
    assert list((tmp_path / "kept").iterdir()) == []
    made = await prepared(tmp_path / "kept", file, embedder=CachedEmbedder(embedder=second, folder=tmp_path / "cache"))

    assert len(first.texts) >= 32
    assert {*first.texts} & {*second.texts} == set()
    np.testing.assert_equal(made.responses("able"), (await prepared(tmp_path / "anew", file)).responses("able"))


async def test_a_changed_file_is_embedded_again(tmp_path: Path) -> None:
    """Its vectors would be another's."""
    file = write_bank(tmp_path / "bank.jsonl", [line(0)])
    await prepared(tmp_path / "kept", file)
    write_bank(file, [line(0, query="another question")])
    again = CountingEmbedder()
    await prepared(tmp_path / "kept", file, embedder=again)

    assert "another question" in again.texts


async def test_several_files_are_one(tmp_path: Path) -> None:
    """In the order in which they were given; rows find their vectors."""
    train = write_bank(tmp_path / "train.jsonl", [line(0), line(1)])
    long = {"able": "The answer is a long one, and so is this", "baker": "no"}
    test = write_bank(tmp_path / "test.jsonl", [line(2, split="test", dataset="words", raw_output=long)])
    made = await prepared(tmp_path / "kept", train, test)
    alone = await prepared(tmp_path / "kept", test)

    assert [key.index for key in made.keys] == [0, 1, 2]
    assert made.dataset_names == ("numbers", "words")
    assert made.datasets.tolist() == [0, 0, 1]
    picked = made.take(np.array([2, 0]))
    np.testing.assert_equal(picked.responses("able")[0], alone.responses("able")[0])
    assert not np.allclose(picked.responses("able")[1], alone.responses("able")[0])


async def test_models_that_are_only_references_are_not_embedded(tmp_path: Path) -> None:
    """Nothing is compared with their responses."""
    embedder = CountingEmbedder()
    made = await prepared(
        tmp_path, write_bank(tmp_path / "bank.jsonl", [line(0)]), embedder=embedder, compared=("able",)
    )

    assert embedder.texts == ["question 0", "The answer is 4."]
    assert np.isnan(made.responses("baker")).all()
    assert made.scores[0, 1] == 0.0


async def test_an_item_in_two_files_is_refused(tmp_path: Path) -> None:
    """It would be its own neighbour."""
    one, other = (write_bank(tmp_path / name, [line(0)]) for name in ("one.jsonl", "other.jsonl"))

    with pytest.raises(InputError, match=r"other\.jsonl: item numbers 0 \(train\) is in .*one\.jsonl"):
        await prepared(tmp_path / "kept", one, other)


async def test_a_bad_line_is_told(tmp_path: Path) -> None:
    """File, line and field."""
    file = write_bank(tmp_path / "bank.jsonl", [line(0), line(1, records={"able": 3})])

    with pytest.raises(InputError, match=r"bank\.jsonl, line 2: records\.able"):
        await prepared(tmp_path / "kept", file)
