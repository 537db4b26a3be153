"""The client reads what endpoints answer, in all the ways they answer it."""

import asyncio
import json
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from jisi.llm.aggregation import expert_headers
from jisi.llm.client import CallMeter, Completion, LLMClient, Usage
from jisi.llm.spec import ModelSpec

from tests.integration.llm.endpoint import DONE, Exchange, data, event, serving, usage, whole

CHAT = [{"role": "user", "content": "What is 2 + 2?"}]


async def _ask(client: LLMClient, spec: ModelSpec, **options: Any) -> Completion:
    given = {"max_tokens": 100, "timeout_seconds": 10.0, "meter": CallMeter(), **options}
    return await client.complete(spec, CHAT, **given)


async def test_a_stream_is_read_whole(client: LLMClient) -> None:
    """Text, finish reason, usage, id and model of a stream arrive, and the time of its first event."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        events = [event(role="assistant"), event("It is "), event("4."), event(finish="stop"), usage(12, 5), DONE]
        return await exchange.stream(*events)

    async with serving(answer) as endpoint:
        meter = CallMeter()
        completion = await _ask(client, endpoint.spec(), meter=meter)

    assert completion.text == "It is 4."
    assert completion.reasoning == ""
    assert completion.finish_reason == "stop"
    assert completion.usage == meter.usage() == Usage(prompt_tokens=12, completion_tokens=5)
    assert (completion.response_id, completion.response_model) == ("c-1", "m-1-2026")
    assert 0 < completion.first_chunk_seconds <= completion.seconds
    assert completion.usable
    assert not completion.cut_off


async def test_what_is_sent(client: LLMClient) -> None:
    """The request holds the model, the chat, the lower of the token limits, headers, and the key of the environment."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(event("4", finish="stop"), DONE)

    async with serving(answer) as endpoint:
        spec = endpoint.spec(api_key_env="TEST_KEY", system_prompt="Be brief.", limits={"max_tokens": 50})
        await _ask(client, spec, temperature=0.7, headers={"X-Jisi-Kind": "expert"})
        await _ask(client, endpoint.spec(), max_tokens=0)

    first, second = endpoint.exchanges
    assert first.body == {
        "model": "m-1",
        "messages": [{"role": "system", "content": "Be brief."}, *CHAT],
        "max_tokens": 50,
        "temperature": 0.7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert first.request.headers["Authorization"] == "Bearer very-secret-key"
    assert first.request.headers["X-Jisi-Kind"] == "expert"
    assert "Authorization" not in second.request.headers
    assert second.body["max_tokens"] == 1


@pytest.mark.parametrize("query_id", ["a9f3-1", "Übung 7\r\nX-Other: 50%", " padded "])
async def test_the_query_is_named_to_the_endpoint(client: LLMClient, query_id: str) -> None:
    """Any id arrives in the header of a call, percent-encoded where a header cannot carry it."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(event("4", finish="stop"), DONE)

    async with serving(answer) as endpoint:
        await _ask(client, endpoint.spec(), headers=expert_headers(query_id=query_id))

    (exchange,) = endpoint.exchanges
    assert unquote(exchange.request.headers["X-Jisi-Query-Id"]) == query_id
    assert "X-Other" not in exchange.request.headers


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_reasoning_is_kept_apart(client: LLMClient, name: str) -> None:
    """What is sent as reasoning is no part of the text, under either of its names."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        parts = [event(**{name: "2 and "}), event(**{name: "2", "content": ""}), event("4", **{name: None})]
        told = usage(9, 30, completion_tokens_details={"reasoning_tokens": 28})
        return await exchange.stream(*parts, event(finish="stop"), told, DONE)

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())

    assert (completion.text, completion.reasoning) == ("4", "2 and 2")
    assert completion.usage == Usage(prompt_tokens=9, completion_tokens=30, reasoning_tokens=28)


async def test_typed_parts(client: LLMClient) -> None:
    """Content that comes as a list of thinking and text parts is read as such."""
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}

    async def answer(exchange: Exchange) -> web.StreamResponse:
        first = data({"choices": [{"delta": {"content": [thinking, {"type": "text", "text": "fo"}]}}]})
        return await exchange.stream(first, event("ur", finish="stop"), DONE)

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())

    assert (completion.text, completion.reasoning) == ("four", "hm")


async def test_missing_usage_is_counted(client: LLMClient) -> None:
    """Where the endpoint does not tell, the tokens are estimated and marked so."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        said = [event(reasoning_content="two and two"), event("The answer is 4."), event(finish="stop")]
        return await exchange.stream(*said, DONE)

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())

    assert completion.usage.counted
    assert 8 <= completion.usage.prompt_tokens <= 20
    assert 7 <= completion.usage.completion_tokens <= 12
    assert completion.usage.reasoning_tokens in range(2, 5)


async def test_a_sign_cut_in_two(client: LLMClient) -> None:
    """A sign of several bytes may be cut by a write in its middle."""
    text = "caf\u00e9 \U0001f642 \u4eca"

    async def answer(exchange: Exchange) -> web.StreamResponse:
        stream = event(text, finish="stop") + DONE
        return await exchange.stream(*(stream[place : place + 1] for place in range(len(stream))))

    async with serving(answer) as endpoint:
        assert (await _ask(client, endpoint.spec())).text == text


async def test_huge_lines(client: LLMClient) -> None:
    """An event of several megabytes is read like any other."""
    text = "word " * 800_000

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(event(text), event(finish="stop"), usage(1, 1), DONE)

    async with serving(answer) as endpoint:
        assert (await _ask(client, endpoint.spec())).text == text


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "text/event-stream; charset=utf-8"])
async def test_other_names_for_a_stream(client: LLMClient, kind: str) -> None:
    """A stream is known by what it holds where its type says nothing; comments keep it alive."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        stream = [b": processing\n\n", b"\n", event("4", finish="stop"), DONE]
        return await exchange.stream(*stream, kind=kind)

    async with serving(answer) as endpoint:
        assert (await _ask(client, endpoint.spec())).text == "4"


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_response_that_is_not_streamed(client: LLMClient, kind: str) -> None:
    """An endpoint that ignores `stream` is understood too."""

    async def answer(_: Exchange) -> web.StreamResponse:
        body = whole("It is 4.", usage={"prompt_tokens": 3, "completion_tokens": 4})
        return web.Response(text=json.dumps(body), content_type=kind)

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())

    assert (completion.text, completion.finish_reason) == ("It is 4.", "stop")
    assert completion.usage == Usage(prompt_tokens=3, completion_tokens=4)


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        ("stream_options", {"message": "Unrecognized request argument supplied: stream_options"}),
        ("max_tokens", {"message": "Use 'max_completion_tokens' instead", "param": "max_tokens"}),
        ("temperature", {"message": "no", "param": "temperature", "code": "unsupported_value"}),
    ],
)
async def test_an_endpoint_that_refuses_a_field(client: LLMClient, refused: str, error: dict[str, str]) -> None:
    """What an endpoint does not understand is said otherwise at once, and from then on from the start."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        if refused in exchange.body:
            return web.json_response({"error": error}, status=400)
        return await exchange.stream(event("4", finish="stop"), DONE)

    async with serving(answer) as endpoint:
        texts = [(await _ask(client, endpoint.spec(), temperature=0.5)).text for _ in range(2)]

    assert texts == ["4", "4"]
    assert [refused in body for body in endpoint.bodies] == [True, False, False]


@pytest.mark.parametrize(
    ("reason", "text", "cut_off", "usable"),
    [
        ("stop", "4", False, True),
        ("length", "The answ", True, True),
        ("max_tokens", "The answ", True, True),
        ("content_filter", "I must not", True, True),
        ("stop", "", False, False),
        ("length", "<think>still at it", True, False),
        ("stop", "<think>hm</think> \n", False, False),
    ],
)
async def test_what_a_response_is_worth(
    client: LLMClient, reason: str, text: str, *, cut_off: bool, usable: bool
) -> None:
    """A cut off or an empty response is no error, since it was paid for; it tells what it is."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(event(text), event(finish=reason), DONE)

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())

    assert (completion.cut_off, completion.usable) == (cut_off, usable)


@pytest.mark.parametrize(
    "end",
    [
        [event(finish="stop")],
        [DONE],
        [event(finish="stop"), b"data: [DONE]"],
        [event(finish="stop"), usage(5, 2).rstrip()],
    ],
)
async def test_ways_to_end(client: LLMClient, end: list[bytes]) -> None:
    """A finish reason or [DONE] is enough of an end, with or without the last line feeds."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(event("4"), *end)

    async with serving(answer) as endpoint:
        assert (await _ask(client, endpoint.spec())).text == "4"


async def test_a_connection_lost_after_all_was_said(client: LLMClient) -> None:
    """A response that had its finish reason is whole, even if its usage never came."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        response = await exchange.begin()
        await response.write(event("4", finish="stop"))
        await asyncio.sleep(0.05)  # lets the bytes leave before the connection is reset
        return exchange.hang_up(response)

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())

    assert completion.text == "4"
    assert completion.usage.counted


async def test_an_end_that_does_not_come_is_not_waited_for(client: LLMClient) -> None:
    """After [DONE] the response is whole, whether or not the endpoint closes its body."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        response = await exchange.begin()
        await response.write(event("4", finish="stop") + DONE)
        await asyncio.get_running_loop().create_future()
        return response

    async with serving(answer) as endpoint:
        completion = await _ask(client, endpoint.spec())
        await asyncio.wait_for(endpoint.left.wait(), timeout=5)

    assert completion.text == "4"


async def test_connections_are_used_again(client: LLMClient) -> None:
    """One call after the other takes the same connection, though the end of a body may come a little later."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        response = await exchange.begin()
        await response.write(event("4", finish="stop") + usage(1, 1) + DONE)
        await asyncio.sleep(0.02)
        await response.write_eof()
        return response

    async with serving(answer) as endpoint:
        for _ in range(5):
            await _ask(client, endpoint.spec())

    assert len({exchange.connection for exchange in endpoint.exchanges}) == 1
