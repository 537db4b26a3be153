"""JiSi's client on a llama.cpp server that is killed, comes back, or stands still."""

import asyncio
from collections.abc import Iterator

import pytest
from jisi.llm.client import CallMeter, Completion, LLMClient
from jisi.llm.errors import ConnectionLost, EndpointUnreachable, StalledStream
from jisi.llm.spec import ModelSpec, Timeouts

from tests.integration.local.server import LocalServer
from tests.support.waiting import eventually

LONG = 3000


@pytest.fixture
def held(server: LocalServer) -> Iterator[LocalServer]:
    """A server that goes on again after the test, whatever stood still."""
    yield server
    server.go_on()


async def _ask(client: LLMClient, spec: ModelSpec, meter: CallMeter, *, max_tokens: int = LONG) -> Completion:
    question = [{"role": "user", "content": "What is the capital of Japan?"}]
    return await client.complete(spec, question, max_tokens=max_tokens, timeout_seconds=120, meter=meter)


async def test_a_killed_server(server: LocalServer, client: LLMClient) -> None:
    """A call on a server that dies is lost at once, the next one finds nobody, and a new server serves again."""
    meter = CallMeter()
    calling = asyncio.create_task(_ask(client, server.endless(max_tokens=LONG), meter))
    await eventually(lambda: meter.text, within_seconds=60)
    server.kill()
    with pytest.raises(ConnectionLost):
        await asyncio.wait_for(calling, 10)
    with pytest.raises(EndpointUnreachable):
        await asyncio.wait_for(_ask(client, server.spec(), CallMeter()), 10)
    server.start()
    completion = await _ask(client, server.spec(), CallMeter())

    assert meter.usage().counted
    assert "Tokyo" in completion.text


async def test_a_server_that_stands_still(held: LocalServer, client: LLMClient) -> None:
    """Silence in the middle of a response, or before it, is noticed after chunk_seconds; then the server is of use."""
    meter = CallMeter()
    calling = asyncio.create_task(_ask(client, held.endless(max_tokens=LONG, chunk_seconds=2.0), meter))
    await eventually(lambda: meter.text, within_seconds=60)
    held.hold()
    with pytest.raises(StalledStream, match="said nothing for 2 s"):
        await asyncio.wait_for(calling, 30)
    with pytest.raises(StalledStream, match=r"said nothing for 0\.3 s"):
        await asyncio.wait_for(_ask(client, held.spec(timeouts=Timeouts(chunk_seconds=0.3)), CallMeter()), 30)
    held.go_on()
    completion = await _ask(client, held.spec(), CallMeter())

    assert "Tokyo" in completion.text
