"""Any model of the sentence-transformers library, on this machine: an extra, since it brings torch."""

import asyncio
import importlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisi.errors import PermanentError


class SentenceTransformersEmbedder:
    """Embeds with a sentence-transformers model, in one worker thread: torch spreads a batch over the cores itself."""

    def __init__(
        self, *, model: str, tail_tokens: int | None = None, threads: int | None = None, batch_size: int = 32
    ) -> None:
        """Load `model` (a name known to the library, or a folder) and have it keep the tail of its window.

        `tail_tokens` lowers the window. Raises PermanentError when the extra is not installed, or there is no
        such model.
        """
        # Imported here, not above: everything else of JiSi must start without torch.
        try:
            library: Any = importlib.import_module("sentence_transformers")
            torch: Any = importlib.import_module("torch")
        except ImportError as error:
            raise PermanentError(
                "this embedder needs an extra that is not installed: pip install 'jisi[sentence-transformers]'"
            ) from error
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            self._model: Any = library.SentenceTransformer(model, device="cpu" if threads else None)
        except (OSError, ValueError) as error:
            raise PermanentError(f"the embedding model {model} cannot be loaded: {error}") from error
        tokenizer = self._model.tokenizer
        specials = tokenizer.num_special_tokens_to_add()
        window = self._model.max_seq_length or tokenizer.model_max_length
        if tail_tokens is not None:
            window = min(window, tail_tokens + specials)
        self._model.max_seq_length = window
        tokenizer.truncation_side = "left"
        self._identity = f"{_model_name(model)}/tail-{window - specials}"
        self._dimensions = int(self._model.get_embedding_dimension())
        self._batch_size = batch_size
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed")

    @property
    def identity(self) -> str:
        """Name of model and window."""
        return self._identity

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts in order, shape (len(texts), dimensions)."""
        if not texts:
            return np.empty((0, self._dimensions), np.float32)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._encode, list(texts))

    async def close(self) -> None:
        """Wait for the batch being embedded, then end the thread."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        vectors = self._model.encode(
            clean,
            batch_size=self._batch_size,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


def _model_name(model: str) -> str:
    """Name a folder by its last part, and leave out the organisation that the default embedder's model comes from."""
    path = PurePath(model)
    return path.name if path.is_absolute() else model.removeprefix("sentence-transformers/")
