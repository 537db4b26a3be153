"""Writes the body of a chat completion, and adapts it to endpoints that refuse part of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jisi.llm.refusals import ErrorObject
from jisi.llm.spec import ModelSpec

Message = Mapping[str, Any]
_SYSTEM_ROLES = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint does not understand of the protocol, learnt from its refusals."""

    omitted: frozenset[str] = frozenset()
    """Fields left out: stream_options, stream, temperature."""
    completion_limit: str = "max_tokens"
    """What it calls the limit: OpenAI's reasoning models know only max_completion_tokens."""

    def adapted(self, error: ErrorObject) -> "Dialect | None":
        """Return how to say it to an endpoint that refused with this error; None when it is not about how."""
        text = error.text
        if self.completion_limit == "max_tokens" and "max_completion_tokens" in text:
            return Dialect(self.omitted, "max_completion_tokens")
        if error.param == "temperature" and error.code.startswith("unsupported") and "temperature" not in self.omitted:
            return Dialect(self.omitted | {"temperature"}, self.completion_limit)
        options = "stream_options" in text or "include_usage" in text or error.param == "stream_options"
        if options and "stream_options" not in self.omitted:
            return Dialect(self.omitted | {"stream_options"}, self.completion_limit)
        if error.param == "stream" and "stream" not in self.omitted:
            return Dialect(self.omitted | {"stream_options", "stream"}, self.completion_limit)
        return None


def request_body(
    spec: ModelSpec, messages: Sequence[Message], *, max_tokens: int, temperature: float | None, dialect: Dialect
) -> bytes:
    """Write the JSON of a request; a lone surrogate in a text, which UTF-8 cannot hold, becomes a question mark."""
    body: dict[str, Any] = spec.sampling.model_dump(exclude_none=True)
    if temperature is not None:
        body["temperature"] = temperature
    body.update(spec.extra_body)
    body["model"] = spec.model
    body["messages"] = messages
    body[dialect.completion_limit] = max_tokens
    body["stream"] = True
    body["stream_options"] = {"include_usage": True}
    for name in dialect.omitted:
        body.pop(name, None)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def chat_messages(spec: ModelSpec, messages: Sequence[Message]) -> Sequence[Message]:
    """Return the messages as the model gets them: its own prompt first, and one system message at most.

    Many chat templates refuse a second system message, so those at the beginning are joined by a blank line.
    """
    leading = 0
    while leading < len(messages) and messages[leading].get("role") in _SYSTEM_ROLES:
        leading += 1
    if spec.system_prompt is None and leading <= 1:
        return messages
    texts = [] if spec.system_prompt is None else [spec.system_prompt]
    texts += [_text(message.get("content")) for message in messages[:leading]]
    return [{"role": "system", "content": "\n\n".join(filter(None, texts))}, *messages[leading:]]


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""
