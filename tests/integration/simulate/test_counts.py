"""The endpoint tells what was asked of it: cancelled calls, purchases, calls at once."""

import asyncio

import aiohttp
import pytest

from tests.integration.simulate.endpoint_client import EndpointClient
from tests.support.waiting import eventually

MODEL = "simulated-atlas-400b"


async def _in_flight(endpoint: EndpointClient, count: int) -> None:
    async def reached() -> bool:
        return bool((await endpoint.stats())["in_flight"] == count)

    await eventually(reached, within_seconds=5, reason=f"{count} calls in flight")


@pytest.mark.parametrize("kind", ["silence", "stall"])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_server_sees_a_cancel(endpoint: EndpointClient, kind: str, stream: bool) -> None:
    """When the client goes away, the call ends at once and is counted as cancelled."""
    await endpoint.order(kind)
    call = asyncio.create_task(endpoint.ask(model=MODEL, stream=stream))
    await _in_flight(endpoint, 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await _in_flight(endpoint, 0)

    stats = await endpoint.stats()
    assert (stats["cancelled"], stats["completed"]) == (1, 0)
    assert stats["models"][MODEL]["faults"] == {kind: 1}
    assert stats["bought_twice"] == []


async def test_a_cancel_of_a_paced_stream_is_seen(unhurried_endpoint: EndpointClient) -> None:
    """A client that leaves in the middle of the text is noticed too."""
    call = asyncio.create_task(unhurried_endpoint.ask(model=MODEL, stream=True))
    await _in_flight(unhurried_endpoint, 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await _in_flight(unhurried_endpoint, 0)

    assert (await unhurried_endpoint.stats())["cancelled"] == 1


async def test_a_timeout_of_the_client_is_a_cancel(endpoint: EndpointClient) -> None:
    """A client that gives up waiting closes the connection, which counts as cancelled."""
    await endpoint.order("silence")
    async with aiohttp.ClientSession(endpoint.url, timeout=aiohttp.ClientTimeout(total=0.05)) as impatient:
        body = {"model": MODEL, "messages": [{"role": "user", "content": "What is 1 + 1?"}]}
        with pytest.raises(TimeoutError):
            await impatient.post("/v1/chat/completions", json=body)
    await _in_flight(endpoint, 0)

    assert (await endpoint.stats())["cancelled"] == 1


async def test_what_was_bought_twice_is_told(endpoint: EndpointClient) -> None:
    """A second completed call of the same model, kind and query shows; with other query ids it is another query."""
    for _ in range(2):
        await endpoint.ask("What is 1 + 1?", MODEL)
    for query_id in ("a", "b"):
        await endpoint.ask("What is 2 + 2?", MODEL, headers={"X-Jisi-Query-Id": query_id})

    assert (await endpoint.stats())["bought_twice"] == [
        {"model": MODEL, "kind": "expert", "query": "What is 1 + 1?", "query_id": "", "times": 2}
    ]


async def test_calls_are_listed_one_by_one(endpoint: EndpointClient) -> None:
    """Each call tells its model, kind, outcome, fault and tokens."""
    await endpoint.order("server_error", times=1)
    await endpoint.ask("What is 1 + 1?", MODEL)
    await endpoint.ask("What is 1 + 1?", MODEL, headers={"X-Jisi-Kind": "aggregator"})
    failed, completed = (await endpoint.get("/control/calls"))["calls"]

    assert (failed["outcome"], failed["fault"], failed["kind"]) == ("refused", "server_error", "expert")
    assert (completed["outcome"], completed["fault"], completed["kind"]) == ("completed", None, "aggregator")
    assert completed["completion_tokens"] > 0


async def test_calls_at_once_have_a_peak(endpoint: EndpointClient) -> None:
    """The largest number of calls in flight is kept for each model: a limit can be checked by it."""
    await endpoint.order("silence", seconds=0.1)
    await asyncio.gather(*(endpoint.ask(f"What is {number} + 1?", MODEL) for number in range(7)))

    assert (await endpoint.stats())["models"][MODEL]["peak_in_flight"] == 7


async def test_a_reset_forgets_counts_and_faults(endpoint: EndpointClient) -> None:
    """After a reset the endpoint is as new."""
    fresh = await endpoint.stats()
    await endpoint.order("empty")
    await endpoint.ask()
    await endpoint.post("/control/reset")

    assert await endpoint.stats() == fresh
    assert (await endpoint.get("/control/faults"))["faults"] == []
