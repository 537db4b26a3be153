"""Vectors kept on disk: importing the same texts again, into whatever database, embeds nothing again."""

import asyncio
import hashlib
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jisi.embedding.protocol import Embedder

_BUSY_SECONDS = 30.0
"""How long a write waits for another process's, which takes milliseconds."""
_LOOKED_UP_AT_ONCE = 500


class CachedEmbedder:
    """An embedder that asks a file first. For imports and evaluations: a service meets few texts twice.

    The file is SQLite's, one an identity, so several processes may use it at once, and a killed one leaves it whole.
    """

    def __init__(self, *, embedder: Embedder, folder: Path) -> None:
        """Wrap `embedder`, keeping its vectors in `folder`; whoever closes this closes the embedder too."""
        self._embedder = embedder
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{re.sub(r'[^A-Za-z0-9.-]+', '_', embedder.identity)}.sqlite"
        self.hits = 0
        """Texts found, of all that were asked."""
        with closing(self._connect()) as connection, connection:
            # Ten rows a page; with SQLite's four kilobytes there would be two, and a fifth of the file empty.
            connection.execute("pragma page_size = 16384")
            connection.execute("pragma journal_mode = wal")
            connection.execute("create table if not exists vector (text blob primary key, vector blob)")

    @property
    def identity(self) -> str:
        """Name of model and window."""
        return self._embedder.identity

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts in order, those not yet known by the embedder; shape (len(texts), dimensions)."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        found = await asyncio.to_thread(self._read, keys)
        self.hits += sum(key in found for key in keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            vectors = await self._embedder.embed(list(missing.values()))
            fresh = dict(zip(missing, vectors, strict=True))
            await asyncio.to_thread(self._write, fresh)
            found.update(fresh)
        made = np.empty((len(texts), self.dimensions), np.float32)
        for place, key in enumerate(keys):
            made[place] = found[key]
        return made

    async def close(self) -> None:
        """Release the embedder's threads and connections."""
        await self._embedder.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=_BUSY_SECONDS)
        # A crash of the machine may lose the last vectors, never damage the file: they can be made again.
        connection.execute("pragma synchronous = normal")
        return connection

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        with closing(self._connect()) as connection:
            for start in range(0, len(keys), _LOOKED_UP_AT_ONCE):
                part = keys[start : start + _LOOKED_UP_AT_ONCE]
                marks = ",".join("?" * len(part))
                statement = f"select text, vector from vector where text in ({marks})"  # noqa: S608 - question marks only
                for key, vector in connection.execute(statement, part):
                    found[key] = np.frombuffer(vector, dtype="<f4")
        return {key: vector for key, vector in found.items() if len(vector) == self.dimensions}

    def _write(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        with closing(self._connect()) as connection, connection:
            connection.executemany("insert or replace into vector values (?, ?)", rows)
