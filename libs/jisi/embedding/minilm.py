"""The default embedder: all-MiniLM-L6-v2 on ONNX Runtime, without torch.

Each text runs on its own, on one thread, and several texts at once: on a CPU that is faster than batching (no padding)
and makes a vector independent of its neighbours, so that a bank and a live query agree to the last bit.
"""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from jisi.embedding.minilm_graph import INPUT, WIDTH, build_graph, read_weights_index
from jisi.errors import PermanentError

IDENTITY = "all-MiniLM-L6-v2/tail-254"
WINDOW = 256
"""Tokens the model was trained to read, [CLS] and [SEP] included."""
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"

_TAIL_CHARACTERS = 8_192
"""First guess at the tail of a long text: 254 tokens of ordinary text are about 1,200 characters."""


class MiniLmEmbedder:
    """Embeds with all-MiniLM-L6-v2: the mean of the vectors of the last 254 tokens, scaled to unit norm (384)."""

    def __init__(self, *, folder: Path, threads: int | None = None) -> None:
        """Load the model from `folder` (model.safetensors and tokenizer.json).

        `threads` texts are embedded at once, by default as many as there are cores.
        Raises PermanentError when the folder does not hold the model.
        """
        missing = [name for name in (WEIGHTS_FILE, TOKENIZER_FILE) if not (folder / name).is_file()]
        if missing:
            raise PermanentError(f"{folder} lacks {' and '.join(missing)}: it is not the folder of all-MiniLM-L6-v2")
        self._tokenizer = _load_tokenizer(folder)
        self._session = _open_session(folder)
        self._pool = ThreadPoolExecutor(max_workers=threads or os.cpu_count() or 1, thread_name_prefix="embed")

    @property
    def identity(self) -> str:
        """Name of model and window."""
        return IDENTITY

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return WIDTH

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts in order, shape (len(texts), 384), in worker threads; cancelling drops those not yet begun."""
        loop = asyncio.get_running_loop()
        vectors = await asyncio.gather(*(loop.run_in_executor(self._pool, self._embed_one, text) for text in texts))
        return np.stack(vectors) if vectors else np.empty((0, WIDTH), np.float32)

    async def close(self) -> None:
        """Wait for the texts being embedded, then end the threads."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        ids = np.asarray([self._tail_ids(text)], dtype=np.int64)
        vector: NDArray[np.float32] = self._session.run(None, {INPUT: ids})[0][0]
        return vector

    def _tail_ids(self, text: str) -> list[int]:
        """Token ids of the last 254 tokens and the two special ones.

        Of a long text only a tail is tokenized, which gives the same ids: tokens never span white space, so a tail that
        begins at white space and fills the window holds the window's tokens. Tokenizing holds the interpreter's lock,
        and a long reasoning text would stall the event loop.
        """
        characters = _TAIL_CHARACTERS
        while characters < len(text):
            start = text.find(" ", len(text) - characters)
            if start >= 0:
                ids = self._encode(text[start:])
                if len(ids) == WINDOW:
                    return ids
            characters *= 4
        return self._encode(text)

    def _encode(self, text: str) -> list[int]:
        # A lone surrogate (JSON may carry one) is no character; the tokenizer refuses it, so it becomes "?".
        ids: list[int] = self._tokenizer.encode(text.encode("utf-8", "replace").decode()).ids
        return ids


def _load_tokenizer(folder: Path) -> Tokenizer:
    """Load the tokenizer, whose file asks for truncation and padding to 128, and have it keep a text's tail."""
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WINDOW, direction="left")
    return tokenizer


def _open_session(folder: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Only the graph is handed over as bytes, so the session must be told where its external weights lie.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
    graph = build_graph(read_weights_index(folder / WEIGHTS_FILE), WEIGHTS_FILE)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
