"""Embeddings from an OpenAI-compatible endpoint, for models larger than this machine."""

import asyncio
import os
from collections.abc import Sequence
from typing import Self

import httpx
import numpy as np
from httpx_aiohttp import HttpxAiohttpClient
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from jisi.embedding.tail import Tail
from jisi.errors import PermanentError, TransientError

_PASSING = frozenset({408, 409, 425, 429})
"""Refusals that pass: timed out, in conflict, too early, too many requests."""
_REFUSED = frozenset({401, 402, 403})
_QUOTED_CHARACTERS = 300
"""As much of an endpoint's error as is quoted: enough to see what it wants, too little to repeat the texts sent."""


class _Embedding(BaseModel):
    index: int
    embedding: list[float]


class _Reply(BaseModel):
    data: list[_Embedding]


class EndpointEmbedder:
    """Posts texts to `{base_url}/embeddings`, several a request, and scales what comes back to unit norm.

    It does not try again: a service redelivers and an import goes on where it stopped, so they retry.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        dimensions: int,
        tail: Tail,
        api_key_env: str | None = None,
        timeout_seconds: float = 60.0,
        batch_size: int = 32,
        concurrency: int = 4,
    ) -> None:
        """Open a client; raises PermanentError when the variable that should hold the key is empty."""
        headers = {}
        if api_key_env is not None:
            key = os.environ.get(api_key_env)
            if not key:
                raise PermanentError(
                    f"the embedder's key is to be in {api_key_env}, which is not set: set it, or unset"
                    " JISI_EMBEDDER_API_KEY_ENV for an endpoint without a key"
                )
            headers["Authorization"] = f"Bearer {key}"
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._api_key_env = api_key_env
        self._model = model
        self._dimensions = dimensions
        self._tail = tail
        self._batch_size = batch_size
        self._slots = asyncio.Semaphore(concurrency)
        self._client = HttpxAiohttpClient(headers=headers, timeout=timeout_seconds)

    @property
    def identity(self) -> str:
        """Name of model and tail."""
        return f"{self._model}/{self._tail.name}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts in order, shape (len(texts), dimensions).

        Raises TransientError when the endpoint is unreachable, busy or failing, PermanentError when it refuses the
        request or answers with something that is no embedding of this length.
        """
        batches = [texts[start : start + self._batch_size] for start in range(0, len(texts), self._batch_size)]
        parts: list[NDArray[np.float32]] = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._embed_batch(batch)) for batch in batches]
        except* (TransientError, PermanentError) as failures:
            raise failures.exceptions[0] from None
        parts = [task.result() for task in tasks]
        return np.concatenate(parts) if parts else np.empty((0, self._dimensions), np.float32)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _embed_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        inputs = [self._tail(text.encode("utf-8", "replace").decode()) for text in texts]
        async with self._slots:
            try:
                response = await self._client.post(self._url, json={"model": self._model, "input": inputs})
            except httpx.TransportError as error:
                raise TransientError(f"no answer from {self._url}: {str(error) or type(error).__name__}") from error
        self._raise_for_status(response)
        return self._vectors(response, count=len(texts))

    def _raise_for_status(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        status = response.status_code
        said = f"{self._url} answered {status}: {response.text[:_QUOTED_CHARACTERS]}"
        if response.is_server_error or status in _PASSING:
            raise TransientError(said)
        if status in _REFUSED:
            where = self._api_key_env or "JISI_EMBEDDER_API_KEY_ENV (not set)"
            raise PermanentError(f"{said} - it refuses the key; check the variable {where}")
        raise PermanentError(f"{said} - where a text is too long for it, lower JISI_EMBEDDER_TAIL_TOKENS")

    def _vectors(self, response: httpx.Response, *, count: int) -> NDArray[np.float32]:
        """Check count, order, length and finiteness, and scale to unit norm."""
        try:
            rows = sorted(_Reply.model_validate_json(response.content).data, key=lambda row: row.index)
        except ValidationError as error:
            raise PermanentError(f"{self._url} did not answer with embeddings: {error}") from error
        if [row.index for row in rows] != list(range(count)):
            raise PermanentError(f"{self._url} answered {len(rows)} embeddings to {count} texts")
        lengths = {len(row.embedding) for row in rows}
        if lengths != {self._dimensions}:
            raise PermanentError(
                f"{self._url} answers with vectors of {', '.join(map(str, sorted(lengths)))} numbers:"
                f" JISI_EMBEDDER_DIMENSIONS is {self._dimensions}"
            )
        vectors = np.asarray([row.embedding for row in rows], dtype=np.float64)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and (norms > 0).all()):
            raise PermanentError(f"{self._url} answered with a vector that has no direction (zero or not finite)")
        unit: NDArray[np.float32] = (vectors / norms).astype(np.float32)
        return unit
