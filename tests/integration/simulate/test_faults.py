"""Faults ordered over HTTP show on the wire as a client would meet them."""

import asyncio
import json

import aiohttp
import pytest

from tests.integration.simulate.endpoint_client import EndpointClient

QUESTION = "Sort these numbers in ascending order: 5, 3, 9, 12, 7."


async def test_a_delay_delays_one_call(endpoint: EndpointClient) -> None:
    """The delayed call ends after one that was sent later."""
    await endpoint.order("delay", seconds=0.2, times=1)
    finished: list[str] = []

    async def ask(name: str) -> None:
        await endpoint.ask(QUESTION)
        finished.append(name)

    delayed = asyncio.create_task(ask("delayed"))
    while (await endpoint.stats())["in_flight"] == 0:
        await asyncio.sleep(0.005)
    await ask("later")
    await delayed

    assert finished == ["later", "delayed"]


@pytest.mark.parametrize("retry_after", [2, 0.5, "Wed, 21 Oct 2026 07:28:00 GMT", None])
async def test_rate_limits_say_when_to_come_back(endpoint: EndpointClient, retry_after: float | str | None) -> None:
    """429 carries Retry-After in seconds or as a date, or none."""
    await endpoint.order("rate_limited", retry_after=retry_after, times=1)
    refused = await endpoint.ask(QUESTION, stream=True)

    assert refused.status == 429
    assert refused.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    assert (await endpoint.ask(QUESTION)).status == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [("server_error", 500), ("unauthorized", 401), ("payment_required", 402), ("context_exceeded", 400)],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_refusals(endpoint: EndpointClient, kind: str, status: int, stream: bool) -> None:
    """A refusal is an error object with its status, streamed or not."""
    await endpoint.order(kind)
    refused = await endpoint.ask(QUESTION, stream=stream)

    assert refused.status == status
    assert "Simulated" in refused.body["error"]["message"]


async def test_another_server_error(endpoint: EndpointClient) -> None:
    """The status of a server error can be chosen."""
    await endpoint.order("server_error", status=503)

    assert (await endpoint.ask(QUESTION)).status == 503


async def test_a_proxys_page(endpoint: EndpointClient) -> None:
    """502 with HTML in the place of JSON."""
    await endpoint.order("html")
    with pytest.raises(json.JSONDecodeError):
        await endpoint.ask(QUESTION)

    assert (await endpoint.stats())["refused"] == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_garbage(endpoint: EndpointClient, stream: bool) -> None:
    """200 with what is no JSON."""
    await endpoint.order("garbage")
    with pytest.raises(json.JSONDecodeError):
        await endpoint.ask(QUESTION, stream=stream)


@pytest.mark.parametrize("stream", [False, True])
async def test_truncated(endpoint: EndpointClient, stream: bool) -> None:
    """The text ends early with finish_reason `length`, and its tokens are billed."""
    await endpoint.order("truncated", after_tokens=3, times=1)
    cut = await endpoint.ask(QUESTION, stream=stream)
    whole = await endpoint.ask(QUESTION, stream=stream)

    assert cut.finish_reason == "length"
    assert cut.usage is not None
    assert cut.usage["completion_tokens"] == 3
    assert cut.text != whole.text
    assert whole.text.startswith(cut.text)


@pytest.mark.parametrize("stream", [False, True])
async def test_empty(endpoint: EndpointClient, stream: bool) -> None:
    """No text at all, finish_reason `stop`."""
    await endpoint.order("empty")
    reply = await endpoint.ask(QUESTION, stream=stream)

    assert (reply.text, reply.finish_reason) == ("", "stop")


@pytest.mark.parametrize("stream", [False, True])
async def test_only_reasoning(endpoint: EndpointClient, stream: bool) -> None:
    """Thoughts, but no answer."""
    await endpoint.order("only_reasoning")
    reply = await endpoint.ask(QUESTION, stream=stream)

    assert reply.text == ""
    assert reply.reasoning


@pytest.mark.parametrize("stream", [False, True])
async def test_refusal(endpoint: EndpointClient, stream: bool) -> None:
    """The model declines: finish_reason `content_filter`."""
    await endpoint.order("refusal")
    reply = await endpoint.ask(QUESTION, stream=stream)

    assert "decline" in reply.text
    assert reply.finish_reason == "content_filter"


@pytest.mark.parametrize("stream", [False, True])
async def test_missing_usage(endpoint: EndpointClient, stream: bool) -> None:
    """A good answer without token counts."""
    await endpoint.order("missing_usage", times=1)
    reply = await endpoint.ask(QUESTION, stream=stream)

    assert "Answer: 3, 5, 7, 9, 12" in reply.text
    assert reply.usage is None
    assert (await endpoint.ask(QUESTION, stream=stream)).usage is not None


async def test_stream_error(endpoint: EndpointClient) -> None:
    """An error object comes in the middle of a stream that had begun well."""
    await endpoint.order("stream_error", after_tokens=4)
    with pytest.raises(KeyError, match="choices"):
        _ = (await endpoint.ask(QUESTION, stream=True)).text

    assert (await endpoint.stats())["broken"] == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_disconnect(endpoint: EndpointClient, stream: bool) -> None:
    """The connection is closed before the response is whole."""
    await endpoint.order("disconnect", times=1)
    with pytest.raises(aiohttp.ClientError):
        await endpoint.ask(QUESTION, stream=stream)

    assert (await endpoint.ask(QUESTION, stream=stream)).status == 200
    stats = await endpoint.stats()
    assert (stats["broken"], stats["completed"], stats["bought_twice"]) == (1, 1, [])


@pytest.mark.parametrize("kind", ["stall", "silence"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_pause_ends_when_it_has_a_length(endpoint: EndpointClient, kind: str, stream: bool) -> None:
    """A stall or silence of some length is followed by the whole answer."""
    await endpoint.order(kind, seconds=0.05)
    reply = await endpoint.ask(QUESTION, stream=stream)

    assert "Answer: 3, 5, 7, 9, 12" in reply.text


async def test_a_fault_in_the_request_itself(endpoint: EndpointClient) -> None:
    """A field of the body, as a pool file's extra_body adds it, makes a call fail; a wrong one is refused."""
    failed = await endpoint.ask(QUESTION, simulated_fault={"kind": "payment_required"})
    wrong = await endpoint.ask(QUESTION, simulated_fault={"kind": "meteor"})

    assert (failed.status, wrong.status) == (402, 400)


async def test_faults_are_listed_and_taken_back(endpoint: EndpointClient) -> None:
    """Faults tell how often they fired, and end when they are deleted."""
    first = await endpoint.order("empty", model="simulated-mite-1b")
    await endpoint.order("server_error")
    await endpoint.ask(QUESTION, "simulated-mite-1b")
    listed = (await endpoint.get("/control/faults"))["faults"]

    assert [(rule["kind"], rule["fired"]) for rule in listed] == [("empty", 1), ("server_error", 0)]
    assert len((await endpoint.delete(f"/control/faults/{first['id']}"))["faults"]) == 1
    await endpoint.delete("/control/faults/99", status=404)
    assert (await endpoint.delete("/control/faults"))["faults"] == []
    assert (await endpoint.ask(QUESTION)).status == 200


async def test_a_wrong_fault_is_refused(endpoint: EndpointClient) -> None:
    """An unknown kind or model is named."""
    kind = await endpoint.post("/control/faults", {"kind": "meteor"}, status=400)
    model = await endpoint.post("/control/faults", {"kind": "empty", "model": "gpt-5"}, status=404)

    assert "kind" in kind["error"]["message"]
    assert "gpt-5" in model["error"]["message"]
