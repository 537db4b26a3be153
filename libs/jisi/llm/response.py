"""Reads the events of a streamed chat completion, or a whole one, into a call's meter."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from jisi.llm.completion import CallMeter
from jisi.llm.errors import BadProtocol
from jisi.llm.refusals import ErrorObject, error_in_stream
from jisi.llm.usage import read_usage

_DONE = b"[DONE]"
_REASONING_FIELDS = ("reasoning_content", "reasoning")
"""DeepSeek, vLLM and llama.cpp; OpenRouter, Groq and newer vLLM."""


class ResponseReader:
    """What one response has said so far; text and usage go to the meter."""

    __slots__ = ("_meter", "_secret", "_where", "done", "finish_reason", "response_id", "response_model", "spoke")

    def __init__(self, *, meter: CallMeter, where: str, secret: str | None) -> None:
        self._meter = meter
        self._where = where
        self._secret = secret
        self.finish_reason: str | None = None
        self.response_id: str | None = None
        self.response_model: str | None = None
        self.spoke = False  # a choice has been seen
        self.done = False  # the stream said so itself

    def read_event(self, data: bytes) -> None:
        """Take the data of one event of a stream.

        Raises:
            LLMError: the event is an error object, or no chunk of a completion.
        """
        if data == _DONE or data.strip() == _DONE:
            self.done = True
            return
        self._read(self._parsed(data), part="delta")

    def read_whole(self, body: bytes) -> None:
        """Take a response that was not streamed; raises as `read_event`."""
        self._read(self._parsed(body), part="message")
        self.done = self.spoke

    def _parsed(self, data: bytes) -> dict[str, Any]:
        try:
            given = from_json(data)
        except ValueError:
            raise BadProtocol(f"{self._where} sent what is no JSON") from None
        if not isinstance(given, dict):
            raise BadProtocol(f"{self._where} sent JSON that is no object")
        return given

    def _read(self, given: dict[str, Any], part: str) -> None:
        choices = given.get("choices")
        if choices:
            self._read_choice(choices, part)
        elif given.get("error") or given.get("object") == "error":
            raise error_in_stream(ErrorObject(given), where=self._where, secret=self._secret)
        if self.response_id is None:
            self.response_id = _text(given.get("id"))
            self.response_model = _text(given.get("model"))
        told = given.get("usage")
        if told is not None and (usage := read_usage(told)) is not None:
            self._meter.told(usage)

    def _read_choice(self, choices: object, part: str) -> None:
        choice = choices[0] if isinstance(choices, list) else None
        if not isinstance(choice, dict):
            raise BadProtocol(f"{self._where} sent choices in a shape of its own")
        self.spoke = True
        reason = choice.get("finish_reason")
        if reason is not None:
            self.finish_reason = _text(reason) or self.finish_reason
        said = choice.get(part)
        if said is None:
            return
        if not isinstance(said, dict):
            raise BadProtocol(f"{self._where} sent a {part} in a shape of its own")
        content = said.get("content")
        if content:
            self._read_content(content)
        for name in _REASONING_FIELDS:
            if isinstance(thought := said.get(name), str) and thought:
                self._meter.thought(thought)
                break

    def _read_content(self, content: object) -> None:
        """Read text, or a list of typed parts as Mistral's reasoning models send it."""
        if isinstance(content, str):
            self._meter.said(content)
        elif isinstance(content, list):
            for piece in content:
                if isinstance(piece, Mapping) and piece.get("type") == "thinking":
                    self._meter.thought(_joined(piece.get("thinking")))
                else:
                    self._meter.said(_joined(piece))
        else:
            raise BadProtocol(f"{self._where} sent content that is no text")


def _joined(part: object) -> str:
    """Return the text of a part, which may be a list of parts."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_joined, part))
    return _joined(part.get("text")) if isinstance(part, Mapping) else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
