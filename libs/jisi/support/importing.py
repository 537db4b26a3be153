"""Importing bank files: checked whole, embedded once, committed chunk by chunk, taken up again where it stopped."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.embedding.protocol import Embedder
from jisi.support.identity import TokenBasis, read_identity
from jisi.support.lines import BadLineError, BankLine, Split, check_content
from jisi.support.reading import lines_of_items
from jisi.support.scan import BadLinesError, Scan, read_again, scan
from jisi.support.store import EmbeddedLine, Written, existing_digests, stored_vectors, write_chunk
from jisi.support.vectors import embed_lines, texts_of

CHUNK_ITEMS = 32
"""Items committed at once: some ten seconds of embedding on two cores, which is what an interruption costs at most."""


class ImportProgress(Protocol):
    """Whoever shows how far an import is."""

    def begin(self, found: Scan) -> None:
        """All lines are checked; `found` says what is to be done."""
        ...

    def embedded(self, texts: int) -> None:
        """So many more texts are embedded."""
        ...

    def committed(self, written: Written) -> None:
        """A chunk is in the bank, and a new version of it announced."""
        ...


@dataclass(slots=True)
class ImportReport:
    """What an import did."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    other_split: int = 0
    texts: int = 0
    """Texts of the items added or replaced, embedded or known before."""
    bad: list[BadLineError] = field(default_factory=list)
    version: int = 0
    """The bank's version afterwards."""
    seconds: float = 0.0


class ImportBank:
    """Imports bank files into the bank of a database."""

    def __init__(self, *, engine: AsyncEngine, embedder: Embedder, progress: ImportProgress) -> None:
        self._engine = engine
        self._embedder = embedder
        self._progress = progress

    async def run(
        self,
        files: Iterable[Path],
        *,
        split: Split | None = None,
        token_basis: TokenBasis | None = None,
        skip_bad: bool = False,
        merge: bool = False,
    ) -> ImportReport:
        """Import every line of the files whose item is new or changed, and say what was done.

        A line replaces the item of its key, or with `merge` is added to it: models it does not name stay.

        Raises BankMismatchError, BadLinesError (unless `skip_bad`) and InputError before anything is embedded. When it
        is interrupted, what was committed stays, and the next run does only the rest.
        """
        began = time.monotonic()
        found, version = await self._prepare(files, split=split, token_basis=token_basis)
        if found.bad and not skip_bad:
            raise BadLinesError(found.bad)
        self._progress.begin(found)
        report = ImportReport(
            other_split=found.other_split,
            texts=found.texts,
            bad=found.bad,
            version=version,
        )
        chunks = _chunks(read_again(found))
        # While one chunk is written the next is being embedded, so that the threads never wait for the database.
        ahead = self._embed_next(chunks, merge=merge)
        while (embedded := await ahead) is not None:
            ahead = self._embed_next(chunks, merge=merge)
            if not embedded:
                continue
            try:
                written = await self._write(embedded, token_basis=token_basis)
            except BaseException:
                ahead.cancel()
                raise
            report.added += written.added
            report.replaced += written.replaced
            report.version = written.version
            self._progress.committed(written)
        report.unchanged = found.unchanged + sum(map(len, found.todo.values())) - report.added - report.replaced
        if report.added or report.replaced:
            await self._analyze()
        report.seconds = time.monotonic() - began
        return report

    async def _prepare(
        self, files: Iterable[Path], *, split: Split | None, token_basis: TokenBasis | None
    ) -> tuple[Scan, int]:
        async with driver_connection(self._engine) as connection:
            identity = await read_identity(connection)
            identity.require_embedder(self._embedder)
            identity.require_token_basis(token_basis)
            present = await existing_digests(connection)
        return await asyncio.to_thread(scan, files, present=present, split=split), identity.version

    def _embed_next(
        self, chunks: Iterator[list[BankLine]], *, merge: bool
    ) -> "asyncio.Task[list[EmbeddedLine] | None]":
        return asyncio.create_task(self._embed(next(chunks, None), merge=merge))

    async def _embed(self, chunk: Sequence[BankLine] | None, *, merge: bool) -> list[EmbeddedLine] | None:
        if chunk is None:
            return None
        keys = [line.key for line in chunk]
        async with driver_connection(self._engine) as connection:
            known = await stored_vectors(connection, keys)
            present = await lines_of_items(connection, keys) if merge else {}
        if present:
            planned = sum(len(texts_of(line)) for line in chunk)
            chunk = [merged for line in chunk if (merged := _merged(line, present.get(line.key))) is not None]
            # The texts that were there before are no part of what was announced.
            self._progress.embedded(planned - sum(len(texts_of(line)) for line in chunk))
        return await embed_lines(chunk, embedder=self._embedder, known=known, done=self._progress.embedded)

    async def _write(self, lines: Sequence[EmbeddedLine], *, token_basis: TokenBasis | None) -> Written:
        async with driver_connection(self._engine, autocommit=True) as connection:
            return await write_chunk(connection, lines, embedder=self._embedder, token_basis=token_basis)

    async def _analyze(self) -> None:
        """Have Postgres count the new rows now: a plan made for an empty table would scan a full one."""
        async with driver_connection(self._engine, autocommit=True) as connection:
            await connection.execute("analyze item, record, response")


def _merged(line: BankLine, present: dict[str, Any] | None) -> BankLine | None:
    """Add what a line says to its item as it is: by model where the format is by model, else as a whole.

    None where the item says all of it already.
    """
    if present is None:
        return line
    by_model = {
        field: {**(present.get(field) or {}), **(line.content.get(field) or {})}
        for field in ("records", "usages", "raw_output")
        if present.get(field) or line.content.get(field)
    }
    merged = check_content({**present, **line.content, **by_model})
    return merged if merged.digest() != check_content(present).digest() else None


def _chunks(lines: Iterator[BankLine]) -> Iterator[list[BankLine]]:
    while chunk := list(islice(lines, CHUNK_ITEMS)):
        yield chunk
