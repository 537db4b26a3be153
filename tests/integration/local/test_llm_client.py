"""JiSi's client on the real llama.cpp server: streaming, usage, stop reasons, cancelling, overflow, queueing."""

import asyncio
from collections.abc import Sequence

import pytest
from jisi.llm.client import CallMeter, Completion, LLMClient
from jisi.llm.errors import ContextOverflow
from jisi.llm.request import Message
from jisi.llm.spec import ModelSpec
from jisi.local.pool_file import SLOTS

from tests.integration.local.server import LocalServer
from tests.support.waiting import eventually

STORY: Sequence[Message] = ({"role": "user", "content": "Tell me a long story about a lighthouse."},)
CAPITAL: Sequence[Message] = ({"role": "user", "content": "What is the capital of Japan?"},)
LONG = 3000
"""Tokens that take the server half a minute at least."""
_MADE = "llamacpp:tokens_predicted_total"
"""Tokens of all completions that have ended."""


class Pieces(CallMeter):
    """A meter that keeps the pieces of the response apart."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def said(self, text: str) -> None:
        """Keep a piece."""
        self.pieces.append(text)
        super().said(text)


async def _complete(
    client: LLMClient,
    spec: ModelSpec,
    messages: Sequence[Message],
    *,
    max_tokens: int = 60,
    meter: CallMeter | None = None,
) -> Completion:
    return await client.complete(spec, messages, max_tokens=max_tokens, timeout_seconds=120, meter=meter or CallMeter())


async def test_a_response_comes_in_pieces(server: LocalServer, client: LLMClient) -> None:
    """The first words are there while the rest is still being made, and the pieces make the whole."""
    meter = Pieces()
    calling = asyncio.create_task(_complete(client, server.endless(max_tokens=200), STORY, max_tokens=200, meter=meter))
    await eventually(lambda: meter.pieces, within_seconds=60)
    early = calling.done()
    completion = await calling

    assert not early
    assert len(meter.pieces) > 100
    assert completion.text == "".join(meter.pieces)
    assert completion.first_chunk_seconds < completion.seconds
    assert completion.response_model == "SmolLM2-135M-Instruct"
    assert completion.reasoning == ""


async def test_usage_is_the_servers(server: LocalServer, client: LLMClient) -> None:
    """Tokens are those the server counts for the same request in one piece, the template's among them."""
    spec = server.spec()
    completion = await _complete(client, spec, CAPITAL)
    whole = await asyncio.to_thread(
        server.post,
        "/v1/chat/completions",
        {
            "messages": [{"role": "system", "content": spec.system_prompt}, *CAPITAL],
            "max_tokens": 60,
            "temperature": 0,
        },
    )

    assert completion.text == whole["choices"][0]["message"]["content"]
    assert completion.usage.prompt_tokens == whole["usage"]["prompt_tokens"]
    assert completion.usage.completion_tokens == whole["usage"]["completion_tokens"]
    assert not completion.usage.counted


async def test_it_says_why_it_stopped(server: LocalServer, client: LLMClient) -> None:
    """A response that came to its end says stop; one cut at its limit says length, with as many tokens."""
    whole = await _complete(client, server.spec(), CAPITAL)
    cut = await _complete(client, server.endless(max_tokens=7), STORY, max_tokens=7)

    assert (whole.finish_reason, whole.cut_off) == ("stop", False)
    assert "Tokyo" in whole.text
    assert (cut.finish_reason, cut.cut_off, cut.usage.completion_tokens) == ("length", True, 7)


async def test_calls_in_a_row(server: LocalServer, client: LLMClient) -> None:
    """The server closes each connection after a stream, though it promises not to: no next call is lost on it."""
    completions = [await _complete(client, server.endless(max_tokens=2), CAPITAL, max_tokens=2) for _ in range(30)]

    assert [completion.usage.completion_tokens for completion in completions] == [2] * 30


async def test_a_cancelled_call_frees_its_slot(server: LocalServer, client: LLMClient) -> None:
    """Cancelling makes the server stop in the middle, and what was said until then is counted."""
    meter = Pieces()
    calling = asyncio.create_task(
        _complete(client, server.endless(max_tokens=LONG), STORY, max_tokens=LONG, meter=meter)
    )
    await eventually(lambda: meter.pieces, within_seconds=60)
    before = await asyncio.to_thread(server.metric, _MADE)
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)

    async def is_idle() -> bool:
        return not any(slot["is_processing"] for slot in await server.slots())

    await eventually(is_idle, within_seconds=10)
    made = await asyncio.to_thread(server.metric, _MADE) - before
    usage = meter.usage()
    assert made < LONG
    assert usage.counted
    assert 0 < usage.completion_tokens < LONG


async def test_a_call_cancelled_in_the_queue(server: LocalServer, client: LLMClient) -> None:
    """The server notices that nobody waits any more when the call's turn comes, and gives the slot free at once."""
    spec = server.endless(max_tokens=LONG)
    meters = [Pieces() for _ in range(SLOTS)]
    running = [asyncio.create_task(_complete(client, spec, STORY, max_tokens=LONG, meter=meter)) for meter in meters]
    await eventually(lambda: all(meter.pieces for meter in meters), within_seconds=60)
    waiting = asyncio.create_task(_complete(client, spec, STORY, max_tokens=LONG))

    def numbers() -> tuple[float, float]:
        return server.metric("llamacpp:requests_processing"), server.metric("llamacpp:requests_deferred")

    async def is_at(processing: int, deferred: int) -> bool:
        return await asyncio.to_thread(numbers) == (processing, deferred)

    await eventually(lambda: is_at(SLOTS, 1), within_seconds=30)
    for task in (waiting, running[0]):
        task.cancel()
    await asyncio.gather(waiting, running[0], return_exceptions=True)
    await eventually(lambda: is_at(SLOTS - 1, 0), within_seconds=30)
    others = running[1:]
    still_running = [not task.done() for task in others]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

    assert all(still_running)


async def test_a_prompt_beyond_the_context_is_refused(server: LocalServer, client: LLMClient) -> None:
    """A prompt longer than a slot's context is a typed refusal that costs nothing."""
    meter = CallMeter()
    with pytest.raises(ContextOverflow, match="longer than the model's context") as refused:
        await _complete(client, server.spec(), [{"role": "user", "content": "word " * 5000}], meter=meter)

    assert refused.value.status == 400
    assert meter.usage().prompt_tokens == 0


async def test_more_calls_than_slots(server: LocalServer, client: LLMClient) -> None:
    """Twice as many calls at once as there are slots: the rest waits, all are answered."""
    cities = ["Japan", "Italy", "Spain", "Greece", "Norway", "Poland", "Egypt", "Peru"]
    questions = [[{"role": "user", "content": f"What is the capital of {country}?"}] for country in cities]
    completions = await asyncio.gather(*(_complete(client, server.spec(), question) for question in questions))

    assert len(questions) == 2 * SLOTS == 2 * len(await server.slots())
    assert all(completion.usable and completion.finish_reason for completion in completions)
    assert len({completion.response_id for completion in completions}) == len(questions)
