"""What is sent, and how it is said to endpoints that do not understand all of it."""

import json
from typing import Any

import pytest
from jisi.llm.refusals import ErrorObject
from jisi.llm.request import Dialect, chat_messages, request_body
from jisi.llm.spec import ModelSpec, Sampling

CHAT = [{"role": "user", "content": "Hi"}]


def _spec(**fields: Any) -> ModelSpec:
    given = {"name": "m", "base_url": "http://host/v1", "model": "m-1", "prompt_price": 0.0, "completion_price": 0.0}
    return ModelSpec(**{**given, **fields})


def _body(spec: ModelSpec, dialect: Dialect | None = None, temperature: float | None = None) -> dict[str, Any]:
    body = request_body(spec, CHAT, max_tokens=9, temperature=temperature, dialect=dialect or Dialect())
    return dict(json.loads(body))


def test_a_plain_request() -> None:
    """Nothing is sent that was not asked for."""
    assert _body(_spec()) == {
        "model": "m-1",
        "messages": CHAT,
        "max_tokens": 9,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_sampling_and_extra_body() -> None:
    """The model's own settings are sent; a call's temperature wins, and so does the extra body over the sampling."""
    spec = _spec(sampling=Sampling(temperature=0.2, top_p=0.9), extra_body={"top_p": 0.5, "think": True})

    assert _body(spec)["temperature"] == 0.2
    assert _body(spec, temperature=0.7)["temperature"] == 0.7
    assert (_body(spec)["top_p"], _body(spec)["think"]) == (0.5, True)


@pytest.mark.parametrize(
    ("error", "dialect"),
    [
        ({"message": "Unrecognized request argument supplied: stream_options"}, Dialect(frozenset({"stream_options"}))),
        ({"message": "extra field", "param": "stream_options"}, Dialect(frozenset({"stream_options"}))),
        (
            {"message": "Use 'max_completion_tokens' instead.", "param": "max_tokens"},
            Dialect(completion_limit="max_completion_tokens"),
        ),
        (
            {"message": "Unsupported value", "param": "temperature", "code": "unsupported_value"},
            Dialect(frozenset({"temperature"})),
        ),
        ({"message": "no streaming", "param": "stream"}, Dialect(frozenset({"stream", "stream_options"}))),
        ({"message": "Unknown parameter: foo", "param": "foo"}, None),
        ({"message": "temperature must be below 2", "param": "temperature", "code": "invalid_value"}, None),
    ],
)
def test_dialects(error: dict[str, str], dialect: Dialect | None) -> None:
    """A refusal about how something is said leads to another way of saying it, once; any other does not."""
    learnt = Dialect().adapted(ErrorObject({"error": error}))

    assert learnt == dialect
    if learnt is not None:
        assert learnt.adapted(ErrorObject({"error": error})) is None
        body = _body(_spec(sampling=Sampling(temperature=0.2)), learnt)
        assert not learnt.omitted & body.keys()
        assert body[learnt.completion_limit] == 9


def test_one_system_message_at_most() -> None:
    """The model's own prompt comes first, joined with the chat's leading system messages; the rest stays."""
    system = {"role": "system", "content": "A"}
    developer = {"role": "developer", "content": [{"type": "text", "text": "B"}]}
    chat: list[Any] = [system, developer, *CHAT, {"role": "system", "content": "late"}]

    assert chat_messages(_spec(), CHAT) == CHAT
    assert chat_messages(_spec(), [system, *CHAT]) == [system, *CHAT]
    assert chat_messages(_spec(system_prompt="S"), CHAT) == [{"role": "system", "content": "S"}, *CHAT]
    assert chat_messages(_spec(system_prompt="S"), chat) == [{"role": "system", "content": "S\n\nA\n\nB"}, *chat[2:]]


def test_lone_surrogates() -> None:
    """A text that is no Unicode is sent as nearly as it can be."""
    body = request_body(
        _spec(), [{"role": "user", "content": "a\ud800b"}], max_tokens=1, temperature=None, dialect=Dialect()
    )

    assert json.loads(body)["messages"][0]["content"] == "a?b"
