"""From checked lines to lines with vectors, each distinct text embedded once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from jisi.contracts.texts import is_usable, visible_text
from jisi.embedding.protocol import Embedder
from jisi.errors import JisiError
from jisi.support.lines import BankLine
from jisi.support.store import EmbeddedLine

SLICE = 16
"""Texts handed to the embedder at once: few enough that progress is seen to move, enough for an endpoint's request."""


def texts_of(line: BankLine) -> list[str]:
    """Give what is embedded of a line: its query, and of every usable response what is left without its reasoning."""
    return [
        line.query,
        *(visible_text(text) for text in line.responses.values() if text is not None and is_usable(text)),
    ]


async def embed_lines(
    lines: Sequence[BankLine],
    *,
    embedder: Embedder,
    known: Mapping[str, NDArray[np.float32]],
    done: Callable[[int], None],
) -> list[EmbeddedLine]:
    """Embed the texts of these lines that have no known vector; `done` is called with how many texts were dealt with.

    All slices are handed over at once: the embedder keeps its own threads or requests busy with them, in order.
    """
    counts: dict[str, int] = {}
    for line in lines:
        for text in texts_of(line):
            counts[text] = counts.get(text, 0) + 1
    vectors = {text: known[text] for text in counts if text in known}
    done(sum(counts[text] for text in vectors))
    missing = [text for text in counts if text not in vectors]

    async def embed_slice(texts: Sequence[str]) -> None:
        vectors.update(zip(texts, await embedder.embed(texts), strict=True))
        done(sum(counts[text] for text in texts))

    try:
        async with asyncio.TaskGroup() as group:
            for start in range(0, len(missing), SLICE):
                group.create_task(embed_slice(missing[start : start + SLICE]))
    except* JisiError as failures:
        raise failures.exceptions[0] from None
    return [_with_vectors(line, vectors) for line in lines]


def _with_vectors(line: BankLine, vectors: Mapping[str, NDArray[np.float32]]) -> EmbeddedLine:
    return EmbeddedLine(
        line=line,
        query_vector=vectors[line.query],
        response_vectors={
            model: vectors[visible_text(text)]
            for model, text in line.responses.items()
            if text is not None and is_usable(text)
        },
    )
