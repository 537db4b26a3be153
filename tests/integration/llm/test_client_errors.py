"""Every way in which a call can fail has its own error, its bill, and no secret in its words."""

import asyncio
import socket
import traceback
from typing import Any

import pytest
from aiohttp import web
from jisi.llm import errors
from jisi.llm.client import CallMeter, Completion, LLMClient, Usage
from jisi.llm.errors import LLMError
from jisi.llm.spec import ModelSpec, Timeouts

from tests.integration.llm.endpoint import DONE, Endpoint, Exchange, data, event, raw_server, serving, usage

CHAT = [{"role": "user", "content": "What is 2 + 2?"}]
NOTHING = Usage(prompt_tokens=0, completion_tokens=0)


async def _ask(client: LLMClient, spec: ModelSpec, **options: Any) -> Completion:
    given = {"max_tokens": 100, "timeout_seconds": 10.0, "meter": CallMeter(), **options}
    return await client.complete(spec, CHAT, **given)


def _spec(base_url: str, **fields: Any) -> ModelSpec:
    return Endpoint(answer=_never, url=base_url).spec(**fields)


async def _never(_: Exchange) -> web.StreamResponse:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": {"message": "bad", "param": "top_p"}}, errors.RequestRefused),
        (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, errors.ContextOverflow),
        (401, {"error": {"message": "Incorrect key very-secret-key"}}, errors.KeyRefused),
        (402, {}, errors.OutOfCredit),
        (403, {}, errors.KeyRefused),
        (404, {"detail": "Not Found"}, errors.ModelNotFound),
        (408, {}, errors.EndpointTimeout),
        (422, {"detail": [{"msg": "bad"}]}, errors.RequestRefused),
        (429, {"error": {"message": "slow down"}}, errors.RateLimited),
        (429, {"error": {"code": "insufficient_quota"}}, errors.OutOfCredit),
        (500, {}, errors.EndpointError),
        (503, {}, errors.EndpointError),
    ],
)
async def test_refusals(client: LLMClient, status: int, body: dict[str, Any], error: type[LLMError]) -> None:
    """A refused call raises its error, was sent once, and costs nothing."""

    async def answer(_: Exchange) -> web.StreamResponse:
        return web.json_response(body, status=status)

    async with serving(answer) as endpoint:
        meter = CallMeter()
        with pytest.raises(error) as raised:
            await _ask(client, endpoint.spec(api_key_env="TEST_KEY"), meter=meter)

    assert type(raised.value) is error
    assert len(endpoint.exchanges) == 1
    assert meter.usage() == NOTHING
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(client)
    assert "very-secret-key" not in told
    assert raised.value.__context__ is None  # the transport's own error carries the headers


@pytest.mark.parametrize(("header", "seconds"), [("3", 3.0), ("Fri, 31 Dec 2100 23:59:59 GMT", 86_400.0)])
async def test_retry_after(client: LLMClient, header: str, seconds: float) -> None:
    """What the endpoint asks for by Retry-After stands in the error, given as seconds or as a date."""

    async def answer(_: Exchange) -> web.StreamResponse:
        return web.json_response({}, status=429, headers={"Retry-After": header})

    async with serving(answer) as endpoint:
        with pytest.raises(errors.RateLimited) as raised:
            await _ask(client, endpoint.spec())

    assert raised.value.retry_after_seconds == seconds


async def test_a_page_of_html(client: LLMClient) -> None:
    """What a proxy in between says is quoted in words, not in tags."""

    async def answer(_: Exchange) -> web.StreamResponse:
        page = "<html><body><h1>Bad Gateway</h1></body></html>"
        return web.Response(text=page, status=502, content_type="text/html")

    async with serving(answer) as endpoint:
        with pytest.raises(errors.EndpointError, match=r"502 \(Bad Gateway\)"):
            await _ask(client, endpoint.spec())


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([b"data: {not json\n\n"], errors.BadProtocol),
        ([b"data: [1]\n\n"], errors.BadProtocol),
        ([data({"choices": {"0": 1}})], errors.BadProtocol),
        ([data({"choices": [{"delta": "text"}]})], errors.BadProtocol),
        ([data({"choices": [{"delta": {"content": 3}}]})], errors.BadProtocol),
        ([data({"hello": "world"}), DONE], errors.BadProtocol),
        ([DONE], errors.BadProtocol),
        ([b""], errors.BadProtocol),
        ([b"<html>hello</html>"], errors.BadProtocol),
        ([event("It i")], errors.ConnectionLost),
        ([event("It i"), b'data: {"choices": [{"del'], errors.BadProtocol),
        ([event("It i"), data({"error": {"message": "boom", "code": 500}})], errors.EndpointError),
        ([event("It i"), data({"error": {"message": "busy", "code": "rate_limit_exceeded"}})], errors.RateLimited),
        ([event("It i"), b'error: {"message": "boom"}\n\n'], errors.EndpointError),
    ],
)
async def test_broken_streams(client: LLMClient, events: list[bytes], error: type[LLMError]) -> None:
    """What is no completion, or ends before its end, is told as such."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(*events)

    async with serving(answer) as endpoint:
        with pytest.raises(error) as raised:
            await _ask(client, endpoint.spec())

    assert type(raised.value) is error


async def test_a_failed_call_is_billed_for_what_was_said(client: LLMClient) -> None:
    """Text that came before the failure was generated, hence paid for; the bill says that it is counted."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(event("one two three four five six seven"), data({"error": "boom"}))

    async with serving(answer) as endpoint:
        meter = CallMeter()
        with pytest.raises(errors.EndpointError):
            await _ask(client, endpoint.spec(), meter=meter)

    assert meter.usage().counted
    assert 7 <= meter.usage().completion_tokens <= 9
    assert meter.usage().prompt_tokens > 5
    assert meter.text == "one two three four five six seven"


async def test_an_early_count_is_not_the_last_word(client: LLMClient) -> None:
    """Where an endpoint counts as it goes and is cut short, what came after its last count is added."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.stream(usage(40, 1), event("one two three four five six seven"), data({"error": "boom"}))

    async with serving(answer) as endpoint:
        meter = CallMeter()
        with pytest.raises(errors.EndpointError):
            await _ask(client, endpoint.spec(), meter=meter)

    assert (meter.usage().prompt_tokens, meter.usage().counted) == (40, True)
    assert meter.usage().completion_tokens >= 7


@pytest.mark.parametrize("said", [[], [event("It i")]])
async def test_stalls(client: LLMClient, said: list[bytes]) -> None:
    """An endpoint that says nothing for too long is given up, before its first event or after."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        response = await exchange.begin()
        for part in said:
            await response.write(part)
        return await _never(exchange)

    async with serving(answer) as endpoint:
        meter = CallMeter()
        with pytest.raises(errors.StalledStream, match=r"0\.1 s"):
            await _ask(client, endpoint.spec(timeouts=Timeouts(chunk_seconds=0.1)), meter=meter)
        await asyncio.wait_for(endpoint.left.wait(), timeout=5)

    assert meter.usage().counted
    assert (meter.usage().completion_tokens > 0) == bool(said)


async def test_silence_before_the_headers(client: LLMClient) -> None:
    """An endpoint that takes the request and never answers stalls too."""
    async with serving(_never) as endpoint:
        with pytest.raises(errors.StalledStream):
            await _ask(client, endpoint.spec(timeouts=Timeouts(chunk_seconds=0.1)))
        await asyncio.wait_for(endpoint.left.wait(), timeout=5)


async def _drip(exchange: Exchange) -> web.StreamResponse:
    response = await exchange.begin()
    while True:
        await response.write(event("x"))
        await asyncio.sleep(0.01)


async def test_the_deadline_and_the_total_timeout(client: LLMClient) -> None:
    """A call that goes on and on is ended by the query's deadline or by the model's own timeout, and told which."""
    async with serving(_drip) as endpoint:
        with pytest.raises(errors.DeadlineExceeded):
            await _ask(client, endpoint.spec(), timeout_seconds=0.1)
        await asyncio.wait_for(endpoint.left.wait(), timeout=5)
        with pytest.raises(errors.EndpointTimeout, match="total_seconds"):
            await _ask(client, endpoint.spec(timeouts=Timeouts(total_seconds=0.1)))


async def test_no_time_left(client: LLMClient) -> None:
    """Past its deadline a call is not even sent."""
    async with serving(_never) as endpoint:
        meter = CallMeter()
        with pytest.raises(errors.DeadlineExceeded):
            await _ask(client, endpoint.spec(), timeout_seconds=0.0, meter=meter)

    assert endpoint.exchanges == []
    assert meter.usage() == NOTHING


async def test_cancelling_reaches_the_endpoint(client: LLMClient) -> None:
    """A cancelled call closes its connection at once, in mid-stream or before the first byte, and has its bill."""
    for answer in (_never, _drip):
        async with serving(answer) as endpoint:
            meter = CallMeter()
            call = asyncio.create_task(_ask(client, endpoint.spec(), meter=meter))
            while not endpoint.exchanges or (answer is _drip and len(meter.text) < 3):
                await asyncio.sleep(0.005)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(endpoint.left.wait(), timeout=5)

        assert meter.usage().counted
        assert (meter.usage().completion_tokens > 0) == (answer is _drip)


async def test_nobody_listens(client: LLMClient) -> None:
    """An endpoint that is not there costs nothing and says what to check."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    for base_url in (url, "http://no-such-host.invalid/v1"):
        meter = CallMeter()
        with pytest.raises(errors.EndpointUnreachable):
            await _ask(client, _spec(base_url), meter=meter)
        assert meter.usage() == NOTHING


async def test_a_connection_that_is_not_taken(client: LLMClient) -> None:
    """A host that does not even take the connection is told apart from one that is slow to answer."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        meter = CallMeter()
        spec = _spec(f"http://127.0.0.1:{address[1]}/v1", timeouts=Timeouts(connect_seconds=0.2))
        with pytest.raises(errors.EndpointTimeout, match="connection"):
            await _ask(client, spec, meter=meter)
        for filler in fillers:
            filler.close()

    assert meter.usage() == NOTHING


async def test_no_tls_where_it_is_expected(client: LLMClient) -> None:
    """Https to a server that speaks http cannot be reached."""
    async with serving(_never) as endpoint:
        with pytest.raises(errors.EndpointUnreachable):
            await _ask(client, endpoint.spec(base_url=endpoint.url.replace("http:", "https:")))


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([b""], errors.ConnectionLost),
        ([b"SSH-2.0-OpenSSH_9.6\r\n"], errors.BadProtocol),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + event("It i")], errors.ConnectionLost),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:\r\n"], errors.ConnectionLost),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], errors.BadProtocol),
        ([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip"], errors.BadProtocol),
        ([b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"], errors.RequestRefused),
    ],
)
async def test_broken_http(client: LLMClient, parts: list[bytes], error: type[LLMError]) -> None:
    """A server that breaks off, or speaks another protocol, raises a typed error like any other."""
    async with raw_server(*parts) as base_url:
        with pytest.raises(error) as raised:
            await _ask(client, _spec(base_url))
    assert type(raised.value) is error
    assert raised.value.__context__ is None


@pytest.mark.parametrize("variable", ["NOT_SET", "EMPTY_KEY", "BAD_KEY"])
async def test_a_key_that_is_not_there(client: LLMClient, variable: str) -> None:
    """Without its key a call is not sent; the error names the variable."""
    async with serving(_never) as endpoint:
        with pytest.raises(errors.KeyMissing, match=variable):
            await _ask(client, endpoint.spec(api_key_env=variable))
    assert endpoint.exchanges == []
