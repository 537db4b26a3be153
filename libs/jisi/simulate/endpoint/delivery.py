"""Sends one completion: whole or streamed, at its model's pace, with the fault that was ordered."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator

from aiohttp import web

from jisi.simulate.endpoint.chat import ApiError, ChatRequest, Completion
from jisi.simulate.endpoint.faults import Fault, FaultKind
from jisi.simulate.endpoint.journal import Outcome
from jisi.simulate.endpoint.writer import DONE, Writer, error_event
from jisi.simulate.models import Pace
from jisi.simulate.tokens import pieces

_STREAM_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
_JSON = "application/json"
_PIECE_TOKENS = 4
"""Tokens a streamed event carries: enough events to see a stream, few enough to be cheap."""
_REFUSAL_TEXT = "I am a simulated model and was told to decline this request."
_CUT_SHORT = {FaultKind.STALL, FaultKind.DISCONNECT, FaultKind.STREAM_ERROR}


class Delivery:
    """One answer on its way to one client."""

    def __init__(self, request: web.Request, chat: ChatRequest, pace: Pace, fault: Fault | None, call_id: str) -> None:
        self._request = request
        self._chat = chat
        self._pace = pace
        self._fault = fault
        self._kind = fault.kind if fault else None
        self._call_id = call_id

    async def send(self, completion: Completion) -> tuple[web.StreamResponse, Outcome]:
        """Send the completion, as its fault deforms it, and return how it ended.

        Raises CancelledError or ConnectionResetError when the client leaves, and ApiError.
        """
        if self._kind is FaultKind.DELAY:
            await asyncio.sleep(1.0 if self._seconds is None else self._seconds)
        elif self._kind is FaultKind.SILENCE:
            await self._wait()
        elif self._kind is FaultKind.HTML:
            page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
            return web.Response(status=502, text=page, content_type="text/html"), Outcome.REFUSED
        elif self._kind is FaultKind.GARBAGE:
            body = b"data: {not json\n\n" if self._chat.stream else b"{not json"
            kind = "text/event-stream" if self._chat.stream else _JSON
            return web.Response(body=body, content_type=kind), Outcome.BROKEN
        writer = Writer(completion, self._call_id)
        if not self._chat.stream:
            return await self._send_whole(completion, writer)
        if self._pace.tokens_per_second or self._pace.first_token_seconds or self._kind in _CUT_SHORT:
            return await self._send_stream(completion, writer)
        return self._all_events(completion, writer), Outcome.COMPLETED

    @property
    def _seconds(self) -> float | None:
        return self._fault.seconds if self._fault else None

    @property
    def _with_usage(self) -> bool:
        return self._kind is not FaultKind.MISSING_USAGE

    async def _wait(self) -> None:
        """Wait as long as the fault says; without a length, until the client leaves and this is cancelled."""
        if self._seconds is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.sleep(self._seconds)

    async def _send_whole(self, completion: Completion, writer: Writer) -> tuple[web.StreamResponse, Outcome]:
        if self._kind is FaultKind.STALL:
            await self._wait()
        if self._kind is FaultKind.DISCONNECT:
            return self._hang_up(), Outcome.BROKEN
        if self._kind is FaultKind.STREAM_ERROR:
            raise _midway_error()
        pace = self._pace
        seconds = pace.first_token_seconds
        if pace.tokens_per_second:
            seconds += completion.completion_tokens / pace.tokens_per_second
        if seconds:
            await asyncio.sleep(seconds)
        body = writer.whole(usage=self._with_usage)
        return web.Response(body=body, content_type=_JSON, headers=completion.headers), Outcome.COMPLETED

    def _all_events(self, completion: Completion, writer: Writer) -> web.Response:
        """Return a stream that was ready at once as a single body: one write, whatever the number of events."""
        events = [writer.opening()]
        if completion.reasoning:
            events.append(writer.part(completion.reasoning, reasoning=True))
        if completion.text:
            events.append(writer.part(completion.text, reasoning=False))
        events.append(writer.closing())
        if self._chat.include_usage and self._with_usage:
            events.append(writer.usage())
        return web.Response(body=b"".join([*events, DONE]), headers={**_STREAM_HEADERS, **completion.headers})

    async def _send_stream(self, completion: Completion, writer: Writer) -> tuple[web.StreamResponse, Outcome]:
        if self._pace.first_token_seconds:
            await asyncio.sleep(self._pace.first_token_seconds)
        response = web.StreamResponse(headers={**_STREAM_HEADERS, **completion.headers})
        await response.prepare(self._request)
        await response.write(writer.opening())
        sent = 0
        waited = False
        async for text, reasoning, tokens in self._parts(completion):
            if self._kind in _CUT_SHORT and self._fault and sent >= self._fault.after_tokens and not waited:
                waited = True
                if self._kind is FaultKind.DISCONNECT:
                    return self._hang_up(response), Outcome.BROKEN
                if self._kind is FaultKind.STREAM_ERROR:
                    await response.write(error_event(_midway_error()))
                    await response.write_eof()
                    return response, Outcome.BROKEN
                await self._wait()
            await response.write(writer.part(text, reasoning=reasoning))
            sent += tokens
        await response.write(writer.closing())
        if self._chat.include_usage and self._with_usage:
            await response.write(writer.usage())
        await response.write(DONE)
        await response.write_eof()
        return response, Outcome.COMPLETED

    async def _parts(self, completion: Completion) -> AsyncIterator[tuple[str, bool, int]]:
        """Yield (text, whether it is reasoning, its tokens), each after the time it takes to say."""
        for text, reasoning in ((completion.reasoning, True), (completion.text, False)):
            tokens = pieces(text)
            for start in range(0, len(tokens), _PIECE_TOKENS):
                part = tokens[start : start + _PIECE_TOKENS]
                if self._pace.tokens_per_second:
                    await asyncio.sleep(len(part) / self._pace.tokens_per_second)
                yield "".join(part), reasoning, len(part)

    def _hang_up(self, response: web.StreamResponse | None = None) -> web.StreamResponse:
        if self._request.transport is not None:
            self._request.transport.abort()
        return response or web.Response()


def _midway_error() -> ApiError:
    return ApiError(500, "Simulated: the server had an error while answering.", kind="server_error")


def deformed(completion: Completion, fault: Fault) -> Completion:
    """Return the completion as a fault of its content changes it; unchanged for the other kinds."""
    match fault.kind:
        case FaultKind.TRUNCATED:
            return cut_off(completion, fault.after_tokens)
        case FaultKind.EMPTY:
            return _with_content(completion, "", "", "stop")
        case FaultKind.ONLY_REASONING:
            reasoning = completion.reasoning or completion.text or "I think about it."
            return _with_content(completion, "", reasoning, "stop")
        case FaultKind.REFUSAL:
            declined = _with_content(completion, _REFUSAL_TEXT, "", "content_filter")
            return dataclasses.replace(declined, refusal=_REFUSAL_TEXT)
        case _:
            return completion


def cut_off(completion: Completion, limit: int) -> Completion:
    """Return the completion cut after `limit` tokens, reasoning first, as `length`; the same one if it is shorter."""
    thought, said = pieces(completion.reasoning), pieces(completion.text)
    if len(thought) + len(said) <= limit:
        return completion
    text = "".join(said[: max(0, limit - len(thought))])
    return _with_content(completion, text, "".join(thought[:limit]), "length")


def _with_content(completion: Completion, text: str, reasoning: str, finish_reason: str) -> Completion:
    thought = len(pieces(reasoning))
    return dataclasses.replace(
        completion,
        text=text,
        reasoning=reasoning,
        reasoning_tokens=thought,
        completion_tokens=thought + len(pieces(text)),
        finish_reason=finish_reason,
    )
