"""Requests are read as OpenAI's API reads them, and refused in its error shape."""

import json

import pytest
from jisi.simulate.endpoint.chat import ApiError, Completion, read_chat
from jisi.simulate.endpoint.writer import Writer

USER = {"role": "user", "content": "Hello"}


def _read(**fields: object) -> object:
    return read_chat(json.dumps({"model": "m", "messages": [USER], **fields}).encode(), {})


def test_user_turns_are_joined_by_a_blank_line() -> None:
    """The query is the text of all user turns (ALGORITHM.md 0); system and assistant turns are not in it."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": [{"type": "text", "text": "Two"}, {"type": "text", "text": "!"}]},
    ]
    chat = read_chat(json.dumps({"model": "m", "messages": messages}).encode(), {})

    assert chat.query == "One\n\nTwo!"
    assert chat.system_text == "Be brief."


def test_options_and_headers_are_read() -> None:
    """Streaming, usage, the limit and the headers of our client arrive."""
    body = {
        "model": "m",
        "messages": [USER],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 7,
    }
    headers = {"X-Jisi-Kind": "aggregator", "X-Jisi-First-Reference": "caf%C3%A9-7b", "X-Jisi-Query-Id": "q1"}
    chat = read_chat(json.dumps(body).encode(), headers)

    assert (chat.stream, chat.include_usage, chat.max_tokens) == (True, True, 7)
    assert (chat.aggregator, chat.first_reference, chat.query_id) == (True, "café-7b", "q1")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [{"content": "Hello"}]}, "messages[0]"),
        ({"messages": [{"role": "system", "content": "Hello"}]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"n": 2}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": "many"}, "max_completion_tokens"),
    ],
)
def test_wrong_fields_are_named(fields: dict[str, object], param: str) -> None:
    """A wrong request is refused with 400 and the name of the field."""
    with pytest.raises(ApiError) as refused:
        _read(**fields)

    error = refused.value.body["error"]
    assert refused.value.status == 400
    assert isinstance(error, dict)
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    """A body that cannot be read is refused with 400."""
    with pytest.raises(ApiError) as refused:
        read_chat(body, {})

    assert refused.value.status == 400


def test_events_of_one_stream_share_their_id() -> None:
    """All events of a completion carry one id; the last but one has the finish reason, the usage event no choices."""
    writer = Writer(Completion(model="m", text="Hi", prompt_tokens=3, completion_tokens=1, finish_reason="length"), "7")
    written = (writer.opening(), writer.part("Hi", reasoning=False), writer.closing(), writer.usage())
    events = [json.loads(event.removeprefix(b"data: ")) for event in written]

    assert {event["id"] for event in events} == {"chatcmpl-7"}
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    assert [event["choices"][0]["finish_reason"] for event in events[:3]] == [None, None, "length"]
    assert events[3]["choices"] == []
    assert events[3]["usage"] == {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
