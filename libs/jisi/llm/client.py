"""Asks models over the OpenAI protocol (DESIGN.md 4). It never tries again: that is the task table's business."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

import aiohttp
import httpx

from jisi.llm.completion import CallMeter, Completion
from jisi.llm.connections import Connection, Connections
from jisi.llm.errors import (
    BadProtocol,
    ConnectionLost,
    DeadlineExceeded,
    EndpointTimeout,
    EndpointUnreachable,
    KeyMissing,
    LLMError,
    StalledStream,
)
from jisi.llm.refusals import read_error, refusal, without_secrets
from jisi.llm.request import Dialect, Message, chat_messages, request_body
from jisi.llm.response import ResponseReader
from jisi.llm.spec import ModelSpec
from jisi.llm.sse import EventReader, EventTooLongError
from jisi.llm.usage import Usage

__all__ = ["CallMeter", "Completion", "LLMClient", "Usage"]

_MAX_RESPONSE_BYTES = 128 * 1024 * 1024
"""Far above any completion with one event a token; an endpoint that never ends must not fill the memory."""
_MAX_ERROR_BYTES = 64 * 1024
_DRAIN_SECONDS = 0.5
"""After the last event the end of the body is due at once; with it the connection serves the next call."""
_PLAIN_DIALECT = Dialect()
_ADAPTABLE = frozenset({400, 404, 422, 501})
"""Statuses with which endpoints refuse a field they do not know."""
_HTTP_OK = 200


class LLMClient:
    """Sends chat completions and reads them as a stream, so that a stalled call is noticed.

    Keys are read from the environment at each call; they are never stored, and taken out of whatever is raised.
    """

    def __init__(self, *, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._connections = Connections()
        self._dialects: dict[tuple[str, str], Dialect] = {}

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close all connections; calls that still run fail."""
        await self._connections.close()

    async def complete(
        self,
        spec: ModelSpec,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        timeout_seconds: float,
        meter: CallMeter,
        temperature: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Completion:
        """Ask the model once. Cancelling closes the connection at once, so that the endpoint stops too.

        Args:
            spec: whom to ask.
            messages: OpenAI chat messages.
            max_tokens: longest completion wanted; the model's own limit caps it.
            timeout_seconds: what the query's deadline leaves for this call.
            meter: a new one, which knows the usage however the call ends.
            temperature: instead of the model's own.
            headers: sent along; their values must be Latin-1.

        Raises:
            LLMError: one of the leaves drawn in `jisi.llm.errors`.
        """
        key = self._key(spec)
        call = _Call(connection=self._connections.to(spec.base_url), spec=spec, key=key, meter=meter, headers=headers)
        sent = chat_messages(spec, messages)
        limit = max(1, min(max_tokens, spec.limits.max_tokens or max_tokens))
        total = min(timeout_seconds, spec.timeouts.total_seconds)
        if total <= 0:
            raise DeadlineExceeded(f"no time left to ask {spec.name}")
        place = (spec.base_url, spec.model)
        try:
            async with asyncio.timeout(total):
                while True:
                    dialect = self._dialects.get(place, _PLAIN_DIALECT)
                    body = request_body(spec, sent, max_tokens=limit, temperature=temperature, dialect=dialect)
                    outcome = await call.send(body, sent, dialect)
                    if isinstance(outcome, Completion):
                        return outcome
                    self._dialects[place] = outcome
        except TimeoutError:
            if total < spec.timeouts.total_seconds:
                raise DeadlineExceeded(f"{spec.name} had not answered when its time was over ({total:.1f} s)") from None
            raise EndpointTimeout(f"{spec.name} had not answered after {total:g} s (timeouts.total_seconds)") from None

    def _key(self, spec: ModelSpec) -> str | None:
        if spec.api_key_env is None:
            return None
        key = self._environment.get(spec.api_key_env, "").strip()
        if not key:
            raise KeyMissing(f"the key of {spec.name} is to be in {spec.api_key_env}, which is not set")
        if not key.isascii() or not key.isprintable():
            raise KeyMissing(f"{spec.api_key_env} holds what cannot be a key: signs that no header can carry")
        return key


class _Call:
    """One call to one endpoint."""

    def __init__(
        self,
        *,
        connection: Connection,
        spec: ModelSpec,
        key: str | None,
        meter: CallMeter,
        headers: Mapping[str, str] | None,
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._key = key
        self._meter = meter
        self._where = f"{spec.name} at {spec.base_url}"
        self._headers = dict(headers or {})
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"

    async def send(self, body: bytes, messages: Sequence[Message], dialect: Dialect) -> Completion | Dialect:
        """Send the request and read the response, or return the dialect in which to say it instead."""
        timeouts = self._spec.timeouts
        started = time.monotonic()
        self._meter.sent(messages)
        try:
            response = await self._connection.send(
                body,
                headers=self._headers,
                connect_seconds=timeouts.connect_seconds,
                chunk_seconds=timeouts.chunk_seconds,
            )
            try:
                if response.status_code == _HTTP_OK:
                    return await self._read(response, started)
                return await self._refused(response, dialect)
            finally:
                await response.aclose()
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
                raise  # our own deadline
            failure = self._transport_error(error)
        raise failure  # out here, so that it does not carry along the transport's error with the request's headers

    async def _read(self, response: httpx.Response, started: float) -> Completion:
        reader = ResponseReader(meter=self._meter, where=self._where, secret=self._key)
        chunks = response.aiter_bytes()
        try:
            first = await self._first_chunk(chunks)
            first_chunk_seconds = time.monotonic() - started
            if _is_stream(response, first):
                await self._read_stream(chunks, first, reader)
            else:
                await self._read_whole(chunks, first, reader)
        except (httpx.TransportError, aiohttp.ClientError):
            if reader.finish_reason is None:
                raise
            # All was said; only the end of the body was lost.
        if not reader.spoke:
            raise BadProtocol(f"{self._where} answered without a choice: it is no chat completion")
        if reader.finish_reason is None and not reader.done:
            raise ConnectionLost(f"{self._where} ended its response before it was complete")
        self._meter.finished()
        return Completion(
            text=self._meter.text,
            reasoning=self._meter.reasoning,
            finish_reason=reader.finish_reason,
            usage=self._meter.usage(),
            response_id=reader.response_id,
            response_model=reader.response_model,
            first_chunk_seconds=first_chunk_seconds,
            seconds=time.monotonic() - started,
        )

    async def _first_chunk(self, chunks: AsyncIterator[bytes]) -> bytes:
        first = b""
        async for chunk in chunks:
            first += chunk
            if first.strip():
                break
        return first

    async def _read_stream(self, chunks: AsyncIterator[bytes], first: bytes, reader: ResponseReader) -> None:
        events = EventReader()
        size = 0
        try:
            for data in events.feed(first):
                reader.read_event(data)
            while not reader.done:
                chunk = await anext(chunks, b"")
                if not chunk:
                    for data in events.finish():
                        reader.read_event(data)
                    return
                size += len(chunk)
                if size > _MAX_RESPONSE_BYTES:
                    raise BadProtocol(f"{self._where} sent more than {_MAX_RESPONSE_BYTES} bytes without an end")
                for data in events.feed(chunk):
                    reader.read_event(data)
        except EventTooLongError as error:
            raise BadProtocol(f"{self._where} sent {error}") from None
        await _drain(chunks)

    async def _read_whole(self, chunks: AsyncIterator[bytes], first: bytes, reader: ResponseReader) -> None:
        parts = [first]
        size = len(first)
        async for chunk in chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > _MAX_RESPONSE_BYTES:
                raise BadProtocol(f"{self._where} sent more than {_MAX_RESPONSE_BYTES} bytes without an end")
        reader.read_whole(b"".join(parts))

    async def _refused(self, response: httpx.Response, dialect: Dialect) -> Dialect:
        self._meter.refused()
        parts: list[bytes] = []
        async for chunk in response.aiter_bytes():
            parts.append(chunk)
            if sum(map(len, parts)) > _MAX_ERROR_BYTES:
                break
        error = read_error(b"".join(parts))
        if response.status_code in _ADAPTABLE and (adapted := dialect.adapted(error)) is not None:
            return adapted
        raise refusal(
            response.status_code,
            response.headers,
            error,
            where=self._where,
            secret=self._key,
            key_env=self._spec.api_key_env,
        )

    def _transport_error(self, error: Exception) -> LLMError:
        """Return what a failure of the connection means; the transport's own mapping is too coarse to go by."""
        cause = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
        said = without_secrets(str(cause) or type(cause).__name__, self._key)
        match cause:
            case aiohttp.SocketTimeoutError() | httpx.ReadTimeout():
                seconds = self._spec.timeouts.chunk_seconds
                return StalledStream(f"{self._where} said nothing for {seconds:g} s (timeouts.chunk_seconds)")
            case aiohttp.ServerTimeoutError() | httpx.ConnectTimeout():
                self._meter.refused()
                seconds = self._spec.timeouts.connect_seconds
                return EndpointTimeout(f"{self._where} took no connection within {seconds:g} s")
            case aiohttp.ClientConnectorError() | httpx.ConnectError() | httpx.UnsupportedProtocol():
                self._meter.refused()
                return EndpointUnreachable(f"{self._where} cannot be reached: {said}")
            case httpx.DecodingError():
                return BadProtocol(f"{self._where} sent a body that cannot be decoded: {said}")
            case aiohttp.ClientResponseError():
                return BadProtocol(f"{self._where} does not speak HTTP: {said}")
            case _:
                return ConnectionLost(f"{self._where} ended the connection: {said}")


def _is_stream(response: httpx.Response, first: bytes) -> bool:
    """Tell events from a whole response: some endpoints ignore `stream`, some call a stream plain text."""
    kind: Any = response.headers.get("content-type", "")
    return "event-stream" in kind or ("json" not in kind and not first.lstrip().startswith(b"{"))


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in chunks:
                pass
    except TimeoutError:
        pass  # the connection is closed instead
