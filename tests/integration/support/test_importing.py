"""Importing bank files into Postgres."""

import asyncio
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jisi.database import driver_connection
from jisi.embedding.protocol import Embedder
from jisi.errors import TransientError
from jisi.support.identity import BankMismatchError, read_identity
from jisi.support.importing import CHUNK_ITEMS, ImportBank
from jisi.support.reading import read_items
from jisi.support.removal import clear_bank
from jisi.support.scan import BadLinesError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import QuietProgress, RandomEmbedder, WatchedEmbedder, line, write
from tests.integration.support.conftest import Fill


async def stored(engine: AsyncEngine) -> list[dict[str, Any]]:
    """Read the bank back as lines."""
    async with driver_connection(engine) as connection:
        return [each async for lines in read_items(connection) for each in lines]


async def rows(engine: AsyncEngine, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement of the test's own."""
    async with driver_connection(engine) as connection:
        return await (await connection.execute(statement)).fetchall()


async def test_an_item_is_stored_with_its_vectors(engine: AsyncEngine, embedder: Embedder, fill: Fill) -> None:
    """Query and usable responses have the embedder's vectors, reasoning left out; an unusable response has none."""
    report = await fill([line(2)])

    expected = await embedder.embed(["What is 2 plus 2?", "4", "5"])
    queries = await rows(engine, "select embedding from item")
    responses = await rows(engine, "select name, embedding from response join model on id = model_id order by name")
    assert (report.added, report.texts) == (1, 3)
    np.testing.assert_array_equal(queries[0][0].to_numpy(), expected[0])
    assert [name for name, _ in responses] == ["alpha", "beta", "gamma"]
    np.testing.assert_array_equal(responses[0][1].to_numpy(), expected[1])
    np.testing.assert_array_equal(responses[1][1].to_numpy(), expected[2])
    assert responses[2][1] is None


async def test_scores_and_tokens_are_numbers(engine: AsyncEngine, fill: Fill) -> None:
    """The router reads a score of false as 0 and a missing one as null."""
    await fill([line(2)])

    found = await rows(engine, "select name, score, tokens, cost from record join model on id = model_id order by name")
    assert found == [("alpha", 1.0, 5, 0.25), ("beta", 0.0, 40, 0.5), ("gamma", None, None, None)]


async def test_importing_again_does_nothing(embedder: Embedder, fill: Fill) -> None:
    """The same lines are recognised, embed nothing, and make no new version."""
    lines = [line(number) for number in range(3)]
    first = await fill(lines)
    watched = WatchedEmbedder(embedder)

    second = await fill(lines, using=watched)

    assert (second.added, second.replaced, second.unchanged) == (0, 0, 3)
    assert second.version == first.version
    assert watched.asked == []


async def test_a_changed_line_replaces_its_item_in_its_place(
    engine: AsyncEngine, embedder: Embedder, fill: Fill
) -> None:
    """Only what changed is embedded anew, the item keeps its place in the order, and nothing of the old is left."""
    await fill([line(number) for number in range(3)])
    before = await rows(engine, "select id, index from item order by id")
    watched = WatchedEmbedder(embedder)
    changed = line(1, raw_output={"alpha": "2", "delta": "two"}, records={"alpha": 0.5})

    report = await fill([line(0), changed, line(2)], using=watched)

    assert (report.replaced, report.unchanged) == (1, 2)
    assert watched.asked == ["two"]
    assert await stored(engine) == [line(0), changed, line(2)]
    assert await rows(engine, "select id, index from item order by id") == before


async def test_a_model_is_added_to_items_that_are_there(engine: AsyncEngine, embedder: Embedder, fill: Fill) -> None:
    """With merge a line that names one model adds it, embeds its response alone, and leaves the others."""
    await fill([line(0), line(1)])
    watched = WatchedEmbedder(embedder)
    delta: dict[str, Any] = {"records": {"delta": 0.5}, "usages": {}, "raw_output": {"delta": "nought"}}

    report = await fill([line(0, **delta), line(2, **delta)], using=watched, merge=True)

    added = line(0)
    for field, of_delta in delta.items():
        added[field].update(of_delta)
    assert (report.added, report.replaced) == (1, 1)
    assert watched.asked == ["nought", "What is 2 plus 2?"]
    assert await stored(engine) == [added, line(1), line(2, **delta)]

    again = await fill([line(0, **delta), line(1)], merge=True)
    assert (again.unchanged, again.version) == (2, report.version)


async def test_items_keep_the_order_of_the_file(engine: AsyncEngine, fill: Fill) -> None:
    """Item order settles ties, so it must be the file's, across chunks too."""
    lines = [line(number) for number in range(2 * CHUNK_ITEMS + 1)][::-1]

    report = await fill(lines)

    assert await stored(engine) == lines
    assert report.version == 3


async def test_an_interrupted_import_goes_on(engine: AsyncEngine, embedder: Embedder, fill: Fill) -> None:
    """What was committed before the embedder broke down is not embedded again."""
    lines = [line(number) for number in range(3 * CHUNK_ITEMS)]
    texts_a_chunk = 3 * CHUNK_ITEMS
    with pytest.raises(TransientError, match="endpoint is down"):
        await fill(lines, using=WatchedEmbedder(embedder, fails_after=2 * texts_a_chunk))
    kept = len(await stored(engine))
    watched = WatchedEmbedder(embedder)

    report = await fill(lines, using=watched)

    assert kept >= CHUNK_ITEMS
    assert (report.added, report.unchanged) == (len(lines) - kept, kept)
    assert {text for text in watched.asked if text.startswith("What")} == {each["query"] for each in lines[kept:]}
    assert await stored(engine) == lines


async def test_a_bad_line_stops_everything_before_it_begins(
    engine: AsyncEngine, embedder: Embedder, fill: Fill
) -> None:
    """Nothing is embedded or stored when a line is wrong, wherever in the file it stands."""
    watched = WatchedEmbedder(embedder)

    with pytest.raises(BadLinesError, match=r"bank\.jsonl, line 2: records\.alpha: must be a number from 0 to 1"):
        await fill([line(0), line(1, records={"alpha": 7})], using=watched)

    assert watched.asked == []
    assert await stored(engine) == []


async def test_the_rest_can_be_imported(engine: AsyncEngine, fill: Fill) -> None:
    """With skip_bad the good lines are stored, and the bad ones counted and listed."""
    report = await fill([line(0), line(1, records={"alpha": 7}), line(2, query="nul \0")], skip_bad=True)

    assert await stored(engine) == [line(0)]
    assert [(error.line, error.field) for error in report.bad] == [(2, "records.alpha"), (3, "query")]


async def test_one_split_only(engine: AsyncEngine, fill: Fill) -> None:
    """Items of the other split are left out and counted."""
    report = await fill([line(0), line(1, split="test")], split="train")

    assert await stored(engine) == [line(0)]
    assert report.other_split == 1


async def test_another_embedder_is_refused(engine: AsyncEngine, embedder: Embedder, fill: Fill) -> None:
    """The error names both embedders and says what to do; nothing is changed."""
    await fill([line(0)])

    with pytest.raises(BankMismatchError, match=r"all-MiniLM-L6-v2/tail-254 .* embeds with other .* jisi bank clear"):
        await fill([line(1)], using=WatchedEmbedder(embedder, identity="other"))

    assert await stored(engine) == [line(0)]


async def test_another_token_basis_is_refused(engine: AsyncEngine, fill: Fill) -> None:
    """The first import fixes the basis; later ones need not repeat it and must not contradict it."""
    await fill([line(0)], token_basis="visible")
    await fill([line(1)])

    with pytest.raises(BankMismatchError, match="'visible', but 'usage' is asked for"):
        await fill([line(2)], token_basis="usage")

    async with driver_connection(engine) as connection:
        assert (await read_identity(connection)).token_basis == "visible"


async def test_two_imports_at_once(engine: AsyncEngine, embedder: Embedder, tmp_path: Path) -> None:
    """They wait for each other's commits, and every item is there once."""
    lines = [line(number) for number in range(2 * CHUNK_ITEMS)]
    files = [write(tmp_path / "all.jsonl", lines), write(tmp_path / "reversed.jsonl", lines[::-1])]

    await asyncio.gather(
        *(ImportBank(engine=engine, embedder=embedder, progress=QuietProgress()).run([file]) for file in files)
    )

    assert sorted(each["index"] for each in await stored(engine)) == list(range(len(lines)))


async def test_progress_counts_every_text(engine: AsyncEngine, embedder: Embedder, tmp_path: Path) -> None:
    """The bar ends where it should: repeated and already known texts count, too."""
    lines = [line(number, query="the same question") for number in range(CHUNK_ITEMS + 1)]
    file = write(tmp_path / "bank.jsonl", lines)
    progress = QuietProgress()

    report = await ImportBank(engine=engine, embedder=embedder, progress=progress).run([file])

    assert progress.texts == report.texts == 3 * len(lines)
    assert progress.versions == [1, 2]


async def test_a_long_response_leaves_the_vector_in_its_row(engine: AsyncEngine, fill: Fill) -> None:
    """The vector of a response is read without a detour, however long the text beside it."""
    long = "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz ", k=9_000))
    await fill([line(0, raw_output={"alpha": long})])

    size = await rows(
        engine, "select pg_column_toast_chunk_id(embedding), pg_column_toast_chunk_id(text) from response"
    )
    assert size[0][0] is None
    assert size[0][1] is not None


async def test_vectors_longer_than_a_page(engine: AsyncEngine, fill: Fill) -> None:
    """A model of thousands of dimensions is stored as well, its vectors beside their rows; a smaller one is not."""
    large = RandomEmbedder(dimensions=3_584)

    await fill([line(0), line(1)], using=large)

    expected = await large.embed(["What is 1 plus 1?"])
    found = await rows(
        engine, "select embedding, pg_column_toast_chunk_id(embedding) is not null from item order by id"
    )
    np.testing.assert_array_equal(found[1][0].to_numpy(), expected[0])
    assert found[1][1]
    async with driver_connection(engine, autocommit=True) as connection:
        await clear_bank(connection)
    await fill([line(0)], using=RandomEmbedder(dimensions=384))
    assert await rows(engine, "select pg_column_toast_chunk_id(embedding) from item") == [(None,)]
