"""Recordings made from bank files: texts are embedded once, and their vectors mapped from disk ever after."""

import asyncio
import hashlib
import json
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisi.embedding.protocol import Embedder
from jisi.errors import InputError
from jisi.evaluation.recordings.reading import FileRecords, lines_of, read_records, texts_of
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.recordings.vectors import ResponseVectors, VectorFile
from jisi.support.lines import BankLine

LINES_AT_ONCE = 16
"""Items handed to the embedder together, with all their responses; whoever interrupts loses no more than a few such."""

BEGUN_AT_ONCE = 4
"""Such parts that the embedder has at a time: while one is kept, or its last text waited for, it works on the next."""

QUERIES, RESPONSES = "queries.npy", "responses.npy"

Embedded = Callable[[int, int], None]
"""Told how many texts of how many are embedded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How bank files become recordings."""

    embedder: Embedder
    """One that remembers, where an interrupted run is to be resumed."""
    folder: Path
    """Keeps the vectors of each file, a folder each."""
    embedded: Embedded

    async def prepare(self, files: Sequence[Path], models: Sequence[str], compared: Sequence[str]) -> Recordings:
        """Read all files, in order; the responses of the models `compared` are embedded, of others only counted.

        Raises:
            InputError: a file is wrong, or an item is in two of them; names file, line and field.
        """
        records = [await asyncio.to_thread(read_records, file, models) for file in files]
        _require_distinct(files, records)
        folders = [self.folder / _name(file, compared, self.embedder.identity) for file in files]
        missing = [
            (file, folder, len(read.keys))
            for file, folder, read in zip(files, folders, records, strict=True)
            if not (folder / RESPONSES).is_file()
        ]
        total = sum(rows for _, _, rows in missing) * (len(compared) + 1)
        done = 0
        for file, folder, rows in missing:
            done = await self._embed(file, folder, rows, compared, done=done, total=total)
        return _assemble(records, folders, models, compared, self.embedder.dimensions)

    async def _embed(self, file: Path, folder: Path, rows: int, models: Sequence[str], *, done: int, total: int) -> int:
        """Embed a file into a folder that appears only when it is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        width = self.embedder.dimensions
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as scratch:
            unfinished = Path(scratch) / "vectors"
            unfinished.mkdir()
            queries = _create(unfinished / QUERIES, (rows, width))
            responses = _create(unfinished / RESPONSES, (len(models), rows, width))
            start = 0
            async with aclosing(self._embedded_parts(file, models)) as parts:
                async for vectors in parts:
                    end = start + len(vectors)
                    queries[start:end] = vectors[:, 0]
                    responses[:, start:end] = vectors[:, 1:].swapaxes(0, 1)
                    start = end
                    done += vectors.shape[0] * vectors.shape[1]
                    self.embedded(done, total)
            queries.flush()
            responses.flush()
            _put(unfinished, folder)
        return done

    async def _embedded_parts(self, file: Path, models: Sequence[str]) -> AsyncGenerator[NDArray[np.float32]]:
        """Give the vectors of some lines after the other, (lines, 1 + models, d): those of the query first."""
        parts = _parts(lines_of(file))
        begun: deque[asyncio.Task[NDArray[np.float32]]] = deque()
        try:
            while lines := await asyncio.to_thread(next, parts, None):
                texts = [texts_of(line, models) for line in lines]
                begun.append(asyncio.create_task(self._vectors_of(texts)))
                if len(begun) == BEGUN_AT_ONCE:
                    yield await begun.popleft()
            while begun:
                yield await begun.popleft()
        finally:
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)

    async def _vectors_of(self, texts: Sequence[Sequence[str | None]]) -> NDArray[np.float32]:
        """Embed the texts that are there, (lines, texts of each, d); NaN for the others."""
        shape = (len(texts), len(texts[0]), self.embedder.dimensions)
        vectors = np.full(shape, np.nan, np.float32)
        there = np.array([[text is not None for text in line] for line in texts], np.bool_)
        vectors[there] = await self.embedder.embed([text for line in texts for text in line if text is not None])
        return vectors


def file_digest(file: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _name(file: Path, models: Sequence[str], identity: str) -> str:
    """Name the folder of a file's vectors by all they depend on."""
    named = json.dumps([file_digest(file), list(models), identity])
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _assemble(
    records: Sequence[FileRecords], folders: Sequence[Path], models: Sequence[str], compared: Sequence[str], width: int
) -> Recordings:
    keys = tuple(key for one in records for key in one.keys)
    names = tuple(sorted({key.dataset for key in keys}))
    place_of = {name: place for place, name in enumerate(names)}
    columns = {model: place for place, model in enumerate(compared)}
    queries: list[NDArray[np.float32]] = [np.load(folder / QUERIES) for folder in folders]
    files = [VectorFile(np.load(folder / RESPONSES, mmap_mode="r"), columns) for folder in folders]

    def joined(field: str) -> NDArray[Any]:
        return np.concatenate([getattr(one, field) for one in records])

    return Recordings(
        keys=keys,
        dataset_names=names,
        datasets=np.array([place_of[key.dataset] for key in keys], np.int32),
        models=tuple(models),
        queries=np.concatenate(queries),
        scores=joined("scores"),
        prompt_tokens=joined("prompt_tokens"),
        completion_tokens=joined("completion_tokens"),
        costs=joined("costs"),
        usable=joined("usable"),
        empty=joined("empty"),
        answers=joined("answers"),
        vectors=ResponseVectors(files, width),
        rows=np.arange(len(keys), dtype=np.int64),
    )


def _put(unfinished: Path, folder: Path) -> None:
    """Put a whole folder in place, unless another process did so meanwhile."""
    if not folder.exists():
        unfinished.rename(folder)


def _create(file: Path, shape: tuple[int, ...]) -> Any:  # noqa: ANN401 - numpy's memory map has no precise type
    return np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape)


def _parts(lines: Iterator[BankLine]) -> Iterator[list[BankLine]]:
    while part := list(islice(lines, LINES_AT_ONCE)):
        yield part


def _require_distinct(files: Sequence[Path], records: Sequence[FileRecords]) -> None:
    first: dict[object, Path] = {}
    for file, read in zip(files, records, strict=True):
        for key in read.keys:
            if first.setdefault(key, file) != file:
                raise InputError(f"{file}: item {key} is in {first[key]} too; give it once.")
