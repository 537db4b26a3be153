"""An LLM endpoint of the test's own: real HTTP on loopback, answering as the test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from jisi.llm.spec import ModelSpec

Answer = Callable[["Exchange"], Awaitable[web.StreamResponse]]

DONE = b"data: [DONE]\n\n"


@dataclass(slots=True)
class Exchange:
    """One request as the endpoint sees it."""

    request: web.Request
    body: dict[str, Any]
    connection: Any
    """Address of the client's side."""

    async def stream(self, *events: bytes, kind: str = "text/event-stream") -> web.StreamResponse:
        """Send events, each in a write of its own, and end."""
        response = await self.begin(kind=kind)
        for event in events:
            await response.write(event)
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    async def begin(self, kind: str = "text/event-stream") -> web.StreamResponse:
        """Send the headers of a stream."""
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(self.request)
        return response

    def hang_up(self, response: web.StreamResponse | None = None) -> web.StreamResponse:
        """Cut the connection."""
        assert self.request.transport is not None
        self.request.transport.abort()
        return response or web.Response()


@dataclass(slots=True)
class Endpoint:
    """A server whose `answer` may be replaced at any time."""

    answer: Answer
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went away before its response was whole."""

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was asked."""
        return [exchange.body for exchange in self.exchanges]

    def spec(self, **fields: Any) -> ModelSpec:
        """Describe a model of this endpoint."""
        given = {"name": "m", "base_url": self.url, "model": "m-1", "prompt_price": 1.0, "completion_price": 2.0}
        return ModelSpec(**{**given, **fields})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        assert request.transport is not None
        exchange = Exchange(request, await request.json(), request.transport.get_extra_info("peername"))
        self.exchanges.append(exchange)
        try:
            return await self.answer(exchange)
        except (asyncio.CancelledError, ConnectionResetError):
            self.left.set()
            raise


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Endpoint]:
    """Serve while the block runs."""
    endpoint = Endpoint(answer)
    application = web.Application()
    application.router.add_post("/v1/chat/completions", endpoint.handle)
    runner = web.AppRunner(application, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        endpoint.url = f"http://{host}:{port}/v1"
        yield endpoint
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(*parts: bytes, then_wait: bool = False) -> AsyncIterator[str]:
    """Give the base URL of a server that answers every request with these bytes, whatever they are."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
                await writer.drain()
            if then_wait:
                await reader.read(-1)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield f"http://{host}:{port}/v1"


def event(content: str | None = None, **fields: Any) -> bytes:
    """Write one event of a stream; `fields` go into the delta, `finish` is why it ends."""
    finish = fields.pop("finish", None)
    delta = fields if content is None else {"content": content, **fields}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return data({"id": "c-1", "model": "m-1-2026", "choices": [choice]})


def usage(prompt: int, completion: int, **more: Any) -> bytes:
    """Write the event that tells the tokens."""
    told = {"prompt_tokens": prompt, "completion_tokens": completion, **more}
    return data({"id": "c-1", "model": "m-1-2026", "choices": [], "usage": told})


def data(content: Mapping[str, Any]) -> bytes:
    """Write any object as an event."""
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"


def whole(content: str, **more: Any) -> dict[str, Any]:
    """Give a response that is not streamed."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "c-2",
        "model": "m-1-2026",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        **more,
    }
