"""The simulated endpoint speaks the OpenAI protocol and answers as the models do."""

import asyncio

import pytest
from jisi.simulate.answering import answer
from jisi.simulate.models import MODEL_BY_NAME, MODELS
from jisi.simulate.tasks.catalogue import understand
from jisi.simulate.tokens import count_tokens

from tests.integration.simulate.endpoint_client import EndpointClient

QUESTION = "What is 120 * 17 - (45 + 33) * 6?"
SAGE = "simulated-sage-120b"


async def test_streamed_and_whole_responses_are_the_same(endpoint: EndpointClient) -> None:
    """Text, reasoning, usage and finish reason do not depend on streaming, and are what the model answers."""
    question = understand(QUESTION)
    assert question is not None
    for model in MODELS:
        whole = await endpoint.ask(QUESTION, model.name)
        streamed = await endpoint.ask(QUESTION, model.name, stream=True)
        reply = answer(model, question, 0)

        assert whole.text == streamed.text == reply.text
        assert whole.reasoning == streamed.reasoning == reply.reasoning
        assert whole.usage == streamed.usage
        assert whole.finish_reason == streamed.finish_reason == "stop"
        assert streamed.done


async def test_a_paced_stream_says_the_same_in_many_events(unhurried_endpoint: EndpointClient) -> None:
    """At a pace the text comes in pieces, reasoning first, and joins to the same text."""
    question = understand(QUESTION)
    assert question is not None
    reply = answer(MODEL_BY_NAME[SAGE], question, 0)
    streamed = await unhurried_endpoint.ask(QUESTION, SAGE, stream=True)
    deltas = [event["choices"][0]["delta"] for event in streamed.events if event["choices"]]
    spoken = ["reasoning" if "reasoning_content" in delta else "text" for delta in deltas[1:-1]]

    assert (streamed.text, streamed.reasoning) == (reply.text, reply.reasoning)
    assert len(spoken) > 10
    assert spoken == sorted(spoken)
    assert deltas[0] == {"role": "assistant", "content": ""}


async def test_usage_counts_reasoning_and_comes_when_asked_for(endpoint: EndpointClient) -> None:
    """Completion tokens include reasoning; a stream without include_usage has no usage."""
    reply = await endpoint.ask(QUESTION, SAGE)
    silent = await endpoint.ask(QUESTION, SAGE, stream=True, stream_options={})

    assert reply.usage is not None
    assert reply.usage["completion_tokens"] == count_tokens(reply.text) + count_tokens(reply.reasoning)
    assert reply.usage["completion_tokens_details"]["reasoning_tokens"] == count_tokens(reply.reasoning)
    assert silent.usage is None


async def test_a_limit_cuts_the_response(endpoint: EndpointClient) -> None:
    """`max_tokens` ends a response with finish_reason `length`, reasoning counting first."""
    cut = await endpoint.ask(QUESTION, max_tokens=5)
    thinking = await endpoint.ask(QUESTION, SAGE, stream=True, max_completion_tokens=5)

    assert cut.finish_reason == thinking.finish_reason == "length"
    assert count_tokens(cut.text) == count_tokens(thinking.reasoning) == 5
    assert thinking.text == ""


async def test_the_last_turn_is_answered(endpoint: EndpointClient) -> None:
    """In a conversation the question of the last user turn counts."""
    turns = [
        {"role": "user", "content": "Reverse the word 'cat'."},
        {"role": "assistant", "content": "tac"},
        {"role": "user", "content": "What is 1 + 1?"},
    ]
    alone, talked = [
        await endpoint.post("/v1/chat/completions", {"model": "simulated-atlas-400b", "messages": messages})
        for messages in (turns[2:], turns)
    ]

    assert talked["choices"][0]["message"]["content"] == alone["choices"][0]["message"]["content"]


async def test_other_questions_get_an_honest_answer(endpoint: EndpointClient) -> None:
    """A model says that it is simulated and what it can do."""
    reply = await endpoint.ask("Who was the first person on the moon?")

    assert reply.text.startswith("I am simulated-atlas-400b, a simulated model")
    assert reply.finish_reason == "stop"


@pytest.mark.parametrize("headers", [{"X-Jisi-Kind": "aggregator"}, {}])
async def test_references_are_fused(endpoint: EndpointClient, headers: dict[str, str]) -> None:
    """A call that carries references is answered by fusing them, whether a header says so or the references tell."""
    system = "Two models answered.\n\n[1]\nSome working.\nAnswer: 999\n\n[2]\nOther working.\nAnswer: 999"
    reply = await endpoint.ask(QUESTION, "simulated-mite-1b", system=system, headers=headers)

    assert "2 of 2 references" in reply.text
    assert reply.text.endswith("Answer: 999")


async def test_models_are_listed(endpoint: EndpointClient) -> None:
    """The list holds the pool in its order, and each model can be looked up."""
    listed = await endpoint.get("/v1/models")

    assert [model["id"] for model in listed["data"]] == [model.name for model in MODELS]
    assert await endpoint.get(f"/v1/models/{SAGE}") == listed["data"][1]


async def test_errors_have_the_protocols_shape(endpoint: EndpointClient) -> None:
    """An unknown model is 404, a wrong request 400, both with an error object."""
    unknown = await endpoint.ask(model="gpt-5")
    wrong = await endpoint.ask(n=3)

    assert unknown.status == 404
    assert unknown.body["error"]["code"] == "model_not_found"
    assert wrong.status == 400
    assert set(wrong.body["error"]) == {"message", "type", "param", "code"}


async def test_health(endpoint: EndpointClient) -> None:
    """Health says what runs."""
    health = await endpoint.get("/health")

    assert (health["status"], health["mode"], health["models"]) == ("ok", "simulated", 10)


async def test_many_calls_at_once(endpoint: EndpointClient) -> None:
    """Several hundred concurrent calls are all answered rightly and counted."""
    replies = await asyncio.gather(*(endpoint.ask(f"What is {number} + 1?", stream=True) for number in range(300)))

    assert all(reply.done and f"expression {number} + 1" in reply.text for number, reply in enumerate(replies))
    stats = await endpoint.stats()
    assert (stats["requests"], stats["completed"], stats["in_flight"]) == (300, 300, 0)
