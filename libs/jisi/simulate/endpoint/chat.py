"""Chat completions of the OpenAI protocol: requests as they are read, completions as they are to be written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

from jisi.simulate.models import Pace
from jisi.simulate.tokens import count_tokens

KIND_HEADER = "X-Jisi-Kind"
"""`expert` or `aggregator`: how our client says what a call is for. Absent from anybody else's."""
FIRST_REFERENCE_HEADER = "X-Jisi-First-Reference"
"""The model whose response is the first reference of an aggregation; percent-encoded where it is not ASCII."""
QUERY_HEADER = "X-Jisi-Query-Id"
"""The query a call is for, so that two queries of the same text are not taken for one bought twice; percent-encoded as
the first reference is."""
AGGREGATOR = "aggregator"

CHAT_TOKENS = 3
MESSAGE_TOKENS = 3
"""What the chat format adds to a prompt, once and for each message."""

Json = Mapping[str, object]


class ApiError(Exception):
    """A refusal in OpenAI's error shape, with its HTTP status."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: Json = {"error": {"message": message, "type": kind, "param": param, "code": code}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A chat completion asked for, as far as a pool without a language model needs it."""

    model: str
    user_turns: tuple[str, ...]
    system_text: str
    texts: tuple[str, ...]
    """Of all messages."""
    stream: bool
    include_usage: bool
    max_tokens: int | None
    aggregator: bool
    first_reference: str | None
    query_id: str
    fault: Json | None
    """A fault asked for in the request itself, `simulated_fault` of its body: it fits into a pool file's extra body."""

    @property
    def query(self) -> str:
        """The text of all user turns, joined by a blank line (ALGORITHM.md 0)."""
        return "\n\n".join(self.user_turns)

    def count_prompt_tokens(self) -> int:
        """Count the tokens of all messages and of the chat format around them; a replay does without."""
        return CHAT_TOKENS + sum(MESSAGE_TOKENS + count_tokens(text) for text in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A response ready to be written, streamed or not."""

    model: str
    text: str
    prompt_tokens: int
    completion_tokens: int
    """Reasoning included, as endpoints bill it."""
    reasoning: str = ""
    reasoning_tokens: int = 0
    finish_reason: str = "stop"
    refusal: str | None = None
    fingerprint: str = "simulated"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def usage(self) -> Json:
        """Token counts in the endpoint's shape."""
        usage: dict[str, object] = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        }
        if self.reasoning:
            usage["completion_tokens_details"] = {"reasoning_tokens": self.reasoning_tokens}
        return usage


class Responder(Protocol):
    """What answers behind the protocol."""

    @property
    def mode(self) -> str:
        """`simulated` or `replay`: told by /health and owned_by."""
        ...

    @property
    def model_names(self) -> Sequence[str]:
        """The models that can be asked, in the order of the pool."""
        ...

    def respond(self, request: ChatRequest) -> Completion:
        """Return the response; raises ApiError. The model is one of `model_names`."""
        ...

    def pace(self, model: str) -> Pace:
        """Return how fast a model speaks."""
        ...


def read_chat(body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """Read a request; raises ApiError (400) that says which field is wrong."""
    try:
        given = json.loads(body)
    except ValueError:
        raise ApiError(400, "The body is not JSON.") from None
    if not isinstance(given, dict):
        raise ApiError(400, "The body must be a JSON object.")
    model = given.get("model")
    if not isinstance(model, str) or not model:
        raise ApiError(400, "You must provide a model, as a text.", param="model")
    if given.get("n") not in {None, 1}:
        raise ApiError(400, "Only n = 1 is served.", param="n")
    user_turns, system_text, texts = _read_messages(given.get("messages"))
    options = given.get("stream_options")
    reference = headers.get(FIRST_REFERENCE_HEADER)
    fault = given.get("simulated_fault")
    return ChatRequest(
        model=model,
        user_turns=user_turns,
        system_text=system_text,
        texts=texts,
        stream=given.get("stream") is True,
        include_usage=isinstance(options, dict) and options.get("include_usage") is True,
        max_tokens=_read_limit(given),
        aggregator=headers.get(KIND_HEADER) == AGGREGATOR,
        first_reference=None if reference is None else unquote(reference),
        query_id=unquote(headers.get(QUERY_HEADER, "")),
        fault=fault if isinstance(fault, dict) else None,
    )


def _read_limit(given: Json) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        limit = given.get(name)
        if limit is None:
            continue
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise ApiError(400, f"{name} must be a whole number of at least 1.", param=name)
        return limit
    return None


def _read_messages(messages: object) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "messages must be a list with at least one message.", param="messages")
    user_turns: list[str] = []
    system_texts: list[str] = []
    texts: list[str] = []
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(role, str):
            raise ApiError(400, f"messages[{number}] must be an object with a role.", param=f"messages[{number}]")
        text = _read_content(message.get("content"), number)
        texts.append(text)
        if role == "user":
            user_turns.append(text)
        elif role in {"system", "developer"}:
            system_texts.append(text)
    if not user_turns:
        raise ApiError(400, "messages must hold a message of the user.", param="messages")
    return tuple(user_turns), "\n\n".join(system_texts), tuple(texts)


def _read_content(content: object, number: int) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [
            part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in content
        ]
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) == len(parts):
            return "".join(texts)
    raise ApiError(400, f"messages[{number}].content must be text.", param=f"messages[{number}].content")
